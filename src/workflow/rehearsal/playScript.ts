import { onAbort, throwIfAborted } from '../../base/abort.ts';
import type { Event, LaunchRequest } from '../../protocol/messages.ts';
import { MAX_AGENTS } from '../../protocol/run.ts';
import { PLAIN_PROMPTS } from '../../engine/prompts.ts';
import type { Tool } from '../../engine/tool.ts';
import { createRuntime } from '../createRuntime.ts';
import type { Commands } from '../commands.ts';
import type { RuntimeDeps } from '../runContext.ts';
import type { Runtime } from '../runtime.ts';
import { Answers, type Chance } from './answerChoices.ts';
import type { Figures } from './figures.ts';
import type { LookedFor } from '../script/lint/lookedFor.ts';
import type { PastRun } from './pastRun.ts';
import type { MakeAnswer } from './rehearsalModel.ts';
import { createRehearsalModel } from './rehearsalModel.ts';
import type { Scenario } from './scenario.ts';
import { createScratchRepository } from './scratchRepository.ts';
import { createScratchStore } from './scratchStore.ts';
import { type GaveUp, type Trace, TraceRecorder } from './trace.ts';
import type { VirtualClock } from './virtualClock.ts';

/** Where a script is played: a real sandbox whose time is the clock's. */
export interface Stage extends Pick<RuntimeDeps, 'sandbox' | 'library'> {
  readonly clock: VirtualClock;
  /**
   * Resolves when nothing more happens unless the clock goes on, or when it is `enough`: that is asked each time that one
   * thing has led to another.
   */
  quiet(enough: () => boolean): Promise<void>;
}

export interface PlayDeps {
  readonly stage: Stage;
  readonly schemaCheck: RuntimeDeps['schemaCheck'];
  readonly sha256: RuntimeDeps['sha256'];
  readonly definitions: RuntimeDeps['definitions'];
  readonly frontMatter: RuntimeDeps['frontMatter'];
  /** Their descriptions are what agents are going to see; none of them is ever called. */
  readonly tools: readonly Tool[];
  readonly chance: Chance;
  readonly makeAnswer: MakeAnswer;
  readonly figures: Figures;
  readonly past: readonly PastRun[];
  readonly lookedFor: LookedFor;
  /** Real milliseconds. */
  readonly elapsed: () => number;
}

export type PlayRequest = Pick<
  LaunchRequest,
  'scriptPath' | 'script' | 'name' | 'args' | 'cwd' | 'concurrency' | 'caps'
> & { readonly model: string };

export type Play =
  { readonly kind: 'played'; readonly trace: Trace } | { readonly kind: 'refused'; readonly errors: readonly string[] };

/** A chain of so many agents is a loop that does not end, and so is a script that wakes so often. */
const DEEPEST = 300;
const MOST_STEPS = 20_000;
/** So many answers one after another that took no time, as of calls that are refused: no loop over what agents did is longer. */
const MOST_TURNS = MAX_AGENTS;
/** Real time that one play may take, for scripts that compute for long; agents take none. */
const LONGEST_MS = 60_000;
const CHECK_MS = 20_000;

/** Plays a script once, through the runtime itself: only what is outside of it is made up. Rejects with AbortError. */
export async function playScript(
  deps: PlayDeps,
  request: PlayRequest,
  scenario: Scenario,
  signal: AbortSignal,
): Promise<Play> {
  const { clock } = deps.stage;
  const trace = new TraceRecorder(clock);
  const answers = new Answers(scenario, deps.past, deps.chance, deps.lookedFor);
  const runtime = createRuntime(runtimeDeps(deps, scenario, trace, answers), {
    defaultModel: request.model,
    modelSource: { kind: 'simulated', rulesText: null },
  });
  try {
    // Nobody is asked for leave: no command runs.
    const launched = await runtime.launch({ ...request, permissionMode: 'bypass', safetyTokens: null, attended: true });
    if (launched.status === 'refused') return { kind: 'refused', errors: launched.errors };
    const { runId } = launched;
    const watching = runtime.subscribe(runId, 1, (batch) => {
      for (const event of batch) {
        trace.accept(event);
        if (event.type === 'question.asked') answerQuestion(runtime, event, answers);
      }
    });
    const gaveUp = await goThrough(deps, runtime, runId, trace, signal);
    watching.dispose();
    throwIfAborted(signal);
    return { kind: 'played', trace: trace.trace(scenario, gaveUp) };
  } finally {
    await runtime.close();
  }
}

/** Turns the clock until the run has ended; null, or why it was ended before. */
async function goThrough(
  { stage, elapsed }: PlayDeps,
  runtime: Runtime,
  runId: string,
  trace: TraceRecorder,
  signal: AbortSignal,
): Promise<GaveUp | null> {
  const state = { ended: false };
  const over = runtime.finished(runId).finally(() => (state.ended = true));
  const startedAt = elapsed();
  const late = (): boolean => elapsed() - startedAt > LONGEST_MS;
  const stop = (): void => runtime.dispatch({ type: 'run.stop', runId, commandId: 'rehearsal' });
  // At once, even while the script computes.
  const listening = onAbort(signal, stop);
  let gaveUp: GaveUp | null = null;
  for (let steps = 0; ; steps += 1) {
    let turns = 0;
    await stage.quiet(() => (turns += 1) > MOST_TURNS || late());
    if (state.ended) break;
    if (trace.deepest > DEEPEST || steps > MOST_STEPS) gaveUp = 'endless';
    else if (turns > MOST_TURNS) gaveUp = 'restless';
    else if (late()) gaveUp = 'time';
    if (gaveUp !== null || signal.aborted || !stage.clock.next()) {
      stop();
      break;
    }
  }
  await over;
  listening.dispose();
  return gaveUp;
}

function answerQuestion(runtime: Runtime, event: Extract<Event, { type: 'question.asked' }>, answers: Answers): void {
  const { choices = [], requestId, runId } = event;
  const answer =
    choices[Math.floor(answers.draw(event.question) * choices.length)] ?? event.default ?? 'a made-up answer';
  const command = { type: 'question.answer', commandId: requestId, runId, requestId, answer } as const;
  // The question is open only once its event is out.
  void Promise.resolve().then(() => runtime.dispatch(command));
}

function runtimeDeps(deps: PlayDeps, scenario: Scenario, trace: TraceRecorder, answers: Answers): RuntimeDeps {
  const { stage, schemaCheck, definitions, frontMatter, sha256, tools, makeAnswer, figures } = deps;
  const { clock, sandbox, library } = stage;
  const model = createRehearsalModel({ clock, trace, scenario, answers, figures, makeAnswer });
  const goesWell = (what: string): boolean =>
    scenario.commands === 'mixed' ? answers.draw(what) < 0.7 : scenario.commands === 'pass';
  let ids = 0;
  return {
    modelFor: (_onWait, through) => (through ? through(model) : model),
    sandbox,
    library,
    ...createScratchRepository({
      changes: (name) => scenario.commands !== 'mixed' || answers.draw(`change ${name}`) < 0.9,
      merges: (n) => goesWell(`merge ${n}`),
    }),
    commands: madeUpCommands(clock, goesWell),
    store: createScratchStore(),
    schemaCheck,
    definitions,
    frontMatter,
    pressure: { subscribe: () => ({ dispose: () => undefined }) },
    clock,
    newId: () => `r${(ids += 1)}`,
    sha256,
    toolsFor: () => tools,
    briefing: async () => ({ prompts: PLAIN_PROMPTS, shared: '', warnings: [] }),
    permissionRules: async () => ({ rules: { deny: [], ask: [], allow: [] }, warnings: [] }),
  };
}

function madeUpCommands(clock: VirtualClock, passes: (command: string) => boolean): Commands {
  return {
    run: async ({ command, recordTo }, signal) => {
      await clock.sleep(CHECK_MS, signal);
      const exitCode = passes(command) ? 0 : 1;
      const output = exitCode === 0 ? 'made-up output: all is well\n' : 'made-up output: it fails\n';
      const streams = recordTo === undefined ? {} : { streams: { stdout: output, stderr: '' } };
      return { kind: 'exited', exitCode, output, ms: CHECK_MS, ...streams };
    },
  };
}
