import { isAbort } from '../../base/abort.ts';
import { count, headline } from '../../base/text.ts';
import type { Event } from '../../protocol/messages.ts';
import type { Restored } from './checkpoints.ts';
import type { Asked } from './desk.ts';
import type { SessionPlace } from './sessionPlace.ts';

/** A turn of the session, of this opening or an earlier one. */
interface PastTurn {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** Null: the files were not kept. */
  readonly checkpoint: string | null;
}

const LISTED_TURNS = 10;
const NAMED_PATHS = 15;

/** Keeps the files before a turn; what hinders that is told once and stops no turn. */
export async function keepFiles({ run, state }: SessionPlace): Promise<string | null> {
  const { checkpoints } = run.deps;
  state.turns += 1;
  if (!checkpoints) return null;
  try {
    return await checkpoints.keep(run.cwd, { sessionId: run.runId, number: state.turns }, run.signal);
  } catch (error) {
    if (isAbort(error)) throw error;
    const why = error instanceof Error ? error.message : String(error);
    run.warnOnce(
      'checkpoint',
      `The files could not be kept before this turn, so /rewind cannot bring them back: ${why}`,
    );
    return null;
  }
}

export function pastTurns(events: readonly Event[]): readonly PastTurn[] {
  const texts = new Map<string, Asked['text']>();
  const turns: PastTurn[] = [];
  for (const event of events) {
    if (event.type === 'turn.asked') texts.set(event.turnId, event.text);
    if (event.type !== 'turn.started') continue;
    const text = texts.get(event.turnId) ?? '';
    turns.push({ number: turns.length + 1, text, checkpoint: event.checkpoint ?? null });
  }
  return turns;
}

/** `/rewind`: lists turns; `/rewind 3` says what going back to before it means, `/rewind 3 now` does it, `/rewind undo` takes that back. */
export async function rewind(place: SessionPlace, rest: string): Promise<string> {
  const { run, desk } = place;
  const { checkpoints } = run.deps;
  const turns = pastTurns(run.open.readEvents(1));
  if (!checkpoints || turns.every(({ checkpoint }) => checkpoint === null))
    return 'There is nothing to go back to: files are kept before each turn where the folder is a git repository with a commit.';
  if (rest === '') return listed(turns);
  if (!desk.isFree) return 'The agent is at work. Interrupt it first, or wait until it has answered.';
  const session = { runId: run.runId, dir: run.open.dir };
  if (/^undo$/i.test(rest)) return undoneWords(await checkpoints.undo(session, run.signal));
  const [, number, now] = /^(\d+)(\s+now)?$/i.exec(rest) ?? [];
  const turn = turns.find((each) => each.number === Number(number));
  if (turn === undefined) return `Say which turn: /rewind 1 to /rewind ${turns.length}; /rewind alone lists them.`;
  const { checkpoint } = turn;
  if (checkpoint === null) return `The files before turn ${turn.number} were not kept.`;
  if (now === undefined) return plan(place, turn, await checkpoints.pathsSince(run.cwd, checkpoint, run.signal));
  return restoredWords(turn, await checkpoints.restore(run.cwd, { session, commit: checkpoint }, run.signal));
}

function listed(turns: readonly PastTurn[]): string {
  const shown = turns.filter(({ checkpoint }) => checkpoint !== null).slice(-LISTED_TURNS);
  const lines = shown.map(({ number, text }) => `${String(number).padStart(3)}  ${headline(text, 80)}`);
  return ['Files can go back to before one of these turns, such as /rewind 1:', ...lines].join('\n');
}

function plan({ run }: SessionPlace, { number, text }: PastTurn, paths: readonly string[]): string {
  if (paths.length === 0) return `Nothing has changed since before turn ${number}.`;
  return [
    `Before turn ${number} (${headline(text, 60)}) these were different in ${run.cwd}:`,
    ...named(paths),
    `/rewind ${number} now brings ${paths.length === 1 ? 'it' : 'all of them'} back, what you edited yourself since included. The conversation stays, and so do ignored files and commits.`,
  ].join('\n');
}

function restoredWords({ number }: PastTurn, restored: Restored): string {
  switch (restored.kind) {
    case 'restored':
      return `${count(restored.paths.length, 'file')} as before turn ${number}. /rewind undo takes that back.`;
    case 'nothing':
      return `Nothing has changed since before turn ${number}.`;
    case 'failed':
      return restored.message;
  }
}

function undoneWords(undone: Restored): string {
  switch (undone.kind) {
    case 'restored':
      return `${count(undone.paths.length, 'file')} as before you went back.`;
    case 'nothing':
      return 'You have gone back to no turn, so there is nothing to undo.';
    case 'failed':
      return undone.message;
  }
}

function named(paths: readonly string[]): readonly string[] {
  const more = paths.length - NAMED_PATHS;
  return [...paths.slice(0, NAMED_PATHS), ...(more > 0 ? [`and ${more} more`] : [])].map((line) => `  ${line}`);
}
