import { join } from 'node:path';
import { createCommitter } from '../commits/committer.ts';
import type { CommitSettings } from '../commits/commitSettings.ts';
import { createFileLocks } from '../fileLock.ts';
import { createGate } from '../gate.ts';
import { createGitWorktrees } from '../gitWorktrees.ts';
import { createPortRanges } from '../ready/portRanges.ts';
import { readyWorktrees } from '../ready/readyWorktrees.ts';
import { createWorktreeVariables } from '../ready/worktreeVariables.ts';
import { createCommands } from '../shell.ts';
import type { ApplyDeps } from './applyDeps.ts';
import type { LaterDeps } from './landLater.ts';

export interface LaterPlace {
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly commits: CommitSettings;
  /** Takes what a person should know of the worktree, in one line. */
  readonly tell: (note: string) => void;
}

/** What `landLater` needs; its command finds the worktree as agents do, with what the repository needs to be worked in. */
export function openLaterDeps(
  deps: ApplyDeps,
  { home, env, commits, tell }: LaterPlace,
): { readonly deps: LaterDeps; readonly close: () => Promise<void> } {
  const gate = createGate();
  const variables = createWorktreeVariables(createPortRanges(join(home, 'ports'), createFileLocks()));
  const inner = createGitWorktrees({ home, git: deps.git, gate });
  const worktrees = readyWorktrees(inner, { git: deps.git, gate, variables });
  const commands = createCommands({ env, home, variablesOf: (root) => variables.of(root) });
  const committer = createCommitter({ git: deps.git, commands, settings: commits });
  return { deps: { ...deps, worktrees, commands, committer, tell }, close: () => inner.close() };
}
