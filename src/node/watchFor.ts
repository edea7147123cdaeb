import { DisposableStore } from '../base/disposable.ts';
import type { ControlNews, ControlWatch } from '../protocol/control.ts';
import type { Runtime } from '../workflow/runtime.ts';
import type { LinePeer } from './lineServer.ts';

/** Tells a watcher what happens in a run of this process, until the run has ended or the watcher goes away. */
export function watchFor(
  runtime: Pick<Runtime, 'subscribe' | 'listen'>,
  { runId, from }: ControlWatch,
  watcher: LinePeer,
): void {
  const owned = new DisposableStore();
  const tell = (news: ControlNews): void => watcher.tell(news);
  owned.add(runtime.listen(runId, (delta) => tell({ delta })));
  owned.add(
    runtime.subscribe(runId, from, (events) => {
      tell({ events: [...events] });
      if (events.at(-1)?.type === 'run.ended') watcher.letGo();
    }),
  );
  // It may have gone before it was listened for.
  watcher.onGone(() => owned.dispose());
}
