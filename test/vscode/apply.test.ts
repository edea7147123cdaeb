import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { Brain } from '../../src/node/simulator/simulator.ts';
import { runGit } from '../support/gitRepository.ts';
import { withWindow } from '../support/vscodeHost/withWindow.ts';
import { enterText, pickRow, pressToastButton, showRuns, startWorkflow } from './steps.ts';

const WORKFLOW = `export const meta = { name: 'greet', description: 'Writes two files.', phases: [{ title: 'Write' }] };
phase('Write');
const made = await change('Write the greeting.', { label: 'greeting' });
await review(made, { lenses: ['correctness'] });
await land(made);
await change('Write the farewell.', { label: 'farewell' });
return { message: 'Landed.' };
`;

/** An author who writes a new file and changes one that is there. */
const author: Brain = (view) => {
  if (view.system.includes('You are a reviewer')) return { structured: { findings: [] } };
  if (view.prompt.includes('farewell')) {
    const write = { name: 'Write', input: { path: 'farewell.txt', content: 'Bye\n' } };
    return view.turn === 0 ? { tools: [write] } : { text: 'Wrote the farewell.' };
  }
  const steps = [
    { tools: [{ name: 'Write', input: { path: 'greeting.txt', content: 'Hello\n' } }] },
    { tools: [{ name: 'Read', input: { path: 'README.md' } }] },
    { tools: [{ name: 'Write', input: { path: 'README.md', content: '# Greeted\n' } }] },
  ];
  return steps[view.turn] ?? { text: 'Wrote the greeting.' };
};

test('X03 what landed is applied to the open files after a yes, refused over unsaved text, and undone', async () => {
  const settings = { 'dynamicWorkflows.permissionMode': 'acceptEdits', 'files.autoSave': 'off' };
  const files = { '.claude/workflows/greet.js': WORKFLOW };
  await withWindow({ name: 'apply', files, settings, model: { rules: [author] } }, async (window) => {
    const { workbench, picture, folder } = window;
    const { page } = workbench;
    const readme = join(folder, 'README.md');
    const before = await readFile(readme, 'utf8');
    const head = await runGit(folder, ['rev-parse', 'HEAD']);
    await startWorkflow(workbench, 'greet');
    await showRuns(workbench);
    await pressToastButton(page, 'greet has completed', 'Apply…');
    const said = await answer(page, 'Apply', () => picture('1-question'));
    expect(said).toContain('2 files are written as uncommitted work');
    expect(said).toMatch(/The run began on \S+ at [0-9a-f]{8}, without 1 file that you had not committed\./);
    expect(said).toContain('A greeting.txt +1 -0');
    const applied = page.locator('.notification-toast').filter({ hasText: '2 files, not committed.' }).first();
    await applied.waitFor();
    await picture('2-applied');
    expect(await readFile(join(folder, 'greeting.txt'), 'utf8')).toBe('Hello\n');
    expect(await readFile(readme, 'utf8')).toBe('# Greeted\n');
    expect(await runGit(folder, ['rev-parse', 'HEAD'])).toBe(head);

    await pressToastButton(page, '2 files, not committed.', 'Undo');
    expect(await answer(page, 'Undo')).toContain('README.md');
    await page.locator('.notification-toast').filter({ hasText: 'Undone: 2 files' }).first().waitFor();
    expect(await readFile(readme, 'utf8')).toBe(before);
    await expect(readFile(join(folder, 'greeting.txt'), 'utf8')).rejects.toThrow('ENOENT');

    // A file of the person's own and text that is on no disk stand in the way: both are named, and stay.
    await writeFile(join(folder, 'greeting.txt'), 'mine\n');
    await page.keyboard.press('Control+P');
    await enterText(page, 'README.md');
    await page.locator('.tab').filter({ hasText: 'README.md' }).waitFor();
    await page.locator('.editor-instance .view-lines').first().click();
    await page.keyboard.type('not saved');
    await page.locator('.tab.dirty').waitFor();
    await workbench.runCommand('Workflows: Apply to Working Tree');
    await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'greet' }).first().click();
    const refused = page.locator('.notification-toast').filter({ hasText: 'Nothing was written' }).first();
    await refused.waitFor();
    const why = await refused.innerText();
    expect(why).toContain('README.md: not saved in an editor');
    expect(why).toContain('greeting.txt: here already, and git does not have it');
    await picture('3-refused');
    expect(await readFile(join(folder, 'greeting.txt'), 'utf8')).toBe('mine\n');
    expect(await readFile(readme, 'utf8')).toBe(before);

    // The other change has no review: it lands on the person's word, once the command has passed that they name.
    const landIf = async (command: string): Promise<string> => {
      await page.locator('.quick-input-title').filter({ hasText: 'Land farewell' }).waitFor();
      await enterText(page, command);
      return answer(page, 'Land', () => picture('4-land'));
    };
    await workbench.runCommand('Workflows: Land Change');
    await pickRow(page, 'greet').click();
    await pickRow(page, 'farewell').click();
    expect(await landIf('test -f nowhere.txt')).toMatch(
      /no review has seen it[^]*only if this passes: test -f nowhere/,
    );
    await page
      .locator('.notification-toast')
      .filter({ hasText: 'farewell did not land: the command failed' })
      .waitFor();
    await workbench.runCommand('Workflows: Open Graph');
    await pickRow(page, 'greet').click();
    const graph = await workbench.webview('greet');
    await graph.getByRole('tab', { name: 'Changes' }).click();
    await graph.getByText('1 change landed on').waitFor();
    await graph.getByRole('button', { name: 'Land…' }).click();
    await landIf('test -f greeting.txt && test -f farewell.txt');
    await graph.getByText('2 changes landed on').waitFor();
    await page.locator('.notification-toast').filter({ hasText: 'farewell landed' }).waitFor();
    await picture('5-landed');
    const branches = await runGit(folder, ['branch', '--list', 'workflow/*/integration', '--format=%(refname)']);
    expect(await runGit(folder, ['show', `${branches.trim()}:farewell.txt`])).toContain('Bye');
    await expect(readFile(join(folder, 'farewell.txt'), 'utf8')).rejects.toThrow('ENOENT');
  });
});

/** Presses a button of the modal; resolves to what it said. */
async function answer(page: Page, button: string, look = (): Promise<void> => Promise.resolve()): Promise<string> {
  const modal = page.locator('.monaco-dialog-box');
  await modal.waitFor();
  const said = await modal.innerText();
  await look();
  await modal.locator('.monaco-button').filter({ hasText: button }).first().click();
  await modal.waitFor({ state: 'detached' });
  return said;
}
