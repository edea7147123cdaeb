import { randomUUID } from 'node:crypto';
import { DisposableStore, type Disposable } from '../../base/disposable.ts';
import type { Engine } from '../../node/createEngine.ts';
import { remoteSession, type OpenElsewhere } from '../../node/sessionElsewhere.ts';
import type { Command, Event } from '../../protocol/messages.ts';
import { refusalOf } from '../../workflow/refusalOf.ts';

/** A session that is open: in an engine of this window, or in another process. */
export interface LiveSession extends Disposable {
  /** The other process; null: none. */
  readonly pid: number | null;
  /** Resolves to why it did not get there, in a line for the person. */
  send(command: Command): Promise<string | null>;
  /** Ends it, where it is this window's. */
  close(): Promise<void>;
}

/** Hears what happens in it, until that is disposed of. */
export interface SessionEar {
  /** Number of the first event that it has not heard. */
  readonly from: number;
  events(events: readonly Event[]): void;
  /** A piece of the reply under way. */
  delta(text: string): void;
}

/** One that `engine` has opened. */
export function liveHere(engine: Engine, sessionId: string, ear: SessionEar): LiveSession {
  const owned = new DisposableStore();
  owned.add(engine.subscribe(sessionId, ear.from, (batch) => ear.events(batch)));
  owned.add(engine.listen(sessionId, (text) => ear.delta(text)));
  return {
    pid: null,
    send: (command) => Promise.resolve(refusalOf(engine, command)),
    close: async () => {
      engine.dispatch({ type: 'run.stop', commandId: randomUUID(), runId: sessionId });
      await engine.finished(sessionId);
    },
    dispose: () => owned.dispose(),
  };
}

/** One that another process has. `over` resolves with why, for the person, when it is heard no more. */
export function liveElsewhere(there: OpenElsewhere, ear: SessionEar): LiveSession & { readonly over: Promise<string> } {
  const remote = remoteSession(there);
  remote.listen((text) => ear.delta(text));
  remote.subscribe(ear.from, (batch) => ear.events(batch));
  return {
    pid: there.pid,
    over: remote.over,
    send: (command) => remote.send(command),
    close: () => Promise.resolve(),
    dispose: () => remote.dispose(),
  };
}
