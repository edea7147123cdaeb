import { onAbort } from '../base/abort.ts';
import { count } from '../base/text.ts';
import { failureText } from '../protocol/failures.ts';
import type { Json } from '../protocol/json.ts';
import type { Failure, RunEnd } from '../protocol/run.ts';
import { BudgetError } from './budget.ts';
import { answerEffect } from './effects.ts';
import type { Halt, RunContext } from './runContext.ts';
import type { Notice, SandboxEnd } from './sandbox.ts';
import type { CheckedScript } from './script/check.ts';
import { missingArgs, type WithoutArgs } from './script/lint/missingArgs.ts';

/** The script's own end, or what ended the run before it. */
type ScriptEnd = SandboxEnd | { readonly kind: 'halted'; readonly why: Halt };

/**
 * Runs the script in the sandbox and answers its calls until it returns, throws or the run is halted; then cancels
 * what is still under way and waits for it (W04: losers of a race are abandoned, not failed).
 */
export async function execute(
  run: RunContext,
  script: CheckedScript,
  args: Json | undefined,
  halted: () => Halt | null,
  cancel: () => void,
): Promise<RunEnd> {
  const fileName = run.open.manifest.scriptPath;
  const withoutArgs: WithoutArgs[] = args === undefined ? [{ script, fileName, isNested: false }] : [];
  const pending = new Set<Promise<void>>();
  const track = (work: Promise<void>): void => {
    pending.add(work);
    void work.finally(() => pending.delete(work));
  };
  const sandbox = run.deps.sandbox.start(
    { script, fileName, args, budgetTotal: run.ledger.total },
    {
      runTime: run.pause.runTime,
      effect: (effect) =>
        track(
          answerEffect(run, effect).then((settlement) => {
            if (settlement?.ok === 'script' && settlement.args === undefined) {
              const { script: inner, fileName: innerName = inner.meta.name } = settlement;
              withoutArgs.push({ script: inner, fileName: innerName, isNested: true });
            }
            if (settlement) sandbox.settle(settlement);
          }),
        ),
      notice: (notice) => note(run, notice),
    },
  );
  track(warnOfCommands(run));
  const aborted = new Promise<void>((resolve) => void onAbort(run.signal, resolve));
  const ended = await Promise.race([sandbox.ended, aborted]);
  const why = halted();
  const scriptEnd: ScriptEnd = ended && !why ? ended : { kind: 'halted', why: why ?? STOPPED };
  if (scriptEnd.kind === 'returned') tellAbandoned(run);
  cancel();
  await Promise.all([sandbox.dispose(), ...pending]);
  return runEnd(run, scriptEnd, withoutArgs);
}

/** What a person should know of how this run's commands are confined, or that nothing confines them. */
async function warnOfCommands(run: RunContext): Promise<void> {
  const warning = await run.deps.commands.warning?.();
  if (warning) run.warnOnce('commands', warning);
}

const STOPPED: Halt = { kind: 'stopped', reason: 'person', message: 'Stopped.' };

function note(run: RunContext, notice: Notice): void {
  switch (notice.kind) {
    case 'phase':
      run.recorder.emit({ type: 'phase.entered', title: notice.title });
      return;
    case 'log':
      run.recorder.emit({ type: 'logged', level: notice.level, message: notice.message });
      return;
    case 'failure':
      run.failures.add({
        ...{ cause: 'script', label: notice.where, message: notice.message },
        ...(notice.times === undefined ? {} : { times: notice.times }),
      });
      tellFailure(run, notice);
      return;
    case 'nested':
      run.agents.nest(notice.group, notice.outer);
      return;
    case 'left':
      leave(run, notice.group, notice.missing);
      return;
    case 'unvisited': {
      const message = `coverage() found no result for it: ${notice.unit}`;
      run.failures.add({ cause: 'unvisited', label: notice.unit, message });
      run.recorder.emit({ type: 'logged', level: 'warning', message });
      return;
    }
    case 'covered': {
      const { done, failed, unvisited } = notice;
      run.recorder.census.covered({ done, failed, unvisited });
    }
  }
}

/** Of those alike the first few, then the tenth, the hundredth and so on: a loop that tries again must not fill the log. */
function tellFailure({ failures, recorder }: RunContext, { where, message }: Notice & { kind: 'failure' }): void {
  const times = failures.timesOf(message);
  if (times > FIRST_FEW && !/^10+$/.test(String(times))) return;
  const text = failureText({ labels: [where], message, times: times > FIRST_FEW ? times : 1 });
  recorder.emit({ type: 'logged', level: 'warning', message: text });
}

const FIRST_FEW = 5;

/** Ends the agents that a `parallel()` went on without; each slot of them has its cause, also one without an agent. */
function leave(run: RunContext, group: number, missing: readonly number[]): void {
  const ended = run.agents.leaveGroup(group, LEFT);
  const known = new Set(ended.map(({ item }) => item));
  const slot = (item: number) => ({ cause: 'timeout', label: `parallel[${item}]`, message: LEFT }) as const;
  for (const { agentId, item } of ended) run.failures.add({ ...slot(item), agentId });
  for (const item of missing) {
    if (!known.has(item)) run.failures.add(slot(item));
  }
  const message = `parallel() goes on without ${count(missing.length, 'of its results', 'of its results')}.`;
  run.recorder.emit({ type: 'logged', level: 'warning', message });
}

const LEFT = 'The script went on without it (deadlineMs, atLeast).';

/** The script has returned without them: losers of a race, or work that it forgot to wait for. */
function tellAbandoned(run: RunContext): void {
  const { underWay } = run.agents;
  if (underWay === 0) return;
  const were = count(underWay, 'agent was', 'agents were');
  const message = `${were} still under way when the script returned, and stopped: write \`await\` before what starts them, unless the script means to go on without them.`;
  run.recorder.emit({ type: 'logged', level: 'warning', message });
}

function runEnd(run: RunContext, end: ScriptEnd, withoutArgs: readonly WithoutArgs[]): RunEnd {
  const failures = run.failures.all;
  const finished: Json = { finished: run.finished };
  switch (end.kind) {
    case 'returned': {
      const all: readonly Failure[] = [
        ...failures,
        ...end.dropped.map((path): Failure => ({
          cause: 'not-json',
          message: notJson(path),
        })),
        ...end.unhandled.map((message): Failure => ({ cause: 'unhandled-rejection', message })),
      ];
      return { status: all.length > 0 ? 'degraded' : 'completed', result: end.value, failures: all };
    }
    case 'threw': {
      if (end.error.name === OVER_BUDGET)
        return { status: 'stopped', reason: 'budget', message: end.error.message, result: finished, failures };
      const noArgs = withoutArgs.map((one) => missingArgs(one, end.error)).find((words) => words !== null);
      const message = noArgs ?? (end.error.stack || `${end.error.name}: ${end.error.message}`);
      return { status: 'failed', message, result: finished, failures };
    }
    case 'killed':
      return { status: 'failed', message: end.message, result: finished, failures };
    case 'halted':
      return end.why.kind === 'failed'
        ? { status: 'failed', message: end.why.message, result: finished, failures }
        : { status: 'stopped', reason: end.why.reason, message: end.why.message, result: finished, failures };
  }
}

/** `path` ends in what it was, when that is known: `$[0] (a promise)`. */
function notJson(path: string): string {
  const kind = / \(([^()]+)\)$/.exec(path)?.[1];
  const advice = kind === undefined ? undefined : INSTEAD.get(kind);
  return `${path} of the result is no JSON and became null${advice === undefined ? '' : `: ${advice}`}`;
}

const INSTEAD: ReadonlyMap<string, string> = new Map([
  ['a promise', 'write `await` before it, or `await Promise.all(list)` for a list'],
  ['a Map', 'return `Object.fromEntries(map)`, or `[...map]`'],
  ['a Set', 'return `[...set]`'],
  ['an error', 'return its `message`'],
]);

/** The error by which an uncaught cap ends a run. */
const OVER_BUDGET = new BudgetError('').name;
