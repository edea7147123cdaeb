import { isAbort } from '../base/abort.ts';
import { decide } from '../engine/decide.ts';
import { DEFAULT_SETUP_MINUTES, type WorktreeChoices } from '../protocol/run.ts';
import { describeNotStarted, type Commands } from './commands.ts';
import type { RunContext } from './runContext.ts';
import type { Lease, LeaseRequest, LeaseResult, Worktrees } from './worktrees.ts';

/** What has worktrees made ready. */
export interface Readying {
  readonly worktrees: Pick<Worktrees, 'acquire'>;
  readonly commands: Pick<Commands, 'run'>;
  /** As the run's launch says. */
  readonly choices: WorktreeChoices | undefined;
  readonly tell: (note: string) => void;
  /** Why the person's setup command may not run there; null: it may. */
  readonly denied: (setup: string, lease: Lease) => Promise<string | null>;
  /** Absolute path of a file for all that the setup command says. */
  readonly log: () => string;
}

/** A worktree of a run in which work can begin; whether its setup command may run is asked as for any other command. */
export function acquireReady(run: RunContext, request: LeaseRequest, signal: AbortSignal): Promise<LeaseResult> {
  const { name } = request;
  const readying: Readying = {
    ...{ worktrees: run.deps.worktrees, commands: run.deps.commands, choices: run.open.manifest.worktree },
    tell: (note) => run.warnOnce(`worktree: ${note}`, note),
    denied: (setup, lease) => denial(run, { lease, name, setup }, signal),
    log: () => `${run.open.dir}/setup/${run.newPlace(name)}.txt`,
  };
  return leaseReady(readying, run.cwd, request, signal);
}

/**
 * A worktree in which work can begin: made as the run's launch says, and set up by the person's command. One whose setup
 * fails is given back, and is none.
 */
export async function leaseReady(
  readying: Readying,
  cwd: string,
  request: LeaseRequest,
  signal: AbortSignal,
): Promise<LeaseResult> {
  const { dependencyFolders, setup } = readying.choices ?? {};
  const wanted = { ...request, tell: readying.tell, ...(dependencyFolders === undefined ? {} : { dependencyFolders }) };
  const leased = await readying.worktrees.acquire(cwd, wanted, signal);
  if (leased.kind === 'failed') return leased;
  const { lease } = leased;
  if (!setup) return leased;
  try {
    const problem = await setUp(readying, lease, { ...request, setup }, signal);
    if (problem === null) return leased;
    await giveBack(request, lease);
    return { kind: 'failed', message: problem };
  } catch (error) {
    await giveBack(request, lease);
    if (isAbort(error)) throw error;
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

/** What was restored into it is an agent's work, and is kept. */
async function giveBack({ restore }: LeaseRequest, lease: Lease): Promise<void> {
  await (restore ? lease.abandon() : lease.release());
}

const LOG_CHARS = 2_000;
/** Of the end of what it said, for the one line that a person reads first. */
const TAIL_CHARS = 200;

/** Null when it went well, else why not and where its output is. */
async function setUp(
  readying: Readying,
  lease: Lease,
  { setup, onQueued }: Pick<LeaseRequest, 'onQueued'> & { readonly setup: string },
  signal: AbortSignal,
): Promise<string | null> {
  const denied = await readying.denied(setup, lease);
  if (denied !== null) return `The setup command \`${setup}\` may not run: ${denied}`;
  const minutes = readying.choices?.setupMinutes ?? DEFAULT_SETUP_MINUTES;
  const log = readying.log();
  const request = { command: setup, cwd: lease.cwd, place: { root: lease.path }, maxChars: LOG_CHARS, recordTo: log };
  const result = await readying.commands.run(
    { ...request, timeoutMs: minutes * 60_000, ...(onQueued && { onQueued }) },
    signal,
  );
  if (result.kind === 'not-started') return `The setup command ${describeNotStarted(setup, result)}`;
  if (result.exitCode === 0) return null;
  const how =
    result.kind === 'timed-out'
      ? `took longer than ${minutes} minutes`
      : `ended with exit code ${result.exitCode ?? 'none'}`;
  const { stdout, stderr } = result.streams ?? { stdout: result.output, stderr: '' };
  const tail = (stderr.trim() || stdout.trim()).slice(-TAIL_CHARS).replace(/\s+/g, ' ');
  return `The setup command \`${setup}\` ${how}${tail === '' ? '' : ` (${tail})`}. All that it said: ${log}`;
}

interface SettingUp {
  readonly lease: Lease;
  readonly name: string;
  readonly setup: string;
}

/**
 * That it may run at all is the person's own word, as is the setting it stands in; what they forbid or want to be asked
 * about holds all the same. Null: it may run.
 */
async function denial(run: RunContext, { lease, name, setup }: SettingUp, signal: AbortSignal): Promise<string | null> {
  const request = { tool: 'Bash', access: 'execute', subject: setup } as const;
  const rules = { ...run.permissions.rules, allow: ['Bash'] };
  const mode = run.open.manifest.permissionMode;
  const policy = { mode, ...run.permissions, rules, root: lease.path, ownsRoot: true };
  const decision = decide(policy, request);
  if (decision.kind === 'allow') return null;
  if (decision.kind === 'deny') return decision.reason;
  const answer = await run.inbox.ask({ asker: name, request, summary: setup, policy }, signal);
  return answer === 'allow' ? null : answer.deny;
}
