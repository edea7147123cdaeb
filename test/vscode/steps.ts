import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Workbench } from '../support/vscodeHost/workbench.ts';

// What a person does in these tests, each step waiting for what it needs to see.

export function pickRow(page: Page, text: string): Locator {
  return page.locator('.quick-input-list .monaco-list-row').filter({ hasText: text }).first();
}

/** From the palette to the confirmed modal; resolves to what the modal said. */
export async function startWorkflow(workbench: Workbench, name: string, args?: string): Promise<string> {
  const { page } = workbench;
  await chooseWorkflow(workbench, name);
  if (args !== undefined) await enterArgs(page, args);
  const modal = page.locator('.monaco-dialog-box');
  await modal.waitFor();
  const said = await modal.innerText();
  await modal.locator('.monaco-button').filter({ hasText: 'Run' }).click();
  await modal.waitFor({ state: 'detached' });
  return said;
}

/** The list closes when the focus moves, as it does while the editor starts: then it is opened again. */
async function chooseWorkflow(workbench: Workbench, name: string): Promise<void> {
  const choose = async (): Promise<boolean> => {
    await workbench.runCommand('Workflows: Run Workflow');
    const row = pickRow(workbench.page, name);
    return row.click({ timeout: 10_000 }).then(
      () => true,
      () => false,
    );
  };
  await expect.poll(choose, { timeout: 60_000 }).toBe(true);
}

export async function enterArgs(page: Page, args: string): Promise<void> {
  await page.locator('.quick-input-title').filter({ hasText: 'arguments' }).waitFor();
  await enterText(page, args);
}

/** Fills in the input box that is open, until it is gone: while it opens it forgets what was typed, and while it checks it takes no Enter. */
export async function enterText(page: Page, text: string): Promise<void> {
  const input = page.locator('.quick-input-widget .quick-input-box input');
  await expect
    .poll(
      async () => {
        if (!(await input.isVisible())) return 'closed';
        if ((await input.inputValue()) !== text) await input.fill(text, { timeout: 2000 });
        else await page.keyboard.press('Enter');
        return 'open';
      },
      { timeout: 20_000, interval: 250 },
    )
    .toBe('closed');
}

/** Presses an action of a row until what it opens is there: a list that is drawn anew meanwhile loses the click. */
export async function pressRowAction(row: Locator, action: string, opens: Locator): Promise<void> {
  await expect
    .poll(
      async () => {
        await row.hover();
        const button = row.locator(`[aria-label="${action}"]`);
        await button.click({ timeout: 2000 }).catch(() => undefined);
        await opens.waitFor({ timeout: 3000 }).catch(() => undefined);
        return opens.isVisible();
      },
      { timeout: 40_000 },
    )
    .toBe(true);
}

/** Opens the side bar's list of runs, unless it is open. */
export async function showRuns(workbench: Workbench): Promise<void> {
  await workbench.runCommand('Workflows: Show Runs');
  await workbench.page.locator('.pane-header, .composite.title').filter({ hasText: 'Runs' }).first().waitFor();
}

/** A row of the list of runs, by the beginning of what it says. */
export function treeRow(page: Page, text: string | RegExp): Locator {
  return page.locator('.part.sidebar .monaco-list-row').filter({ hasText: text }).first();
}

/** The status bar's text about running agents; empty while there is none. */
export async function statusText(page: Page): Promise<string> {
  const entry = page.locator('.part.statusbar .statusbar-item').filter({ hasText: ' running · ' });
  return (await entry.count()) === 0 ? '' : (await entry.first().innerText()).trim();
}

/** What one side of the visible diff shows, as far as there is room for it. */
export async function diffText(page: Page, side: 'original' | 'modified'): Promise<string> {
  // Lines lie in the page in the order in which they were drawn. A text, since these tests know no types of a page.
  const text = await page.evaluate<string>(`
    [...document.querySelectorAll('.monaco-diff-editor .editor.${side} .view-lines > .view-line')]
      .sort((a, b) => parseFloat(a.style.top) - parseFloat(b.style.top))
      .map((line) => line.textContent)
      .join('\\n')
  `);
  return text.replaceAll('\u00a0', ' ').trimEnd();
}

export async function pressToastButton(page: Page, text: string, button: string): Promise<void> {
  const toast = page.locator('.notification-toast').filter({ hasText: text }).first();
  await toast.waitFor({ timeout: 90_000 });
  await toast.hover();
  await toast.locator('.monaco-button').filter({ hasText: button }).first().click();
}
