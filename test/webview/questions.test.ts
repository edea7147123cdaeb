import axe from 'axe-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ended, SMALL_RUN } from '../../src/projection/runLog.fake.ts';
import type { EventBody } from '../../src/protocol/messages.ts';
import type { Reply } from '../../src/protocol/wire.ts';
import { openWebviewBrowser, type Webview, type WebviewBrowser } from '../support/webviewPage.ts';

let browser: WebviewBrowser;
beforeAll(async () => {
  browser = await openWebviewBrowser();
});
afterAll(() => browser.close());

const HALF_WAY = SMALL_RUN.slice(0, 15);
const COMMAND = 'npm test -- money && \\\n  curl -s https://example.invalid/<b>x</b>';

const RULES = ['Bash(npm test -- money)', 'Bash(curl -s https://example.invalid/<b>x</b>)'];

const permission = (requestId: string, rules: readonly string[] = [], summary = COMMAND): EventBody => ({
  ...{ type: 'permission.asked', requestId, agentId: 'a2', tool: 'Bash', summary },
  ...(rules.length === 0 ? {} : { rules }),
});
const joined = (requestId: string, agentId: string): EventBody => ({ type: 'permission.joined', requestId, agentId });
type Asked = Extract<EventBody, { readonly type: 'question.asked' }>;
const asked = (requestId: string, more: Partial<Asked> = {}): EventBody => ({
  ...{ type: 'question.asked', requestId, question: 'Which way?\nLeft is shorter.', phase: null },
  ...more,
});
const granted = (requestId: string): EventBody => ({
  ...{ type: 'permission.answered', requestId, allowed: true, by: 'person' },
});

/** A run of this window that asks for these. */
async function asking(webview: Webview, bodies: readonly EventBody[], answerable = true): Promise<void> {
  await webview.post({ type: 'answerable', answerable });
  await webview.snapshot([...HALF_WAY, ...bodies]);
  await webview.card('a2').waitFor();
}

async function replies(webview: Webview): Promise<readonly unknown[]> {
  return (await webview.sent()).filter(({ type }) => type.endsWith('.answer'));
}

const questions = (webview: Webview) => webview.page.locator('.question');
const button = (webview: Webview, name: string) => webview.page.locator('.questions').getByRole('button', { name });

describe('what is asked of a person is answered on the page', () => {
  test.each<{ name: string; body: EventBody; press: string; sends: Reply }>([
    {
      name: 'a permission is granted',
      body: permission('p9'),
      press: 'Allow once',
      sends: { type: 'permission.answer', requestId: 'p9', allow: true, scope: 'once' },
    },
    {
      name: 'a permission is granted for the run',
      body: permission('p9', RULES),
      press: 'Allow for this run',
      sends: { type: 'permission.answer', requestId: 'p9', allow: true, scope: 'run' },
    },
    {
      name: 'a permission is denied',
      body: permission('p9'),
      press: 'Deny',
      sends: { type: 'permission.answer', requestId: 'p9', allow: false },
    },
    {
      name: 'X04 one of the choices is chosen',
      body: asked('q9', { choices: ['left', 'right', 'straight on', 'back', 'none'], default: 'back' }),
      press: 'straight on',
      sends: { type: 'question.answer', requestId: 'q9', answer: 'straight on' },
    },
    {
      name: 'X04 the default is there already',
      body: asked('q9', { default: 'left' }),
      press: 'Answer',
      sends: { type: 'question.answer', requestId: 'q9', answer: 'left' },
    },
  ])('$name', ({ body, press, sends }) =>
    browser.withPage({}, async (webview) => {
      await asking(webview, [body]);
      await button(webview, press).first().click();
      await webview.page.getByText('Your answer is on its way').waitFor();
      expect(await replies(webview)).toEqual([sends]);
      expect(await questions(webview).getByRole('button').count()).toBe(0);
    }),
  );

  test('a permission for always: its rules are shown before, and agreed to; the keyboard goes along', () =>
    browser.withPage({}, async (webview) => {
      await asking(webview, [permission('p9', RULES)]);
      const rules = questions(webview).locator('code');
      expect(await rules.allInnerTexts()).toEqual(RULES);
      await button(webview, 'Always allow…').click();
      await webview.page.getByText('.claude/settings.local.json gets').waitFor();
      expect(await rules.allInnerTexts()).toEqual(RULES);
      expect(await replies(webview)).toEqual([]);
      await button(webview, 'Back').click();
      await button(webview, 'Always allow…').press('Enter');
      await button(webview, 'Add and allow').waitFor();
      await webview.page.keyboard.press('Enter');
      await webview.page.getByText('Your answer is on its way').waitFor();
      expect(await replies(webview)).toEqual([
        { type: 'permission.answer', requestId: 'p9', allow: true, scope: 'always' },
      ]);
    }));

  test('a denial with a reason', () =>
    browser.withPage({}, async (webview) => {
      await asking(webview, [permission('p9')]);
      await button(webview, 'Deny with a reason…').click();
      const field = webview.page.getByRole('textbox', { name: 'Why not? The agent is told.' });
      await field.waitFor();
      await webview.page.keyboard.type(' Use npm. ');
      await webview.page.keyboard.press('Enter');
      await webview.page.getByText('Your answer is on its way').waitFor();
      expect(await replies(webview)).toEqual([
        { type: 'permission.answer', requestId: 'p9', allow: false, reason: 'Use npm.' },
      ]);
    }));

  test('where no rule fits, it is for once alone', () =>
    browser.withPage({}, async (webview) => {
      await asking(webview, [permission('p9')]);
      await button(webview, 'Allow once').waitFor();
      expect(await questions(webview).locator('vscode-button').allInnerTexts()).toEqual([
        ...['Allow once', 'Deny', 'Deny with a reason…'],
      ]);
    }));

  test('agents that ask the same are one question, which names them', () =>
    browser.withPage({}, async (webview) => {
      await asking(webview, [permission('p9'), joined('p9', 'a3'), joined('p9', 'a3')]);
      await webview.page.getByText('and 2 others wait for your permission').waitFor();
      await webview.page.getByText('One answer for all: fix money, fix dates').waitFor();
      await webview.events([{ type: 'permission.withdrawn', requestId: 'p9', agentId: 'a2' }]);
      await webview.page.getByText('fix dates and 1 other wait for your permission').waitFor();
      await webview.events(['a3', 'a3'].map((agentId) => ({ type: 'permission.withdrawn', requestId: 'p9', agentId })));
      await questions(webview).waitFor({ state: 'detached' });
    }));

  test('signs that cannot be seen are named', () =>
    browser.withPage({}, async (webview) => {
      await asking(webview, [permission('p9', [], 'npm\u200b test \u202ehs.x')]);
      await webview.page.getByText('npm⟨U+200B⟩ test ⟨U+202E⟩hs.x').waitFor();
    }));

  test('X04 what is typed is sent with Enter, once', () =>
    browser.withPage({}, async (webview) => {
      await asking(webview, [asked('q9')]);
      const field = webview.page.getByRole('textbox', { name: 'Your answer' });
      await field.fill('to the left, 5 “steps”');
      await field.press('Enter');
      await webview.page.getByText('Your answer is on its way').waitFor();
      expect(await replies(webview)).toEqual([
        { type: 'question.answer', requestId: 'q9', answer: 'to the left, 5 “steps”' },
      ]);
    }));

  test('several stand below each other, the oldest first; an answered one goes, the others keep what was typed', () =>
    browser.withPage({}, async (webview) => {
      await asking(webview, [asked('q1'), permission('p1'), asked('q2', { question: 'And then?', choices: ['on'] })]);
      await expect
        .poll(() => questions(webview).allInnerTexts())
        .toEqual([
          expect.stringMatching(/^The script waits[\s\S]*Which way\?\nLeft is shorter\./),
          expect.stringMatching(/^fix money waits for your permission to use Bash:\s+npm test/),
          expect.stringMatching(/^The script waits[\s\S]*And then\?/),
        ]);
      expect(await questions(webview).locator('pre').innerText()).toBe(COMMAND);
      await webview.page.getByRole('textbox', { name: 'Your answer' }).fill('half an ans');
      await button(webview, 'Allow once').click();
      expect(await replies(webview)).toEqual([
        { type: 'permission.answer', requestId: 'p1', allow: true, scope: 'once' },
      ]);
      await webview.events([granted('p1')]);
      await expect.poll(() => questions(webview).count()).toBe(2);
      const answer = webview.page.getByRole('textbox', { name: 'Your answer' });
      await expect.poll(() => answer.inputValue()).toBe('half an ans');
      expect(String(await webview.page.evaluate('document.activeElement.className'))).toBe('questions');
    }));

  test("the words of others are shown as they are, and never become the page's own", () =>
    browser.withPage({}, async (webview) => {
      await asking(webview, [permission('p1'), asked('q1', { question: '<img src=x> [a](command:b)' })]);
      await webview.page.getByText('<img src=x> [a](command:b)').waitFor();
      expect(await webview.page.locator('.questions :is(b, img, a)').count()).toBe(0);
    }));

  test('one that is answered elsewhere, or took too long, goes by itself', () =>
    browser.withPage({}, async (webview) => {
      await asking(webview, [asked('q1', { default: 'left' })]);
      await questions(webview).waitFor();
      await webview.events([{ type: 'question.answered', requestId: 'q1', answer: 'left', by: 'nobody' }]);
      await questions(webview).waitFor({ state: 'detached' });
    }));

  test('a run of another window is answered there, until this one takes it up', () =>
    browser.withPage({}, async (webview) => {
      await asking(webview, [permission('p1'), asked('q1')], false);
      await expect.poll(() => webview.page.getByText('Answer it where the run was started').count()).toBe(2);
      expect(await questions(webview).locator('vscode-button, vscode-text-field').count()).toBe(0);
      await webview.post({ type: 'answerable', answerable: true });
      await button(webview, 'Allow once').waitFor();
    }));

  test('nothing is asked of a run that has ended or lost its process', () =>
    browser.withPage({}, async (webview) => {
      await asking(webview, [permission('p1')]);
      await questions(webview).waitFor();
      await webview.post({ type: 'alive', alive: false });
      await questions(webview).waitFor({ state: 'detached' });
      await webview.post({ type: 'alive', alive: true });
      await questions(webview).waitFor();
      await webview.events([ended()]);
      await questions(webview).waitFor({ state: 'detached' });
    }));
});

describe.each(['light', 'dark', 'high-contrast'] as const)('in the %s theme', (theme) => {
  test.each([
    { name: 'questions', width: 1400 },
    { name: 'questions-narrow', width: 400 },
  ])('$name: no serious violation, no sideways scrolling', ({ name, width }) =>
    browser.withPage({ theme, width }, async (webview) => {
      await asking(webview, [
        permission('p1', RULES),
        ...[
          joined('p1', 'a3'),
          permission('p2', RULES.slice(0, 1), 'npm test -- money'),
          permission('p3', [], 'rm -r "$X"'),
        ],
        asked('q1', { choices: ['left', 'right', 'straight on'], default: 'left' }),
        asked('q2', { question: 'What is the new name?', default: 'money.js' }),
      ]);
      await webview.page.getByRole('textbox', { name: 'Your answer' }).waitFor();
      await button(webview, 'Always allow…').nth(1).click();
      await button(webview, 'Deny with a reason…').last().click();
      await webview.page.evaluate("document.querySelector('.questions').scrollTo(0, 0)");
      await webview.picture(`${theme}-${name}`);
      await webview.page.evaluate("document.querySelector('.questions').scrollTo(0, 99999)");
      await webview.picture(`${theme}-${name}-below`);
      expect(
        await webview.page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
      ).toBe(0);
      await webview.page.evaluate(axe.source);
      const { violations } = await webview.page.evaluate<axe.AxeResults>('axe.run()');
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n')}`)).toEqual([]);
    }),
  );
});
