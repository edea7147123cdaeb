import { AbortError } from '../../base/abort.ts';
import { headline } from '../../base/text.ts';
import type { Json } from '../../protocol/json.ts';
import { parseCheckOptions, parsePrompt, ScriptError } from '../agentOptions.ts';
import type { CommandEnd } from '../commands.ts';
import type { RunContext } from '../runContext.ts';
import type { Effect } from '../sandbox.ts';
import { warnUnknown } from './agentCall.ts';
import { knownChange } from './knownChange.ts';
import { refuseWhenTimeIsUp } from './overBudget.ts';
import { permit } from './permit.ts';
import { withScratchWorktree } from './workspaces.ts';

const DEFAULT_TIMEOUT_MS = 10 * 60_000;
/** Of each stream; the file has the whole. */
const MAX_CHARS = 16_000;

/** What `check()` resolves to. `exitCode` is null when a signal or the time-out ended it. */
interface CheckValue {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly path: string;
}

/**
 * `check(command, opts?)` (X10): a command's exit code instead of an agent's word, in a worktree at a change's commit or
 * at the run's base. What it said of a tree it says again on a resume. Null: there was no worktree, or the command could
 * not be started, which is a failure of the run and no answer: a resume asks again.
 */
export async function checkCall(run: RunContext, effect: Effect): Promise<Json> {
  const command = parsePrompt('check', effect.args[0], 'shell command');
  const { options, unknownKeys } = parseCheckOptions(effect.args[1]);
  warnUnknown(run, 'check', unknownKeys);
  const change =
    options.on === undefined ? undefined : knownChange(run, 'check', options.on, 'as its option `on`').change;
  const commit = change?.commit ?? run.base?.commit;
  if (commit === undefined) throw new ScriptError(NO_REPOSITORY, 'Error');
  const tree = await run.deps.merge.treeOf(run.cwd, commit);
  const claim = run.journal.claim({ kind: 'check', scope: effect.scope, prompt: command, options: { tree } });
  const label = options.label ?? command;
  const phase = options.phase ?? effect.phase;
  if (!claim.entry) refuseWhenTimeIsUp(run, phase, label);
  const checkId = run.newPlace('check');
  run.recorder.emit({ type: 'check.started', checkId, command, label, phase, changeId: change?.id ?? null });
  const ended = (value: CheckValue | null, fromJournal: boolean): void => {
    run.recorder.emit({
      ...{ type: 'check.ended', checkId, fromJournal },
      ...{ exitCode: value?.exitCode ?? null, path: value?.path ?? null },
    });
    const { id: call, group } = effect;
    if (value) run.dataFlow.finished({ id: checkId, label, value: { ...value }, call, group });
  };
  if (claim.entry) {
    ended(claim.entry.value as unknown as CheckValue, true);
    return claim.entry.value;
  }
  let value: CheckValue | null = null;
  try {
    const asker = change?.id ?? checkId;
    value = await execute(run, { command, commit, checkId, asker, timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS });
  } finally {
    if (!run.signal.aborted) ended(value, false);
  }
  if (value === null || value.exitCode === null) return value as unknown as Json;
  await run.open.appendJournal({ key: claim.key, kind: 'check', agentId: checkId, value: value as unknown as Json });
  if (run.signal.aborted) throw new AbortError(run.signal.reason);
  return value as unknown as Json;
}

const NO_REPOSITORY =
  'check() runs in a worktree, and this folder is no git repository with a commit. Run `git init` and commit once, or let an agent run the command.';

interface Task {
  readonly command: string;
  readonly commit: string;
  readonly checkId: string;
  readonly asker: string;
  readonly timeoutMs: number;
}

async function execute(run: RunContext, task: Task): Promise<CheckValue | null> {
  const { command, timeoutMs } = task;
  const path = `${run.open.dir}/checks/${task.checkId}.txt`;
  const result = await withScratchWorktree(run, 'check', task.commit, async (lease) => {
    await permit(run, task.asker, command, lease.path);
    const request = {
      command,
      cwd: lease.cwd,
      place: { root: lease.path },
      timeoutMs,
      maxChars: MAX_CHARS,
      recordTo: path,
    };
    return run.deps.commands.run(request, run.signal);
  });
  if (!('message' in result)) return valueOf(result, timeoutMs, path);
  const named = `\`${headline(command, 120)}\``;
  const cause = result.kind === 'null' ? result.cause : result.kind;
  run.failures.add({ cause, message: `check ${named}: ${result.message}` });
  return null;
}

function valueOf(result: CommandEnd, timeoutMs: number, path: string): CheckValue {
  const { stdout, stderr } = result.streams ?? { stdout: result.output, stderr: '' };
  const timedOut = result.kind === 'timed-out' ? `\n(timed out after ${timeoutMs / 1000} s)` : '';
  return { exitCode: result.exitCode, stdout, stderr: stderr + timedOut, path };
}
