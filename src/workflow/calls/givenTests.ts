import type { Reproduction } from '../../protocol/change.ts';
import { ScriptError } from '../agentOptions.ts';
import type { RunContext } from '../runContext.ts';
import type { Lease } from '../worktrees.ts';

/** Tests that a change has to pass and takes along, such as those by which skeptics showed a fault. */
export interface GivenTests {
  readonly tests: readonly Reproduction[];
  /** Puts them where they belong, whatever the author made of them; gives those that cannot be, or not be committed. */
  put(): Promise<readonly string[]>;
}

/** What an author is told of them. */
export function testsNote(tests: readonly Reproduction[]): string {
  if (tests.length === 0) return '';
  const listed = tests.map(({ path, command }) => `- ${path}, run by \`${command}\``).join('\n');
  return `\n\nThese tests are in your worktree already. They have to pass when you are done, and become part of your commit. Before they are run they are put back as they are now: mend the code and not the test.\n${listed}`;
}

/**
 * Puts them into a worktree that nobody has worked in. Rejects with the script's mistake where one is no new file that git
 * would commit; of two with one name the first counts, and the run's log says so.
 */
export async function placeTests(
  run: RunContext,
  lease: Lease,
  asked: readonly Reproduction[],
  signal: AbortSignal,
): Promise<GivenTests> {
  const tests = asked.filter(({ path, content }) => {
    if (asked.find((one) => one.path === path)?.content === content) return true;
    const message = `Two tests are named ${path}: the second one is left out.`;
    run.recorder.emit({ type: 'logged', level: 'warning', message });
    return false;
  });
  const isThere = new Set<string>();
  for (const { path, content } of tests) {
    const file = await run.deps.files.at(run.cwd, lease.base, path);
    if (file.kind === 'unreadable') throw mistake(`what the repository has at ${path} cannot be read`);
    if (file.kind === 'text' && file.text !== content)
      throw mistake(`${path} is in the repository already, and no test replaces it`);
    if (file.kind === 'text') isThere.add(path);
  }
  const put = async (): Promise<readonly string[]> => {
    const missing = new Set<string>();
    for (const { path, content } of tests)
      if ((await run.deps.files.put(lease.path, path, content)) === 'refused') missing.add(path);
    const changed = await lease.changes(signal);
    for (const { path } of tests) if (!isThere.has(path) && !changed.has(path)) missing.add(path);
    return [...missing];
  };
  const missing = tests.length === 0 ? [] : await put();
  // An interrupted author may have made anything of them: it is told.
  if (missing.length > 0 && !lease.restored)
    throw mistake(`${missing.join(', ')} may not be written, or git ignores it`);
  return { tests, put };
}

function mistake(what: string): ScriptError {
  return new ScriptError(`change() options: tests: ${what}.`, 'Error');
}
