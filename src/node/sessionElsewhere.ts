import type { Disposable } from '../base/disposable.ts';
import { Emitter } from '../base/emitter.ts';
import type { Command, Event } from '../protocol/messages.ts';
import { ownerOf, sendControl } from './controlClient.ts';
import { runFolders } from './runFiles.ts';
import { watchRun, type WatchEnd } from './watchRun.ts';

/** A session that another process has open. */
export interface OpenElsewhere {
  readonly sessionId: string;
  readonly dir: string;
  readonly pid: number;
}

/** The session in this folder, where another process has it; null: none has. */
export async function openElsewhere(session: Omit<OpenElsewhere, 'pid'>): Promise<OpenElsewhere | null> {
  const owner = await ownerOf(session.dir);
  return owner.kind === 'held' ? { ...session, pid: owner.pid } : null;
}

/** As {@link openElsewhere}, by the id alone; null also where there is none of that id. */
export async function foundElsewhere(home: string, sessionId: string): Promise<OpenElsewhere | null> {
  const folder = (await runFolders(home, undefined, 'sessions')).find(({ runId }) => runId === sessionId);
  return folder === undefined ? null : openElsewhere({ sessionId, dir: folder.dir });
}

/** So long one that was closed may take to be free, and then to be opened by whom it was handed to. */
const CLOSING_MS = 3_000;
const HANDING_MS = 1_000;
const LOOK_MS = 50;

/** Who has a session after a process that had it; null: nobody. */
export async function heirOf(before: OpenElsewhere): Promise<OpenElsewhere | null> {
  const { sessionId, dir, pid } = before;
  for (let giveUpAt = Date.now() + CLOSING_MS, wasFree = false; ;) {
    const there = await openElsewhere({ sessionId, dir });
    if (there !== null && there.pid !== pid) return there;
    if (there === null && !wasFree) {
      wasFree = true;
      giveUpAt = Date.now() + HANDING_MS;
    }
    if (Date.now() > giveUpAt) return there;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** A session of another process, by its socket. Disposing leaves it as it is. */
export interface RemoteSession extends Disposable {
  /** One after the other, in the order of the calls. Resolves to why it did not get there, in a line for the person. */
  send(command: Command): Promise<string | null>;
  /** For one listener. */
  subscribe(from: number, on: (events: readonly Event[]) => void): void;
  /** Pieces of its reply. */
  listen(on: (text: string) => void): Disposable;
  /** Resolves with why, for the person, when it can be heard no more; never when it was disposed of. */
  readonly over: Promise<string>;
}

export function remoteSession({ sessionId, dir, pid }: OpenElsewhere): RemoteSession {
  const leaving = new AbortController();
  const deltas = new Emitter<string>();
  const over = Promise.withResolvers<string>();
  let sent: Promise<unknown> = Promise.resolve();
  return {
    over: over.promise,
    send: ({ commandId: _commandId, runId: _runId, ...body }) => {
      const outcome = sent.then(async () => {
        const came = await sendControl({ runId: sessionId, dir }, body);
        return came.kind === 'accepted' ? null : came.message;
      });
      sent = outcome.catch(() => undefined);
      return outcome;
    },
    listen: (on) => deltas.on(on),
    subscribe: (from, on) => {
      const watcher = { events: on, delta: (text: string) => deltas.emit(text) };
      void watchRun({ runId: sessionId, dir, from }, watcher, leaving.signal).then(
        (end) => {
          if (end.kind !== 'left') over.resolve(overWords(end, pid));
        },
        (error: unknown) => over.resolve(String(error)),
      );
    },
    dispose: () => leaving.abort(),
  };
}

function overWords(end: Exclude<WatchEnd, { readonly kind: 'left' }>, pid: number): string {
  switch (end.kind) {
    case 'ended':
      return `The session was closed in process ${pid}.`;
    case 'gone':
      return `Process ${pid}, which had the session, is gone.`;
    case 'refused':
      return end.message;
  }
}
