import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { withWindow } from '../support/vscodeHost/withWindow.ts';
import { sharedWindow } from './sharedWindow.ts';
import { enterText, pickRow, pressToastButton, showRuns, treeRow } from './steps.ts';

const apiKey = 'sk-test-right';

/** `window` has a model that wants a key; it is started once for the tests that take it. */
const test = sharedWindow({ name: 'key', model: { apiKey } });

test('without a folder the trial still runs, on a copy of the sample project', async () => {
  await withWindow({ name: 'trial', folder: 'none' }, async ({ workbench, picture, record }) => {
    const { page } = workbench;
    await showRuns(workbench);
    await page.locator('.part.sidebar a, .part.sidebar .monaco-button').filter({ hasText: 'Run a workflow' }).waitFor();
    await picture('1-welcome');
    await workbench.runCommand('Workflows: Run Workflow');
    await pressToastButton(page, 'Open a folder first', 'Try It Without a Key');
    const view = await workbench.webview('fix-failing-tests');
    await view.locator('.card.status-running').first().waitFor();
    await page.locator('.notification-toast').filter({ hasText: 'has completed' }).first().waitFor({ timeout: 90_000 });
    await picture('2-end');
    expect((await record()).run.manifest.modelSource.kind).toBe('simulated');
    await treeRow(page, /fix-failing-tests.*completed/).waitFor();
  });
});

test('what stands in the way is said with what to do: no key, a broken file, no run', async () => {
  const files = { '.claude/workflows/broken.js': "import 'fs';\n" };
  await withWindow({ name: 'messages', files }, async ({ workbench, picture }) => {
    const { page } = workbench;
    await workbench.runCommand('Workflows: Run Workflow');
    await pickRow(page, 'fix-failing-tests').click();
    const noModel = await workbench.toast('There is no model to ask');
    for (const way of ['Set API Key', 'Open Settings', 'Try It Without a Key'])
      expect(await noModel.locator('.monaco-button').filter({ hasText: way }).count(), way).toBe(1);
    await picture('1-no-key');
    await page.keyboard.press('Escape');

    // What could not be said to the session is there again.
    await workbench.runCommand('Workflows: Show Session');
    const session = await workbench.webview('What is to be done?');
    const box = session.getByRole('textbox', { name: 'What is to be done' });
    await box.fill('hello there');
    await box.press('Enter');
    const again = await workbench.toast('There is no model to ask');
    expect(await box.inputValue()).toBe('');
    await again.hover();
    await again.locator('.codicon-notifications-clear').click();
    await expect.poll(() => box.inputValue()).toBe('hello there');

    await workbench.runCommand('Workflows: Run Workflow');
    await pickRow(page, 'broken').click();
    await workbench.toast('broken cannot run. Line 1');
    await page.locator('.tab').filter({ hasText: 'broken.js' }).waitFor();
    await picture('2-broken-file');

    await workbench.runCommand('Workflows: Set API Key');
    await page.locator('.quick-input-widget .quick-input-box input[type="password"]').waitFor();
    await page.keyboard.press('Escape');

    await workbench.runCommand('Workflows: Resume Run');
    await workbench.toast('There is no such run here');
  });
});

test('the extension says which version it is', async ({ window: { workbench } }) => {
  await workbench.runCommand('Workflows: About Dynamic Workflows');
  await workbench.toast(`${manifest.displayName} ${manifest.version}`);
});

test('a workflow that makes changes is refused in a folder without a repository', async ({ window }) => {
  const { workbench, folder, picture } = window;
  rmSync(join(folder, '.git'), { recursive: true });
  await workbench.runCommand('Workflows: Run Workflow');
  await pickRow(workbench.page, 'fix-failing-tests').click();
  await workbench.page.locator('.quick-input-title').filter({ hasText: 'arguments' }).waitFor();
  await workbench.page.keyboard.press('Enter');
  const toast = await workbench.toast('is not in a git repository');
  expect(await toast.innerText()).toContain('git init');
  await picture('1-no-repository');
});

test('a key is tried before it is stored, and can be removed', async ({ window }) => {
  const { workbench, simulator, picture } = window;
  const { page } = workbench;
  const enter = async (key: string): Promise<void> => {
    await workbench.runCommand('Workflows: Set API Key');
    await page.locator('.quick-input-widget input[type="password"]').waitFor();
    await enterText(page, key);
  };
  await enter('sk-test-wrong');
  const refused = await workbench.toast('The key was not stored');
  expect(await refused.innerText()).not.toContain('sk-test-wrong');
  await workbench.readNotifications();
  await enter(apiKey);
  await workbench.toast('The API key works and is stored');
  await picture('2-stored');
  expect(simulator.requests.at(-1)?.status).toBe(200);
  await workbench.readNotifications();
  await workbench.runCommand('Workflows: Remove API Key');
  await workbench.toast('The API key is removed');
});
