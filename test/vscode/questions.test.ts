import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Brain } from '../../src/node/simulator/simulator.ts';
import type { RunState } from '../../src/projection/state.ts';
import { sharedWindow } from './sharedWindow.ts';
import { enterText, pickRow, pressToastButton, startWorkflow } from './steps.ts';

const toasts = (page: Page, text: string) => page.locator('.notification-toast').filter({ hasText: text });
const openQuestions = ({ asked }: RunState): readonly string[] => asked.map(({ question }) => question);

/**
 * The editor takes a notification away after ten seconds in which nobody has touched it, which a slow start of the window
 * may use up: the status bar brings it back.
 */
async function shown(page: Page, text: string): Promise<void> {
  const again = page.locator('.part.statusbar .statusbar-item a').filter({ hasText: 'question' });
  const isShown = async (): Promise<boolean> => {
    const waiting = toasts(page, text).waitFor({ timeout: 8_000 });
    if (await waiting.then(() => true).catch(() => false)) return true;
    if (await again.isVisible()) await again.click();
    return false;
  };
  await expect.poll(isShown, { timeout: 60_000 }).toBe(true);
}

const QUIZ = `export const meta = { name: 'quiz', description: 'Asks a person.', phases: [{ title: 'Ask' }] };
phase('Ask');
const both = await parallel([
  () => ask('Which colour?', { choices: ['red', 'green', 'blue', 'white', 'black'], default: 'green' }),
  () => ask('Which name?', { default: 'Ada' }),
]);
const way = await ask('Which way? [here](command:workbench.action.closeWindow)', { choices: ['left', 'right'] });
const twins = await parallel([1, 2].map(() => () => ask('Sure?', { choices: ['yes', 'no'] })));
const late = await ask('Anyone there?', { choices: ['me', 'nobody'], default: 'nobody', timeoutMs: 1500 });
const last = await ask('The last one?', { choices: ['done'] });
return { message: [...both, way, ...twins, late, last].join(', ') };
`;

const PAGE = `export const meta = { name: 'guide', description: 'Asks on the page.', phases: [{ title: 'Ask' }] };
phase('Ask');
const said = await agent('Say it.', { label: 'speaker' });
const colour = await ask('Which colour?', { choices: ['red', 'green', 'blue', 'white', 'black'] });
const name = await ask('Which name?', { default: 'Ada' });
return { message: [said, colour, name].join(', ') };
`;
const COMMAND = `printf 'said it' # ${'all of this is read before it is allowed; '.repeat(15)}\nprintf ' twice'`;

/** The one agent runs a command, and says what it printed. */
const speaker: Brain = ({ turn, results }) =>
  turn === 0 ? { tools: [{ name: 'Bash', input: { command: COMMAND } }] } : { text: results[0]?.content ?? '' };

const test = sharedWindow({
  name: 'questions',
  files: { '.claude/workflows/quiz.js': QUIZ, '.claude/workflows/guide.js': PAGE },
  model: { rules: [speaker] },
});

test('X04 a script asks: buttons, a list, a text; two at once, the same twice, closed and shown again, nobody in time', async ({
  window,
}) => {
  const { workbench, picture, record } = window;
  const { page } = workbench;
  const open = async (): Promise<readonly string[]> => openQuestions((await record()).state);
  const title = (text: string) => page.locator('.quick-input-title').filter({ hasText: text });
  await startWorkflow(workbench, 'quiz');

  // Two at once: the second input waits until the first is answered.
  await shown(page, 'quiz asks: Which name?');
  await pressToastButton(page, 'quiz asks: Which colour?', 'Answer…');
  await title('Which colour?').waitFor();
  await pressToastButton(page, 'quiz asks: Which name?', 'Answer…');
  await toasts(page, 'Which name?').waitFor({ state: 'detached' });
  await picture('1-list');
  expect(await pickRow(page, 'green').innerText()).toContain('default');
  await pickRow(page, 'blue').click();
  await title('Which name?').waitFor();
  const input = page.locator('.quick-input-widget .quick-input-box input');
  expect(await input.inputValue()).toBe('Ada');
  await enterText(page, 'Eve');

  // Closed without an answer it is still asked, and the status bar brings it back. What it says is no link.
  const way = toasts(page, 'Which way?');
  await way.waitFor();
  expect(await way.innerText()).toContain('[here] (command:workbench.action.closeWindow)');
  expect(await way.locator('a[href], .notification-list-item-message a').count()).toBe(0);
  await way.hover();
  await way.locator('.codicon-notifications-clear').click();
  await way.waitFor({ state: 'detached' });
  await page.locator('.part.statusbar .statusbar-item a').filter({ hasText: '1 question' }).click();
  await way.waitFor();
  // Asked for once more while it is there, it is there once.
  await workbench.runCommand('Workflows: Answer Requests');
  await way.first().waitFor();
  await expect.poll(() => way.count()).toBe(1);
  await workbench.readNotifications();
  await pressToastButton(page, 'Which way?', 'right');

  // The same question twice: one after the other, each with its own answer.
  await expect.poll(open).toEqual(['Sure?', 'Sure?']);
  await toasts(page, 'Sure?').waitFor();
  await picture('2-same-twice');
  await workbench.readNotifications();
  await pressToastButton(page, 'Sure?', 'yes');
  await expect.poll(open).toEqual(['Sure?']);
  await expect.poll(() => toasts(page, 'Sure?').count()).toBe(1);
  await pressToastButton(page, 'Sure?', 'no');

  // Nobody in time: the default counts, and a late answer is told that it is one.
  await toasts(page, 'Anyone there?').waitFor();
  await expect.poll(open, { timeout: 20_000 }).toEqual(['The last one?']);
  await pressToastButton(page, 'Anyone there?', 'me');
  await workbench.toast('That is no longer asked');
  await picture('3-too-late');
  await workbench.readNotifications();
  await pressToastButton(page, 'The last one?', 'done');
  await workbench.toast('quiz has completed. blue, Eve, right, yes, no, nobody, done');
});

test('what agents and scripts ask is answered on the page of the run as well', async ({ window }) => {
  const { workbench, picture, record } = window;
  const { page } = workbench;
  await startWorkflow(workbench, 'guide');

  // Too long to be read in a notification: it can be denied there, and allowed on the page alone.
  const permission = toasts(page, 'Agent “speaker” wants to run');
  await permission.waitFor({ timeout: 60_000 });
  expect(await permission.locator('.monaco-button').allInnerTexts()).toEqual(['Show All', 'Deny']);
  await pressToastButton(page, 'wants to run', 'Show All');
  const view = await workbench.webview('speaker waits for your permission to use Bash');
  expect(await view.locator('.question pre').innerText()).toBe(COMMAND);
  await picture('4-permission');
  await view.getByRole('button', { name: 'Allow once', exact: true }).click();

  // Answered here, the list that is open there is gone.
  await pressToastButton(page, 'guide asks: Which colour?', 'Answer…');
  await pickRow(page, 'white').waitFor();
  await view.getByRole('button', { name: 'white' }).click();
  await pickRow(page, 'white').waitFor({ state: 'hidden' });
  await workbench.toast('That is no longer asked');

  const field = view.getByRole('textbox', { name: 'Your answer' });
  await field.waitFor();
  await picture('5-text');
  await workbench.readNotifications();
  await field.fill('Eve');
  await field.press('Enter');
  await workbench.toast('guide has completed. said it twice, white, Eve');
  await view.locator('.question').waitFor({ state: 'detached' });
  const { run } = await record();
  expect(run.events.filter(({ type }) => type.endsWith('.answered'))).toMatchObject([
    { type: 'permission.answered', allowed: true, by: 'person' },
    { type: 'question.answered', answer: 'white', by: 'person' },
    { type: 'question.answered', answer: 'Eve', by: 'person' },
  ]);
});
