import type { Reproduction } from '../../protocol/change.ts';
import { count } from '../../base/text.ts';
import { isInScope } from '../../engine/pathScope.ts';
import type { AgentLife } from '../agentLife.ts';
import type { ChangeOptions } from '../agentOptions.ts';
import type { RunContext } from '../runContext.ts';
import type { Lease } from '../worktrees.ts';
import { putTests } from './givenTests.ts';
import { runVerify, type Verified } from './verify.ts';

/** What is wrong with a change: something that its author can mend, or, when it has had its attempts, why it is none. */
export type Problem =
  | { readonly kind: 'mend'; readonly again: string }
  | { readonly kind: 'failed'; readonly cause: 'paths' | 'verify'; readonly message: string };

type Judged = Pick<ChangeOptions, 'paths' | 'verify' | 'attempts'>;

interface Inspected extends Judged {
  /** What the change has to pass besides; part of it, whatever its author made of them. */
  readonly tests: readonly Reproduction[];
}

const DEFAULT_ATTEMPTS = 2;
const NAMED_FILES = 20;
const AGAIN = 'Then end with the whole commit message again.';

/** What an author is told besides its task. */
export function scopeNote({ paths }: Judged): string {
  return paths === undefined
    ? ''
    : `\n\nYou may change these files only, counted from the top of the repository: ${paths.join(', ')}`;
}

/**
 * Looks at what an author has left, as often as it says that it is done; null when it can be committed as it lies there:
 * nothing outside of `paths`, and the tests that it was given and `verify` have passed on it and left it alone.
 */
export function createInspection(
  run: RunContext,
  life: AgentLife,
  { paths, verify, attempts = DEFAULT_ATTEMPTS, tests }: Inspected,
  lease: Lease,
): () => Promise<Problem | null> {
  const given = new Set(tests.map(({ path }) => path));
  const commands = [...new Set([...tests.map(({ command }) => command), ...(verify === undefined ? [] : [verify])])];
  let toldOfPaths = false;
  let verified = 0;

  async function strayed(): Promise<Problem | null> {
    const changed = paths === undefined ? [] : [...(await lease.changes(life.signal)).keys()];
    const outside = changed.filter((path) => !given.has(path) && !isInScope(paths ?? [], path));
    if (outside.length === 0) return null;
    const files = listed(outside);
    const message = `It changed what its task may not write (${paths?.join(', ')}): ${files}`;
    if (toldOfPaths) return { kind: 'failed', cause: 'paths', message };
    toldOfPaths = true;
    const again = `Your worktree differs from its base in files that your task may not change: ${files}\n\nPut them back as they were: \`git checkout HEAD -- FILE\` for one that was there, \`rm\` for one that was not. ${AGAIN}`;
    return { kind: 'mend', again };
  }

  async function unverified(): Promise<Problem | null> {
    await putTests(run, lease, tests);
    for (const command of commands) {
      const result = await verifySettled(run, life, command, lease);
      if (!result.ok) return failed(command, result);
    }
    return null;
  }

  function failed(command: string, result: { readonly output: string; readonly why: string }): Problem {
    verified += 1;
    if (verified >= attempts)
      return {
        kind: 'failed',
        cause: 'verify',
        message: `\`${command}\` still fails after ${count(attempts, 'attempt')}${result.why}`,
      };
    const again = `The command \`${command}\` fails on your change. Its output:\n\n${result.output}\n\nMend the change. ${AGAIN}`;
    return { kind: 'mend', again };
  }

  return async () => {
    const before = await strayed();
    if (before !== null || commands.length === 0) return before;
    // What the commands themselves wrote is part of the change, and may lie outside.
    return (await unverified()) ?? (await strayed());
  };
}

/** Passed, and changed nothing: a formatter or a new snapshot changes files once, and is then run on what it made. */
async function verifySettled(
  run: RunContext,
  life: AgentLife,
  command: string,
  lease: Lease,
): Promise<Verified & { readonly why: string }> {
  let changed: readonly string[] = [];
  for (const _round of [1, 2]) {
    const before = await lease.changes(life.signal);
    const verified = await runVerify(run, life, command, lease);
    if (!verified.ok) return { ...verified, why: '' };
    changed = differing(before, await lease.changes(life.signal));
    if (changed.length === 0) return { ok: true, why: '' };
  }
  const output = `It passes, and changes files each time it runs that git does not ignore: ${listed(changed)}`;
  return { ok: false, output, why: `: it changes files each time it runs (${listed(changed)})` };
}

function differing(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): readonly string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((path) => a.get(path) !== b.get(path));
}

function listed(paths: readonly string[]): string {
  const more = paths.length - NAMED_FILES;
  return `${paths.slice(0, NAMED_FILES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
