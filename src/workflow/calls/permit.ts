import { decide } from '../../engine/decide.ts';
import { ScriptError } from '../agentOptions.ts';
import type { RunContext } from '../runContext.ts';

/**
 * Lets a script's own command through the permission gate, like a command of an agent in a worktree of its own at `root`.
 * One that may not run is the script's mistake. `asker`: who is named to the person.
 */
export async function permit(
  run: RunContext,
  asker: string,
  command: string,
  root: string,
  signal: AbortSignal = run.signal,
): Promise<void> {
  const refusal = await refusalOf(run, asker, command, root, signal);
  if (refusal === null) return;
  throw new ScriptError(
    `The command \`${command}\` may not run: ${refusal} To allow it, add "Bash(${command})" to permissions.allow in .claude/settings.json, or use --permission-mode bypass.`,
    'Error',
  );
}

/** The same for a command of anybody's: null when it may run, else why not. */
export async function refusalOf(
  run: RunContext,
  asker: string,
  command: string,
  root: string,
  signal: AbortSignal,
): Promise<string | null> {
  const request = { tool: 'Bash', access: 'execute', subject: command } as const;
  const mode = run.open.manifest.permissionMode;
  const policy = { mode, ...run.permissions, root, ownsRoot: true };
  const decision = decide(policy, request);
  if (decision.kind === 'allow') return null;
  const answer =
    decision.kind === 'deny'
      ? { deny: decision.reason }
      : await run.inbox.ask({ asker, request, summary: command, policy }, signal);
  return answer === 'allow' ? null : answer.deny;
}
