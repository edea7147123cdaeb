import { existsSync } from 'node:fs';
import type { Locator } from 'playwright-core';
import { expect, test } from 'vitest';
import { withWindow } from '../support/vscodeHost/withWindow.ts';
import type { Workbench } from '../support/vscodeHost/workbench.ts';
import { HeldAnswers } from './heldAnswers.ts';
import { showRuns, startWorkflow, treeRow } from './steps.ts';
import manifest from '../../package.json' with { type: 'json' };

const MINE = `
export const meta = { name: 'mine', description: 'Of this project.' };
return { message: await agent('Say a word.', { label: 'speaker' }) };
`.trimStart();

test('in a folder that is not trusted nothing is loaded or goes on; with trust it does', async () => {
  const held = new HeldAnswers('Say a word');
  const options = {
    files: { '.claude/workflows/mine.js': MINE },
    model: { rules: [held.brain, () => ({ text: 'Word.' })] },
    settings: { 'dynamicWorkflows.resumeAfterReload': 'always' },
    asksForTrust: true,
  };
  await withWindow({ name: 'untrusted', ...options }, ({ workbench, home, simulator, picture, record }) =>
    held.during(async () => {
      const { page } = workbench;
      await expectRestricted(workbench);
      await picture('1-palette');
      await page.keyboard.press('Escape');
      await expectReason(workbench);
      await picture('2-reason');
      expect(simulator.count).toBe(0);
      expect(existsSync(home)).toBe(false);

      await trust(workbench);
      await ourIcon(workbench).waitFor();
      await startWorkflow(workbench, 'mine');
      await showRuns(workbench);
      await treeRow(page, /mine.*running/).waitFor();
      await expect.poll(() => simulator.count).toBe(1);
      await picture('3-trusted');

      // Trust is taken away in the middle: the run ends, and although runs go on by themselves this one does not.
      await distrust(workbench);
      await expectRestricted(workbench);
      await picture('4-restricted-again');
      await page.keyboard.press('Escape');
      await expect.poll(async () => (await record()).run.status, { timeout: 20_000 }).toBe('stopped');
      held.letGo('Say a word');
      expect(simulator.count).toBe(1);

      await trust(workbench);
      expect(await (await workbench.toast('mine has completed.')).innerText()).toContain('Word.');
      expect(simulator.count).toBe(2);
      await picture('5-trusted-again');
    }),
  );
});

/** The editor says so, and has no command of ours although it has those of other extensions; leaves the palette open. */
async function expectRestricted(workbench: Workbench): Promise<void> {
  const { page } = workbench;
  await page.locator('.part.statusbar').getByText('Restricted Mode').waitFor();
  await workbench.findCommand('Simple Browser: Show');
  await page.locator('.quick-input-widget .quick-input-box input').fill('>Workflows: ');
  const rows = page.locator('.quick-input-list .monaco-list-row');
  await expect.poll(() => rows.allInnerTexts(), { timeout: 20_000 }).toEqual(['No matching commands']);
  expect(await ourIcon(workbench).count()).toBe(0);
}

function ourIcon({ page }: Workbench): Locator {
  return page.locator('.part.activitybar [aria-label^="Workflows"]').first();
}

/** Where the editor lists the extension, it says what to do. */
async function expectReason(workbench: Workbench): Promise<void> {
  const { page } = workbench;
  await workbench.runCommand('Extensions: Show Installed Extensions');
  await page.locator('.extensions-list .monaco-list-row').filter({ hasText: manifest.displayName }).click();
  await page
    .locator('.extension-editor .header')
    .getByText(manifest.capabilities.untrustedWorkspaces.description)
    .waitFor();
}

async function trust(workbench: Workbench): Promise<void> {
  const editor = await manageTrust(workbench);
  await editor
    .locator('.monaco-button')
    .filter({ hasText: /^Trust$/ })
    .click();
  await editor.getByText('You trust this folder').waitFor();
  await workbench.page.keyboard.press('Escape');
}

/** The only folder in the editor's list of trusted ones is this one. The window loads anew without it. */
async function distrust(workbench: Workbench): Promise<void> {
  const editor = await manageTrust(workbench);
  const row = editor.locator('.monaco-table .monaco-list-row').first();
  await row.hover();
  const reloaded = workbench.page.waitForEvent('load');
  await row.locator('[aria-label="Delete Path"]').click();
  await reloaded;
}

async function manageTrust(workbench: Workbench): Promise<Locator> {
  await workbench.runCommand('Workspaces: Manage Workspace Trust');
  return workbench.page.locator('.workspace-trust-editor');
}
