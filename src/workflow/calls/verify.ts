import type { AgentLife } from '../agentLife.ts';
import { describeNotStarted, describeSpill, type OnQueued } from '../commands.ts';
import { outputsOf } from '../outputs.ts';
import type { RunContext } from '../runContext.ts';
import type { Lease } from '../worktrees.ts';
import { permit } from './permit.ts';

export type Verified =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly output: string }
  /** It says nothing of the files. `message`: why, by the command's own name. */
  | { readonly kind: 'not-started'; readonly message: string };

const TIMEOUT_MS = 10 * 60_000;
const MAX_OUTPUT = 8_000;

/**
 * Runs a script's command in a worktree and takes its exit code for the answer. It passes the permission gate like a
 * command of the agent; one that may not run is the script's mistake.
 */
export async function runVerify(
  run: RunContext,
  { agentId, signal }: Pick<AgentLife, 'agentId' | 'signal'>,
  command: string,
  { cwd, path }: Pick<Lease, 'cwd' | 'path'>,
  onQueued?: OnQueued,
): Promise<Verified> {
  await permit(run, agentId, command, path, signal);
  const spillTo = `${outputsOf(run, agentId)}/${run.newPlace('verify')}.txt`;
  const request = { command, cwd, place: { root: path }, timeoutMs: TIMEOUT_MS, maxChars: MAX_OUTPUT, spillTo };
  const result = await run.deps.commands.run({ ...request, ...(onQueued && { onQueued }) }, signal);
  if (result.kind === 'not-started') return { kind: 'not-started', message: describeNotStarted(command, result) };
  if (result.exitCode === 0) return { kind: 'passed' };
  const how =
    result.kind === 'timed-out'
      ? `timed out after ${TIMEOUT_MS / 60_000} minutes`
      : `exit code ${result.exitCode ?? 'none'}`;
  const whole = result.spilled ? `; ${describeSpill(result.spilled)}` : '';
  return { kind: 'failed', output: `${result.output}\n(${how}${whole})` };
}
