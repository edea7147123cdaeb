import { clip, headline } from '../../base/text.ts';
import { framed } from '../../engine/framed.ts';
import { intervalWords } from './loops.ts';
import type { KnownRun, LeftBehind } from './leftBehind.ts';
import type { RunStanding } from './outlook.ts';
import type { SessionPlace } from './sessionPlace.ts';

const WORDS_CHARS = 60;
/** Runs that nobody works on. */
const RESTS = new Set<RunStanding['kind'] | undefined>(['cut-short', 'gone']);

/** Takes up what earlier openings have left: nothing begins by itself but loops; the person is told, and with its next turn the agent. */
export async function takeUp(place: SessionPlace, known: LeftBehind): Promise<void> {
  const { run, state, door } = place;
  const standings = await Promise.all(known.cutRuns.map(({ runDir }) => door.outlook.standing(runDir)));
  // The end of one that has ended since is told by a turn of its own, and so will be that of one that goes on elsewhere.
  const left = { ...known, cutRuns: known.cutRuns.filter((_, at) => RESTS.has(standings[at]?.kind)) };
  state.aimAt(left.goal);
  state.runDirs.push(...new Set(left.runs.map(({ runDir }) => runDir)));
  state.left = agentNote(left);
  state.leftWords = left.unheard.join('\n\n');
  const lines = [
    ...(left.cutShort === null
      ? []
      : [`"${headline(left.cutShort, WORDS_CHARS)}" was cut short. Say "go on" for the rest.`]),
    ...left.unheard.map(
      (text) => `"${headline(text, WORDS_CHARS)}" had not begun. The agent reads it with what you say next.`,
    ),
    ...left.untold.map(({ title, runId }) => `The run ${headline(title, WORDS_CHARS)} had ended: dwf show ${runId}`),
    ...(await Promise.all(left.cutRuns.map((known) => runWords(place, known)))),
    ...(left.goal === null
      ? []
      : [`The goal holds still, and is judged after the next turn: ${headline(left.goal.condition, 200)}`]),
    ...[...state.loops.values()].map(
      (loop) => `Every ${intervalWords(loop.everyMs)} again: ${headline(loop.text, 100)}`,
    ),
  ];
  if (lines.length > 0)
    run.recorder.emit({ type: 'session.told', text: ['From before this session was closed:', ...lines].join('\n') });
}

async function runWords({ door }: SessionPlace, { runId, title }: KnownRun): Promise<string> {
  const name = `The run ${headline(title, WORDS_CHARS)} had not ended`;
  // What the disk says of it is of no use here: the run's own page tells it.
  const resumable = await door.resumable(runId).catch(() => null);
  if (resumable === null) return `${name}, and cannot go on here just now: dwf show ${runId}`;
  return `${name}: ${resumable.words}. /resume ${runId} lets it go on.`;
}

/** What the agent reads before its next words from a person; empty: nothing. */
function agentNote({ unheard, untold, cutRuns }: LeftBehind): string {
  const named = ({ runId, title }: KnownRun): string => `${runId}: ${clip(headline(title, 200), 200)}`;
  const runs = [
    ...cutRuns.map((known) => `${named(known)}; it had not ended, and does not go on by itself`),
    ...untold.map((known) => `${named(known)}; it had ended, and its result is in ${known.runDir}/result.json`),
  ];
  return [
    ...(runs.length === 0
      ? []
      : [
          `(This session was closed and is open again. Runs of yours from before, as data:)\n${framed('runs', {}, runs.join('\n'))}`,
        ]),
    ...unheard.map(
      (text) => `(The person said this before the session was closed; you have not answered it yet:)\n${text}`,
    ),
  ].join('\n\n');
}
