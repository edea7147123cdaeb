import type { Disposable } from '../../base/disposable.ts';
import { Emitter } from '../../base/emitter.ts';
import { ownerOf, sendControl } from '../../node/controlClient.ts';
import { newId } from '../../node/ids.ts';
import { runFolders } from '../../node/runFiles.ts';
import { RunTail } from '../../node/runTail.ts';
import { watchRun, type WatchEnd } from '../../node/watchRun.ts';
import type { Command } from '../../protocol/messages.ts';
import type { TalkDoor } from './chatDoor.ts';

export interface OpenElsewhere {
  readonly sessionId: string;
  readonly dir: string;
  readonly pid: number;
}

/** The session, where a process has it; null: none has, or there is none of that id. */
export async function openElsewhere(home: string, sessionId: string): Promise<OpenElsewhere | null> {
  const folder = (await runFolders(home, undefined, 'sessions')).find(({ runId }) => runId === sessionId);
  if (folder === undefined) return null;
  const owner = await ownerOf(folder.dir);
  return owner.kind === 'held' ? { sessionId, dir: folder.dir, pid: owner.pid } : null;
}

/** A session of another process: what it says comes by its socket, and so goes what is said to it. Disposing leaves it as it is. */
export async function remoteDoor(
  { sessionId, dir, pid }: OpenElsewhere,
  place: TalkDoor['place'],
): Promise<TalkDoor & Disposable> {
  const past = await new RunTail(dir).read();
  const leaving = new AbortController();
  const deltas = new Emitter<string>();
  const problems = new Emitter<string>();
  const over = Promise.withResolvers<string>();
  let sent: Promise<unknown> = Promise.resolve();
  // One after the other: what is said second must not come first.
  const dispatch = (command: Command): void => {
    sent = sent
      .then(() => send({ runId: sessionId, dir }, command))
      .then((problem) => {
        if (problem !== null) problems.emit(problem);
      });
  };
  return {
    sessionId,
    place,
    past,
    say: (text) => dispatch({ type: 'session.say', runId: sessionId, commandId: newId(), text }),
    elsewhere: { pid, over: over.promise, onProblem: (listener) => problems.on(listener) },
    engine: {
      dispatch,
      listen: (_sessionId, on) => deltas.on(on),
      subscribe: (runId, from, on) => {
        const watcher = { events: on, delta: (text: string) => deltas.emit(text) };
        void watchRun({ runId, dir, from }, watcher, leaving.signal).then(
          (end) => over.resolve(overWords(end, pid)),
          (error: unknown) => over.resolve(String(error)),
        );
        return { dispose: () => leaving.abort() };
      },
    },
    dispose: () => leaving.abort(),
  };
}

/** Null, or why it did not get there. */
async function send(
  run: { readonly runId: string; readonly dir: string },
  { commandId: _commandId, runId: _runId, ...body }: Command,
): Promise<string | null> {
  const outcome = await sendControl(run, body);
  return outcome.kind === 'accepted' ? null : outcome.message;
}

function overWords(end: WatchEnd, pid: number): string {
  switch (end.kind) {
    case 'ended':
      return `The session was closed in process ${pid}.`;
    case 'gone':
      return `Process ${pid}, which had the session, is gone.`;
    case 'refused':
      return end.message;
    case 'left':
      return '';
  }
}
