import { count } from '../../base/text.ts';
import { isInScope } from '../../engine/pathScope.ts';
import type { AgentLife } from '../agentLife.ts';
import type { ChangeOptions } from '../agentOptions.ts';
import { whileQueued } from '../whileQueued.ts';
import type { RunContext } from '../runContext.ts';
import type { Lease } from '../worktrees.ts';
import type { GivenTests } from './givenTests.ts';
import { runVerify } from './verify.ts';

/** What is wrong with a change: something that its author can mend, or, when it has had its attempts, why it is none. */
export type Problem =
  | { readonly kind: 'mend'; readonly again: string }
  | { readonly kind: 'failed'; readonly cause: 'paths' | 'verify' | 'not-started'; readonly message: string };

type Judged = Pick<ChangeOptions, 'paths' | 'verify' | 'attempts'>;

interface Inspected extends Judged {
  readonly given: GivenTests;
}

const DEFAULT_ATTEMPTS = 2;
const NAMED_FILES = 20;
/** Whose output an author is told, of the commands that fail. */
const TOLD_FAILURES = 3;
/** An author's last words are its commit's. */
export const AGAIN = 'Then end with the whole commit message again.';

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
  { paths, verify, attempts = DEFAULT_ATTEMPTS, given }: Inspected,
  lease: Lease,
): () => Promise<Problem | null> {
  const own = new Set(given.tests.map(({ path }) => path));
  const tested = given.tests.map(({ command }) => command);
  const commands = [...new Set(verify === undefined ? tested : [...tested, verify])];
  let toldOfPaths = false;
  let refused = 0;

  async function strayed(): Promise<Problem | null> {
    const changed = paths === undefined ? [] : [...(await lease.changes(life.signal)).keys()];
    const outside = changed.filter((path) => !own.has(path) && !isInScope(paths ?? [], path));
    if (outside.length === 0) return null;
    const files = listed(outside);
    const message = `It changed what its task may not write (${paths?.join(', ')}): ${files}`;
    if (toldOfPaths) return { kind: 'failed', cause: 'paths', message };
    toldOfPaths = true;
    const again = `Your worktree differs from its base in files that your task may not change: ${files}\n\nPut them back as they were: \`git checkout HEAD -- FILE\` for one that was there, \`rm\` for one that was not. ${AGAIN}`;
    return { kind: 'mend', again };
  }

  async function unverified(): Promise<Problem | null> {
    const complaint = await complaintOf(run, life, { commands, given }, lease);
    // No author can mend that a command does not start.
    if (complaint === null || complaint.kind === 'failed') return complaint;
    refused += 1;
    if (refused < attempts) return { kind: 'mend', again: `${complaint.again}\n\nMend the change. ${AGAIN}` };
    const message = `${complaint.what} after ${count(attempts, 'attempt')}${complaint.why}`;
    return { kind: 'failed', cause: 'verify', message };
  }

  return async () => {
    const before = await strayed();
    if (before !== null || commands.length === 0) return before;
    // What the commands themselves wrote is part of the change, and may lie outside.
    return (await unverified()) ?? (await strayed());
  };
}

/** Why a change may not be committed: what is wrong, why beyond that, and what its author is told. */
interface Complaint {
  readonly kind: 'complaint';
  readonly what: string;
  readonly why: string;
  readonly again: string;
}

/**
 * All commands pass, and change nothing: a formatter or a new snapshot changes files once, and all are then run on what it
 * made. Null: so it is.
 */
async function complaintOf(
  run: RunContext,
  life: AgentLife,
  { commands, given }: { readonly commands: readonly string[]; readonly given: GivenTests },
  lease: Lease,
): Promise<Complaint | Extract<Problem, { readonly kind: 'failed' }> | null> {
  let changed: readonly string[] = [];
  for (const _round of [1, 2]) {
    const missing = given.tests.length === 0 ? [] : await given.put();
    if (missing.length > 0) return misplaced(missing);
    const before = await lease.changes(life.signal);
    const failures: Failure[] = [];
    for (const command of commands) {
      const verified = await runVerify(run, life, command, lease, whileQueued(run, life));
      if (verified.kind === 'not-started') return { kind: 'failed', cause: verified.kind, message: verified.message };
      if (verified.kind === 'failed') failures.push({ command, output: verified.output });
    }
    if (failures.length > 0) return failing(failures);
    changed = differing(before, await lease.changes(life.signal));
    if (changed.length === 0) return null;
  }
  const files = listed(changed);
  const named = commands.map((command) => `\`${command}\``).join(', ');
  return {
    kind: 'complaint',
    what: `${named} still ${commands.length === 1 ? 'fails' : 'fail'}`,
    why: `: it changes files each time it runs (${files})`,
    again: `What has to pass (${named}) does, and changes files each time it runs that git does not ignore: ${files}`,
  };
}

interface Failure {
  readonly command: string;
  readonly output: string;
}

function failing(failures: readonly Failure[]): Complaint {
  const named = failures.map(({ command }) => `\`${command}\``).join(', ');
  const told = failures
    .slice(0, TOLD_FAILURES)
    .map(({ command, output }) => `The command \`${command}\` fails on your change. Its output:\n\n${output}`);
  const more = failures.slice(TOLD_FAILURES).map(({ command }) => `\`${command}\``);
  return {
    kind: 'complaint',
    what: `${named} still ${failures.length === 1 ? 'fails' : 'fail'}`,
    why: '',
    again: [...told, ...(more.length > 0 ? [`These fail as well: ${more.join(', ')}`] : [])].join('\n\n'),
  };
}

function misplaced(paths: readonly string[]): Complaint {
  const files = listed(paths);
  return {
    kind: 'complaint',
    what: `The tests ${files} still cannot be part of the change`,
    why: '',
    again: `Tests that you were given cannot be put back, or would not be committed: ${files}. Remove what stands in their place or makes git ignore them.`,
  };
}

function differing(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): readonly string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((path) => a.get(path) !== b.get(path));
}

function listed(paths: readonly string[]): string {
  const more = paths.length - NAMED_FILES;
  return `${paths.slice(0, NAMED_FILES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
