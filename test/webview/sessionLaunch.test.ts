import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as log from '../../src/projection/sessionLog.fake.ts';
import { sessionOn, type WithSession } from '../support/sessionPage.ts';
import { openWebviewBrowser, type WebviewBrowser } from '../support/webviewPage.ts';

let browser: WebviewBrowser;
beforeAll(async () => {
  browser = await openWebviewBrowser();
});
afterAll(() => browser.close());

const withSession: WithSession = (bodies, body, options) => sessionOn(browser, bodies, body, options);

const WORKING = [log.asked('t1', 'one'), log.begun('t1')];

describe('X08 whether a workflow is to start', () => {
  test('is asked with what it is, what holds for it and what it takes; its script is shown for the asking', () =>
    withSession([...WORKING, log.launchAsked('p1')], async (stage) => {
      const own = stage.page.getByRole('region', { name: 'Questions to you' });
      await own.getByText('Start dead-code?').waitFor();
      const terms = await own.locator('dt').allInnerTexts();
      const values = await own.locator('dd').allInnerTexts();
      expect(terms.map((term, at) => `${term}: ${values[at] ?? ''}`)).toEqual([
        ...['Agents: 12 9–40', 'Output tokens: 40.0k 9.0k–400.0k', 'Money: $0.90 $0.10–$9.00'],
        ...['Time: 3m 05s 1m 00s–20m 00s', 'Phases: Look → Doubt → Sum up'],
        ...['Caps: 500.0k tokens, 200 agents (you wrote “use a 500k token budget”)', 'Permission mode: acceptEdits'],
        ...['Model: claude-sonnet-4-6, at most 16 agents at once'],
        ...['Base: main at 1a2b3c4d; 2 uncommitted files are not part of this run', 'Folder: /repo'],
        ...['Hooks: 2 commands (PreToolUse)'],
      ]);
      const buttons = own.locator('vscode-button');
      expect(await buttons.allInnerTexts()).toEqual(['Start', 'Show script', 'Refuse', 'Refuse with a reason…']);
      await own.getByRole('button', { name: 'Show script' }).click();
      await own.getByRole('button', { name: 'Start' }).click();
      expect(await stage.sent()).toEqual([
        { type: 'launch.script', requestId: 'p1' },
        {
          ...{ type: 'reply', runId: null },
          reply: { type: 'permission.answer', requestId: 'p1', allow: true, scope: 'once' },
        },
      ]);
    }));

  test('where a rule fits it can be started for longer than once; without a forecast that is said', () =>
    withSession([...WORKING, log.launchAsked('p1', { forecast: null }, ['Workflow(dead-code)'])], async (stage) => {
      await stage.page.getByText('What it takes could not be found out in time.').waitFor();
      await stage.page.getByRole('button', { name: 'Start and ask no more…' }).click();
      await stage.page.locator('code').getByText('Workflow(dead-code)').waitFor();
      await stage.page.getByRole('button', { name: 'Always…' }).click();
      await stage.page.getByText('.claude/settings.local.json gets:').waitFor();
      await stage.page.getByRole('button', { name: 'Back' }).click();
      await stage.page.getByRole('button', { name: 'For this session' }).waitFor();
      await stage.page.getByRole('button', { name: 'Back' }).click();
      await stage.page.getByRole('button', { name: 'Refuse with a reason…' }).click();
      await stage.page.getByRole('textbox', { name: 'Why not?' }).fill('too dear');
      await stage.page.getByRole('button', { name: 'Refuse', exact: true }).click();
      expect(await stage.sent()).toEqual([
        {
          ...{ type: 'reply', runId: null },
          reply: { type: 'permission.answer', requestId: 'p1', allow: false, reason: 'too dear' },
        },
      ]);
    }));

  test('words of others are text, and their length hides no button', () =>
    withSession(
      [
        ...WORKING,
        log.launchAsked('p1', {
          ...{ workflowName: '<img src=x>', title: 'a\u202eb', description: 'long '.repeat(200) },
          extras: Array.from({ length: 30 }, (_, at) => `Server ${at}: <b>${at}</b>`),
        }),
      ],
      async (stage) => {
        await stage.page.getByText('Start <img src=x>?').waitFor();
        await stage.page.getByText('a⟨U+202E⟩b').waitFor();
        expect(await stage.page.locator('.launch img, .launch b').count()).toBe(0);
        for (const name of ['Start', 'Refuse'])
          await expect
            .poll(() =>
              stage.page.evaluate(`(() => {
                const button = [...document.querySelectorAll('.launch ~ .question-answers vscode-button')]
                  .find((each) => each.textContent === '${name}');
                const { left, top, width, height } = button.getBoundingClientRect();
                return document.elementFromPoint(left + width / 2, top + height / 2)?.closest('vscode-button') === button;
              })()`),
            )
            .toBe(true);
      },
      { height: 600 },
    ));
});
