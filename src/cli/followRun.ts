import { writeFile } from 'node:fs/promises';
import type { Engine } from '../node/createEngine.ts';
import { newId } from '../node/ids.ts';
import { fold, reduce } from '../projection/reduce.ts';
import { initialState, type RunState } from '../projection/state.ts';
import type { Event } from '../protocol/messages.ts';
import type { RunEnd } from '../protocol/run.ts';
import type { FinishedRun } from '../workflow/runtime.ts';
import { EXIT } from './commandError.ts';
import type { Interrupts } from './interrupts.ts';
import type { Io } from './io.ts';
import { resultPathIn, runObject } from './runObject.ts';
import { COLOURED, manyLines, oneLine, type Paint, PLAIN, renderLine } from './view/cells.ts';
import { eventView, SILENT_VIEW } from './view/eventView.ts';
import { headLine } from './view/headLine.ts';
import { liveView } from './view/liveView.ts';
import { plainView } from './view/plainView.ts';
import { report } from './view/report.ts';
import type { RunView } from './view/runView.ts';

export interface ShowFlags {
  readonly json?: boolean | undefined;
  readonly events?: boolean | undefined;
  /** Absolute. */
  readonly resultFile?: string | undefined;
}

export interface FollowOptions {
  readonly engine: Engine;
  readonly runId: string;
  /** The run's folder. */
  readonly dir: string;
  /** What earlier attempts left. */
  readonly past: readonly Event[];
  readonly simulated: boolean;
  readonly show: ShowFlags;
  readonly interrupts: Interrupts;
  /** False when it was said before, to be confirmed. */
  readonly sayHead: boolean;
  /** Where the repository is, when it is not where the person stands. */
  readonly gitFolder?: string;
  /** What it starts besides its agents, said with the head. */
  readonly extras?: readonly string[];
}

/** Shows a run until it has ended and says how; resolves to the exit code. */
export async function followRun(io: Io, options: FollowOptions): Promise<number> {
  const { engine, runId, interrupts } = options;
  let state = fold(initialState(runId), options.past);
  const view = viewFor(io, options, () => state);
  const drawn = isDrawn(options.show);
  const onEvent = (event: Event): void => {
    // A state with all agents in it, made anew at each event, is dear where only its head is asked for.
    if (drawn || event.type === 'run.started') state = reduce(state, event);
    if (event.type === 'run.started' && options.sayHead) sayHead(io, options, state, view);
    view.accept(event, state);
  };
  const listening = engine.subscribe(runId, state.seq + 1, (batch) => {
    for (const event of batch) onEvent(event);
  });
  interrupts.handle(
    () => {
      view.say('Stopping… press Ctrl-C again to leave at once.');
      engine.dispatch({ type: 'run.stop', runId, commandId: newId() });
    },
    () => {
      view.close();
      io.stderr.write(`Left at once. Resume with: dwf resume ${runId}\n`);
    },
  );
  let finished: FinishedRun;
  try {
    finished = await engine.finished(runId);
  } finally {
    listening.dispose();
    view.close();
  }
  for (const warning of finished.warnings ?? []) io.stderr.write(`Warning: ${oneLine(warning)}\n`);
  await hand(io, options, state, finished);
  if (interrupts.asked && finished.end.status === 'stopped') return EXIT.interrupted;
  return exitCodeOf(finished.end);
}

async function hand(
  io: Io,
  { runId, dir, show, ...options }: FollowOptions,
  state: RunState,
  { end, usage, census }: FinishedRun,
): Promise<void> {
  const object = runObject({ runId, workflowName: state.head?.workflowName ?? '', dir, end, usage, census });
  if (show.resultFile !== undefined) await writeFile(show.resultFile, `${JSON.stringify(object, null, 2)}\n`);
  if (show.json === true) io.stdout.write(`${JSON.stringify(object)}\n`);
  if (isDrawn(show)) {
    const width = io.stdout.isTerminal ? io.stdout.size().columns : Infinity;
    const { simulated, gitFolder } = options;
    const where = gitFolder === undefined ? {} : { gitFolder };
    const lines = report(state, end, {
      ...{ runId, usage, simulated, full: false, width, resultPath: resultPathIn(dir) },
      ...where,
    });
    io.stdout.write(lines.map((line) => `${renderLine(line, Infinity, paintFor(io))}\n`).join(''));
  }
  if ('message' in end) io.stderr.write(`${manyLines(end.message).trimEnd()}\nResume with: dwf resume ${runId}\n`);
}

function exitCodeOf(end: RunEnd): number {
  switch (end.status) {
    case 'completed':
      return EXIT.completed;
    case 'degraded':
    case 'stopped':
      return EXIT.degraded;
    case 'failed':
      return EXIT.failed;
  }
}

function viewFor(
  io: Io,
  { engine, runId, simulated, show, interrupts }: FollowOptions,
  state: () => RunState,
): RunView {
  if (show.events === true) return eventView(io.stdout);
  if (show.json === true) return SILENT_VIEW;
  if (!io.stdout.isTerminal || io.env['TERM'] === 'dumb') return plainView(io.stdout);
  return liveView({
    io,
    paint: paintFor(io),
    simulated,
    now: () => Date.now(),
    stopping: () => interrupts.asked,
    onAnswer: (requestId, reply) => {
      // A key that comes twice must not answer the next question.
      if (state().questions.every((question) => question.requestId !== requestId)) return;
      engine.dispatch({ type: 'permission.answer', runId, commandId: newId(), requestId, ...reply });
    },
    onReply: (requestId, answer) => {
      if (state().asked.every((question) => question.requestId !== requestId)) return;
      engine.dispatch({ type: 'question.answer', runId, commandId: newId(), requestId, answer });
    },
  });
}

function sayHead(io: Io, options: FollowOptions, { head }: RunState, view: RunView): void {
  if (head === null) return;
  const { simulated, show, engine, extras = [] } = options;
  const notice = engine.modelNotice === null ? [] : [engine.modelNotice];
  const lines = [headLine({ ...head, simulated }), ...extras.map(oneLine), ...notice];
  // Stdout is for the object or the events alone then.
  if (!isDrawn(show)) io.stderr.write(lines.map((line) => `${line}\n`).join(''));
  else for (const line of lines) view.say(line);
}

/** For a person, not for a program. */
function isDrawn({ json, events }: ShowFlags): boolean {
  return json !== true && events !== true;
}

export function paintFor(io: Io): Paint {
  return io.stdout.isTerminal && !io.env['NO_COLOR'] && io.env['TERM'] !== 'dumb' ? COLOURED : PLAIN;
}
