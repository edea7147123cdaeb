import type { Reproduction } from '../../protocol/change.ts';
import { ScriptError } from '../agentOptions.ts';
import type { RunContext } from '../runContext.ts';
import type { Lease } from '../worktrees.ts';

/** What an author is told of the tests that its change has to pass, such as those by which skeptics showed a fault. */
export function testsNote(tests: readonly Reproduction[]): string {
  if (tests.length === 0) return '';
  const listed = tests.map(({ path, command }) => `- ${path}, run by \`${command}\``).join('\n');
  return `\n\nThese tests are in your worktree already. They have to pass when you are done, and become part of your commit. Before they are run they are put back as they are now: mend the code and not the test.\n${listed}`;
}

/** Before the author begins. Rejects with the script's mistake where a test is no new file of the worktree. */
export async function placeTests(run: RunContext, lease: Lease, tests: readonly Reproduction[]): Promise<void> {
  for (const { path, content } of tests) {
    const file = await run.deps.files.at(run.cwd, lease.base, path);
    if (file.kind === 'unreadable' || (file.kind === 'text' && file.text !== content))
      throw mistake(`${path} is in the repository already, and no test replaces it`);
  }
  await putTests(run, lease, tests);
}

/** Whatever the author made of them. */
export async function putTests(run: RunContext, lease: Lease, tests: readonly Reproduction[]): Promise<void> {
  for (const { path, content } of tests)
    if ((await run.deps.files.put(lease.path, path, content)) === 'refused')
      throw mistake(`${path} may not be written`);
}

function mistake(what: string): ScriptError {
  return new ScriptError(`change() options: tests: ${what}.`, 'Error');
}
