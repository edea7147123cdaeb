import type { WorkflowLibrary } from '../../workflow/library.ts';
import type { Stage } from '../../workflow/rehearsal/playScript.ts';
import { VirtualClock } from '../../workflow/rehearsal/virtualClock.ts';
import type { Sandbox } from '../../workflow/sandbox.ts';
import type { QuickJsRun } from '../sandbox/quickJsRun.ts';
import { createQuickJsSandbox } from '../sandbox/quickJsSandbox.ts';

/** A sandbox and a library of which it can be told when they have come to rest, with a clock that is turned by hand. */
export function createStage(library: WorkflowLibrary): Stage {
  const clock = new VirtualClock();
  const sandbox = createQuickJsSandbox({ clock });
  const reading = new Set<Promise<unknown>>();
  let runs: readonly QuickJsRun[] = [];
  /** Raised by whatever may set something off. */
  let stirs = 0;

  const stir = (): void => void (stirs += 1);
  const tracked = <T>(read: Promise<T>): Promise<T> => {
    stir();
    reading.add(read);
    const done = (): void => void reading.delete(read);
    void read.then(done, done);
    return read;
  };
  const watched: Sandbox = {
    // Whoever plays a script has had it compiled before.
    compile: async () => null,
    start: (start, host) => {
      const run = sandbox.start(start, {
        runTime: host.runTime,
        effect: (effect) => {
          stir();
          host.effect(effect);
        },
        notice: (notice) => {
          stir();
          host.notice(notice);
        },
      });
      runs = [...runs, run];
      void run.ended.then(stir);
      return {
        ended: run.ended,
        dispose: () => run.dispose(),
        settle: (settlement) => {
          stir();
          run.settle(settlement);
        },
      };
    },
  };

  return {
    clock,
    sandbox: watched,
    library: {
      byName: (name, cwd) => tracked(library.byName(name, cwd)),
      byPath: (path, cwd) => tracked(library.byPath(path, cwd)),
      names: (cwd) => library.names(cwd),
    },
    quiet: async (enough) => {
      let seen: number;
      do {
        await promisesHaveRun();
        seen = stirs;
        await Promise.allSettled(reading);
        await Promise.all(runs.map((run) => run.atRest()));
        await promisesHaveRun();
      } while (seen !== stirs && !enough());
    },
  };
}

function promisesHaveRun(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
