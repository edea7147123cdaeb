import type { Frame } from 'playwright-core';
import { test as base, expect } from 'vitest';
import type { Brain } from '../../src/node/simulator/simulator.ts';
import { withWindow, type ProjectWindow } from '../support/vscodeHost/withWindow.ts';
import type { Workbench } from '../support/vscodeHost/workbench.ts';
import { HeldAnswers } from './heldAnswers.ts';
import { pickRow, pressRowAction, pressToastButton, showRuns, startWorkflow, statusText, treeRow } from './steps.ts';

const workflow = (name: string): string =>
  `
export const meta = { name: '${name}', description: 'Writes.', phases: [{ title: 'Write' }, { title: 'Read' }] };
phase('Write');
const made = await change('Write the greeting of ${name}.', { label: 'write ${name}' });
phase('Read');
await agent('Read the greeting of ${name}.', { label: 'read ${name}' });
return { message: made.files.map(({ path }) => path).join() };
`.trimStart();

/** Writers write a file of their own; readers have read. */
const writer: Brain = (view) => {
  const name = /Write the greeting of (\w+)/.exec(view.prompt)?.[1];
  if (name === undefined) return { text: 'Read.' };
  if (view.turn > 0) return { text: 'Wrote it.' };
  return { tools: [{ name: 'Write', input: { path: `${name}.txt`, content: `Hello ${name}\n` } }] };
};

/** The one reader that asks, until it was let. */
const asking: Brain = (view) => {
  if (!view.prompt.includes('Read the greeting of cleo') || view.results.some(({ isError }) => !isError))
    return undefined;
  return { tools: [{ name: 'Bash', input: { command: 'printf read > read.txt' } }] };
};

/** What is said to a session. */
const echo: Brain = ({ last }) => {
  const said = /tell me (\w+)$/.exec(last)?.[1];
  return said === undefined ? undefined : { text: `Told: ${said}` };
};

interface TwoWindows extends ProjectWindow {
  readonly other: Workbench;
  readonly held: HeldAnswers;
}

/** `windows` show the same repository, and are started once for the tests of this file. */
const test = base.extend<{ windows: TwoWindows }>({
  windows: [
    // eslint-disable-next-line no-empty-pattern -- The test runner reads from the pattern what a fixture needs.
    async ({}, use) => {
      const held = new HeldAnswers(
        'Write the greeting of ann',
        'Read the greeting of ann',
        'Write the greeting of bob',
      );
      const model = { rules: [held.brain, echo, asking, writer] };
      const files = Object.fromEntries(
        ['ann', 'bob', 'cleo'].map((name) => [`.claude/workflows/${name}.js`, workflow(name)]),
      );
      await withWindow({ name: 'two-windows', files, model }, (window) =>
        held.during(async () => use({ ...window, held, other: await window.workbench.another() })),
      );
    },
    { scope: 'file' },
  ],
});

test('two windows on one repository run at once, and each sees what the other does', async ({ windows }) => {
  const { workbench, other, picture, simulator, held } = windows;
  const { page } = other;
  await showRuns(other);
  await page.locator('.part.sidebar .monaco-button').filter({ hasText: 'Run a workflow' }).waitFor();
  await startWorkflow(workbench, 'ann');
  await showRuns(workbench);
  await treeRow(workbench.page, 'write ann').waitFor();

  // The other window has it at once, with what its agents do.
  await treeRow(page, /ann.*running/).waitFor();
  await expect.poll(() => statusText(page), { timeout: 20_000 }).toMatch(/^1 of 16 running/);
  await treeRow(page, /ann.*running/).click();
  await treeRow(page, /Write.*0 of 1/).click();
  await treeRow(page, 'write ann').waitFor();
  await picture('1-elsewhere', other);

  // A run of its own beside it, in the same repository.
  await startWorkflow(other, 'bob');
  await treeRow(page, /bob.*running/).waitFor();
  await treeRow(workbench.page, /bob.*running/).waitFor();
  await expect.poll(() => simulator.count).toBe(2);
  await picture('2-both');

  const tab = page.locator('.tab').filter({ hasText: 'ann graph' });
  await pressRowAction(treeRow(page, /ann.*running/), 'Open Graph', tab);
  const graph = await other.webview('write ann');
  await graph.locator('.card.status-running').first().waitFor();
  await picture('3-graph-elsewhere', other);

  // W46 What is said on its page there is done where the run is.
  await graph.getByRole('button', { name: 'Pause' }).click();
  await treeRow(workbench.page, /ann.*paused/).waitFor();
  await graph.locator('.pause').getByText('by a person').waitFor();
  await graph.locator('.card.status-running').first().click();
  const field = graph.getByRole('textbox', { name: 'Tell it…' });
  await field.fill('Mind the tabs.');
  await field.press('Enter');
  await graph.getByText('Sent.').waitFor();
  await picture('4-graph-paused', other);
  await graph.locator('.pause').getByRole('button', { name: 'Go on' }).click();
  await treeRow(workbench.page, /ann.*running/).waitFor();
  await graph.getByRole('tab', { name: 'Log' }).click();
  await graph.getByText('Told write ann: Mind the tabs.').waitFor();

  held.letGo('Write the greeting of ann');
  await treeRow(page, /Write.*1 of 1/).waitFor();
  await treeRow(page, /ann.*running/).waitFor();
  held.letGo('Read the greeting of ann');
  expect(await (await workbench.toast('ann has completed.')).innerText()).toContain('ann.txt');
  await treeRow(page, /ann.*completed/).waitFor();
  await graph.getByText('Completed').first().waitFor();
  await treeRow(workbench.page, /bob.*running/).waitFor();

  held.letGo('Write the greeting of bob');
  expect(await (await other.toast('bob has completed.')).innerText()).toContain('bob.txt');
  await treeRow(workbench.page, /bob.*completed/).waitFor();
  // Each end was told once, where its run had begun.
  for (const [window, name] of [
    [workbench, 'bob'],
    [other, 'ann'],
  ] as const)
    expect(await window.page.getByText(`${name} has completed`).count(), name).toBe(0);
  await picture('5-end', other);
});

test('a run that another window stops goes on there, and asks there', async ({ windows }) => {
  const { workbench, other, picture, simulator, record } = windows;
  await startWorkflow(workbench, 'cleo');
  await showRuns(workbench);
  await showRuns(other);
  await workbench.toast('wants to run');
  await treeRow(other.page, /cleo.*running/).waitFor();
  await other.runCommand('Workflows: Answer Requests');
  const refusal = await other.toast('cleo asks in another window or terminal');
  expect(await refusal.innerText()).toMatch(/\(process \d+\)\. Answer it there\./);

  await other.runCommand('Workflows: Stop Run');
  await pickRow(other.page, 'cleo').click();
  await treeRow(workbench.page, /cleo.*stopped/).waitFor();
  await treeRow(other.page, /cleo.*stopped/).waitFor();
  const modal = other.page.locator('.monaco-dialog-box');
  await pressRowAction(treeRow(other.page, /cleo.*stopped/), 'Resume Run', modal);
  await picture('6-resume', other);
  expect(await modal.innerText()).toContain('Resume cleo?');
  const asked = simulator.count;
  await modal.locator('.monaco-button').filter({ hasText: 'Resume' }).click();

  // Now it is the first window that only looks on.
  await treeRow(workbench.page, /cleo.*running/).waitFor();
  await pressToastButton(other.page, 'wants to run', 'Allow');
  await other.toast('cleo has completed.');
  await treeRow(workbench.page, /cleo.*completed/).waitFor();
  await picture('7-end');
  // The reader was answered twice; the writer had finished, and nobody asked it again.
  expect(simulator.count).toBe(asked + 2);
  expect((await record()).run.status).toBe('completed');
});

test('a session that one window has open is talked with in the other, and goes on there once it is closed', async ({
  windows,
}) => {
  const { workbench, other, picture } = windows;
  const say = async (view: Frame, text: string): Promise<void> => {
    const box = view.getByRole('textbox', { name: 'What is to be done' });
    await box.fill(`tell me ${text}`);
    await box.press('Enter');
  };
  await workbench.runCommand('Workflows: Show Session');
  const first = await workbench.webview('What is to be done?');
  await say(first, 'one');
  await first.getByText('Told: one').waitFor();

  await other.runCommand('Workflows: Open Session…');
  await pickRow(other.page, 'tell me one').click();
  const second = await other.webview('Told: one');
  const banner = second.getByText('Open in another window or terminal');
  await banner.waitFor();
  expect(await first.getByText('Open in another window or terminal').count()).toBe(0);
  await say(second, 'two');
  for (const view of [first, second]) await view.getByText('Told: two').waitFor();
  await say(first, 'three');
  for (const view of [first, second]) await view.getByText('Told: three').waitFor();
  await picture('8-session-elsewhere', other);

  await workbench.runCommand('Workflows: New Session');
  await other.toast('It goes on here with what you say next.');
  await banner.waitFor({ state: 'detached' });
  await say(second, 'four');
  await second.getByText('Told: four').waitFor();
  expect(await banner.count()).toBe(0);
});

test('a session is deleted when nobody has it open', async ({ windows }) => {
  const { workbench, other, picture } = windows;
  const remove = async (): Promise<void> => {
    await workbench.runCommand('Workflows: Delete Sessions…');
    await pickRow(workbench.page, 'tell me one').click();
    await workbench.page.keyboard.press('Enter');
    const modal = workbench.page.locator('.monaco-dialog-box');
    await modal.getByText('Runs that it has started stay.').waitFor();
    await picture('9-delete-session');
    await modal.locator('.monaco-button').filter({ hasText: 'Delete' }).click();
    await modal.waitFor({ state: 'detached' });
  };
  await remove();
  await workbench.toast('begin a new one there first');
  await other.runCommand('Workflows: New Session');
  await other.webview('What is to be done?');
  await workbench.readNotifications();
  await remove();
  await workbench.readNotifications();
  await workbench.runCommand('Workflows: Open Session…');
  await workbench.toast('There is no session in this folder yet');
});
