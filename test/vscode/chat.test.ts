import { fileURLToPath } from 'node:url';
import type { Locator } from 'playwright-core';
import { expect, test } from 'vitest';
import { withWindow } from '../support/vscodeHost/withWindow.ts';
import type { Workbench } from '../support/vscodeHost/workbench.ts';
import { looks } from './lookingModel.ts';

const NEIGHBOUR = fileURLToPath(new URL('../support/vscodeHost/scriptedChat', import.meta.url));
const SETTINGS = { 'chat.disableAIFeatures': false, 'workbench.secondarySideBar.defaultVisibility': 'visible' };

test('W40 @workflow in the Chat view answers, has a workflow started by its button, and opens its run', async () => {
  const where = { neighbours: [NEIGHBOUR], proposedApi: true, settings: SETTINGS };
  await withWindow({ name: 'chat', model: { rules: [looks] }, ...where }, async ({ workbench, picture, record }) => {
    const chat = workbench.page.locator('.part.auxiliarybar');
    await say(workbench, chat, 'hello there');
    await chat.getByText('You said: hello there').waitFor();

    await say(workbench, chat, 'use a workflow to look at both');
    await chat.getByText('Start look?').waitFor();
    await picture('1-launch');
    // It is asked here, and once.
    expect(await workbench.page.locator('.notification-toast').filter({ hasText: 'The session asks' }).count()).toBe(0);
    await chat.getByText('Show Script', { exact: true }).click();
    await workbench.page.locator('.part.editor .monaco-editor').getByText('Looks at two parts.').first().waitFor();
    await chat.getByText('Start', { exact: true }).click();
    await chat.getByText('It has begun.').waitFor();
    await chat.getByText('Open Looking at both').click();
    await workbench.webview('2 done');
    await picture('2-run');
    await expect.poll(async () => (await record()).run.end?.status).toBe('completed');
  });
});

/** The view takes nothing before it has found a model; Enter takes a suggestion while one is shown. */
async function say({ page }: Workbench, chat: Locator, text: string): Promise<void> {
  await chat.getByText('Silent', { exact: true }).first().waitFor({ timeout: 30_000 });
  const input = chat.locator('.interactive-input-part .monaco-editor').first();
  const asked = chat.locator('.interactive-request').getByText(text);
  const send = async (): Promise<boolean> => {
    if (await asked.isVisible()) return true;
    await input.click();
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type(`@workflow ${text}`, { delay: 20 });
    // It is broken into lines where it is long.
    if (!(await input.innerText()).replace(/\s/g, '').includes(text.replace(/\s/g, ''))) return false;
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    return asked.waitFor({ timeout: 3_000 }).then(
      () => true,
      () => false,
    );
  };
  await expect.poll(send, { timeout: 60_000 }).toBe(true);
}
