import { repositoryPath } from '../../base/repositoryPath.ts';
import type { Reproduction } from '../../protocol/change.ts';
import type { AgentLife } from '../agentLife.ts';
import { refusalOf } from '../calls/permit.ts';
import { withScratchWorktree } from '../calls/workspaces.ts';
import { describeNotStarted } from '../commands.ts';
import { whileQueued } from '../whileQueued.ts';
import type { RunContext } from '../runContext.ts';
import type { Lease } from '../worktrees.ts';
import type { ReviewSubject } from './court.ts';
import type { Vote } from './reviewPrompts.ts';

/** What the runtime saw itself when it ran what a skeptic had written. `note` is for people. */
export type Shown =
  | { readonly kind: 'failed' | 'passed'; readonly note: string; readonly reproduction: Reproduction }
  /** It says nothing either way. */
  | { readonly kind: 'nothing'; readonly note: string };

/** It is kept with its finding, in the run's log, and is told to whoever mends the fault. */
const MAX_BYTES = 32 * 1024;
const TIMEOUT_MS = 5 * 60_000;
const MAX_CHARS = 4_000;
/** A shell's own: it could not run the command, or did not find it. */
const NOT_RUN = new Set([126, 127]);

/**
 * Runs a skeptic's test on a clean copy of the change with that one file added, whatever else it did to its own copy; a
 * file that the change has is not replaced, or its word would be about other code. The command passes the permission gate like one of the skeptic's.
 */
export async function reproduce(
  run: RunContext,
  life: AgentLife,
  subject: Pick<ReviewSubject, 'id' | 'commit'>,
  scratch: Lease,
  { path: named, command }: NonNullable<Vote['reproduction']>,
): Promise<Shown> {
  const path = repositoryPath(named);
  if (path === null) return nothing(`${named} is no file of the repository.`);
  const content = await run.deps.files.read(scratch.path, path, MAX_BYTES);
  if (content === null) return nothing(`There is no text of at most ${MAX_BYTES / 1024} KB at ${path}.`);
  const shown = await withScratchWorktree(
    run,
    `reproduction-${subject.id}`,
    subject.commit,
    async (lease): Promise<Shown> => {
      const added = await run.deps.files.add(lease.path, path, content);
      if (added === 'there') return nothing(isThere(path));
      if (added === 'refused') return nothing(`${path} may not be written.`);
      const refusal = await refusalOf(run, life.agentId, command, lease.path, life.signal);
      if (refusal !== null) return nothing(`\`${command}\` may not run: ${refusal}`);
      return execute(run, life, lease, { path, content, command });
    },
    life,
  );
  return 'cause' in shown ? nothing(shown.message) : shown;
}

/** What a skeptic is told of a test that is no new file; null: it may be one. */
export async function notNew(
  run: RunContext,
  { commit }: Pick<ReviewSubject, 'commit'>,
  named: string,
): Promise<string | null> {
  const path = repositoryPath(named);
  if (path === null)
    return `${named} is no file of the repository: name it from its top, with slashes, and call StructuredOutput again.`;
  const file = await run.deps.files.at(run.cwd, commit, path);
  // What cannot be told from here, the clean copy tells.
  if (file.kind !== 'text') return null;
  return `${isThere(path)} Write your test into a new file, see that it shows the same with nothing else changed, and call StructuredOutput again.`;
}

const isThere = (path: string): string => `The change has a file ${path} already, and no test replaces it.`;

async function execute(
  run: RunContext,
  life: AgentLife,
  { cwd, path: root }: Lease,
  reproduction: Reproduction,
): Promise<Shown> {
  const { command } = reproduction;
  const request = { command, cwd, place: { root }, timeoutMs: TIMEOUT_MS, maxChars: MAX_CHARS };
  const onQueued = whileQueued(run, life);
  const result = await run.deps.commands.run({ ...request, onQueued }, life.signal);
  if (result.kind === 'not-started') return nothing(describeNotStarted(command, result));
  const { kind, exitCode } = result;
  if (kind === 'timed-out') return nothing(`\`${command}\` did not end within ${TIMEOUT_MS / 60_000} minutes.`);
  if (exitCode === null || NOT_RUN.has(exitCode))
    return nothing(`\`${command}\` could not run (exit code ${exitCode ?? 'none'}).`);
  const how = exitCode === 0 ? 'passed' : 'failed';
  return { kind: how, note: `Run again, \`${command}\` ${how} (exit code ${exitCode}).`, reproduction };
}

function nothing(note: string): Shown {
  return { kind: 'nothing', note };
}
