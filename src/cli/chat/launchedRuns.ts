import { DisposableStore, type Disposable } from '../../base/disposable.ts';
import type { Event } from '../../protocol/messages.ts';
import { oneLine } from '../view/cells.ts';
import type { ChatDoor } from './chatDoor.ts';

/** The runs that a session has started: where they are, and what they ask a person, which the session does not hear. */
export class LaunchedRuns implements Disposable {
  readonly #engine: Pick<ChatDoor['engine'], 'subscribe'> | null;
  readonly #tell: (text: string) => void;
  readonly #owned = new DisposableStore();
  readonly folders: Map<string, string>;

  /**
   * `past`: events of before, whose runs tell nothing until they are launched again. Without an engine all are of another
   * process, and what they ask is heard there.
   */
  constructor(
    engine: Pick<ChatDoor['engine'], 'subscribe'> | null,
    past: readonly Event[],
    tell: (text: string) => void,
  ) {
    this.folders = new Map(past.flatMap(launchedIn));
    this.#engine = engine;
    this.#tell = tell;
  }

  /** An event of the session. */
  take(event: Event): void {
    if (event.type !== 'workflow.launched') return;
    const { launchedRunId, workflowName, runDir } = event;
    this.folders.set(launchedRunId, runDir);
    if (!this.#engine) return;
    // From its beginning: it may have asked before the session was told that it runs.
    this.#owned.add(
      this.#engine.subscribe(launchedRunId, 1, (batch) => {
        const answered = new Set(batch.flatMap(answeredIn));
        for (const each of batch)
          if (!('requestId' in each && answered.has(each.requestId))) this.#hear(each, oneLine(workflowName));
      }),
    );
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #hear(event: Event, name: string): void {
    if (event.type === 'permission.asked')
      this.#tell(`· ${name}: an agent asks to use ${oneLine(event.tool)}. Answer it in /workflows.`);
    if (event.type === 'question.asked')
      this.#tell(`· ${name} asks: ${oneLine(event.question)} Answer it in /workflows.`);
  }
}

function answeredIn(event: Event): readonly string[] {
  return event.type === 'permission.answered' || event.type === 'question.answered' ? [event.requestId] : [];
}

function launchedIn(event: Event): readonly (readonly [string, string])[] {
  return event.type === 'workflow.launched' ? [[event.launchedRunId, event.runDir]] : [];
}
