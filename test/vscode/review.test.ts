import { expect, test } from 'vitest';
import type { Brain, RequestView } from '../../src/node/simulator/simulator.ts';
import { runGit } from '../support/gitRepository.ts';
import { withWindow } from '../support/vscodeHost/withWindow.ts';
import { pressRowAction, pressToastButton, showRuns, startWorkflow, treeRow } from './steps.ts';

const WORKFLOW = `export const meta = { name: 'greet', description: 'Writes two files.', phases: [{ title: 'Write' }] };
phase('Write');
const made = await change('Write the greeting.', { label: 'greeting' });
const { approved } = await review(made, { lenses: ['correctness'] });
return { message: approved ? 'Approved.' : 'Refused.' };
`;

const FINDING = {
  path: 'greeting.txt',
  line: 2,
  quote: 'Eve',
  severity: 'major',
  title: 'The name is wrong',
  body: 'It says **Eve**. ![pixel](https://example.invalid/pixel.png)',
};
const VOTES = [
  { verdict: 'upheld', reason: 'The readme says Ada.' },
  { verdict: 'refuted', reason: 'Eve is fine as well.' },
  { verdict: 'upheld', reason: 'Nobody here is called Eve.' },
];

/** An author of two files who needs a command that no rule allows, a reviewer with one finding, three skeptics. */
function court(): Brain {
  let votes = 0;
  const says = (view: RequestView, words: string): boolean => view.system.includes(words);
  return (view) => {
    if (says(view, 'You are a reviewer')) return { structured: { findings: [FINDING] } };
    if (says(view, 'You are a skeptic')) return { structured: VOTES[votes++ % VOTES.length] ?? null };
    const steps = [
      { tools: [{ name: 'Write', input: { path: 'greeting.txt', content: 'Hello\nEve\n' } }] },
      { tools: [{ name: 'Bash', input: { command: 'printf names > names.txt' } }] },
    ];
    return steps[view.turn] ?? { text: 'Wrote the greeting.' };
  };
}

test('an agent asks for permission, its change opens as one editor of several files, its finding as a thread', async () => {
  const files = { '.claude/workflows/greet.js': WORKFLOW };
  await withWindow({ name: 'review', files, model: { rules: [court()] } }, async (window) => {
    const { workbench, picture, record, folder } = window;
    const { page } = workbench;
    await startWorkflow(workbench, 'greet');
    await showRuns(workbench);

    const question = page.locator('.notification-toast').filter({ hasText: 'wants to run' }).first();
    await question.waitFor({ timeout: 60_000 });
    expect(await question.innerText()).toContain('Agent “greeting” wants to run `printf names > names.txt`');
    await page.locator('.part.statusbar .statusbar-item').filter({ hasText: '1 question' }).waitFor();
    await picture('1-permission');
    await pressToastButton(page, 'wants to run', 'Allow');
    await page.locator('.notification-toast').filter({ hasText: 'greet has completed. Refused.' }).first().waitFor();

    const { state } = await record();
    const [known] = state.changes;
    if (!known) throw new Error('No change in the record');
    expect(await runGit(folder, ['show', `${known.change.commit}:names.txt`])).toBe('names');

    const several = page.locator('.tab').filter({ hasText: 'greeting (2 files)' });
    await pressRowAction(treeRow(page, 'greeting'), 'Open Change', several);
    await page.locator('.multiDiffEntry').filter({ hasText: 'names.txt' }).waitFor();

    const thread = page.locator('.review-widget').filter({ hasText: FINDING.title }).first();
    await thread.waitFor();
    const shown = await thread.innerText();
    expect(shown).toContain('major · argued · 2 upheld, 1 refuted');
    for (const { reason } of VOTES) expect(shown).toContain(reason);
    expect(await thread.locator('img[src*="example.invalid"]').count()).toBe(0);
    expect(await thread.locator('textarea, .comment-form').count()).toBe(0);
    await picture('2-several-files-thread');

    await treeRow(page, 'greeting').click();
    await page.locator('.tab').filter({ hasText: 'greeting.md' }).waitFor();
    const editor = page.locator('.editor-instance .view-lines').last();
    await expect
      .poll(async () => (await editor.innerText()).replaceAll('\u00a0', ' '), { timeout: 20_000 })
      .toContain('Write the greeting.');
    await picture('3-transcript');
  });
});
