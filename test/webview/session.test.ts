import axe from 'axe-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunCard } from '../../src/projection/runCard.ts';
import * as log from '../../src/projection/sessionLog.fake.ts';
import type { EventBody } from '../../src/protocol/messages.ts';
import { sessionOn, type WithSession } from '../support/sessionPage.ts';
import { openWebviewBrowser, takePicture, type WebviewBrowser } from '../support/webviewPage.ts';

let browser: WebviewBrowser;
beforeAll(async () => {
  browser = await openWebviewBrowser();
});
afterAll(() => browser.close());

const { asked, begun, over, said, SMALL_SESSION } = log;

const CARD: RunCard = {
  ...{ runId: 'run-7', status: 'running', paused: false, phase: 'Look', over: 3, agents: 8, usd: 0.12 },
  ...{ questions: [], asked: [], labels: {}, answerable: true },
};

const withSession: WithSession = (bodies, body, options) => sessionOn(browser, bodies, body, options);

const WORKING = [asked('t1', 'one'), begun('t1')];

describe('typing', () => {
  test('Enter sends all lines, Shift+Enter begins one; an empty box sends nothing', () =>
    withSession([], async (stage) => {
      await stage.page.getByRole('heading', { name: 'What is to be done?' }).waitFor();
      await stage.box.press('Enter');
      await stage.box.pressSequentially('first');
      await stage.box.press('Shift+Enter');
      await stage.box.pressSequentially('second');
      expect(await stage.box.inputValue()).toBe('first\nsecond');
      await stage.box.press('Enter');
      expect(await stage.box.inputValue()).toBe('');
      await stage.box.fill('by the button');
      await stage.page.getByRole('button', { name: 'Send' }).click();
      expect(await stage.sent()).toEqual([
        { type: 'say', text: 'first\nsecond' },
        { type: 'say', text: 'by the button' },
      ]);
    }));

  test('words that ask for a workflow are marked, and taken back by Alt+W, Backspace or the button', () =>
    withSession([], async (stage) => {
      const back = stage.page.getByRole('button', { name: 'not this time' });
      const typed = 'use a workflow';
      for (const take of [() => stage.box.press('Alt+w'), () => stage.box.press('Backspace'), () => back.click()]) {
        await stage.box.pressSequentially(typed);
        await expect.poll(() => stage.marks.allInnerTexts()).toEqual(['workflow']);
        await take();
        await stage.page.getByText('Asks for no workflow').waitFor();
        expect(await stage.marks.count()).toBe(0);
        expect(await stage.box.inputValue()).toBe(typed);
        await stage.box.press('Enter');
      }
      await stage.box.fill('a `workflow` and an ultracode');
      expect(await stage.marks.allInnerTexts()).toEqual(['ultracode']);
      await stage.box.press('Enter');
      expect(await stage.sent()).toEqual([
        ...[0, 1, 2].map(() => ({ type: 'say', text: typed, plain: true })),
        { type: 'say', text: 'a `workflow` and an ultracode' },
      ]);
    }));

  test('a word that asks for a workflow counts where it was typed, and not where it was pasted', () =>
    withSession([], async (stage) => {
      const cut = async (text: string): Promise<void> => {
        await stage.box.fill(text);
        await stage.box.press('Control+a');
        await stage.box.press('Control+x');
      };
      const none = stage.page.getByText('Asks for no workflow');
      const pasted = 'the GitHub Actions workflow fails';
      await cut(pasted);
      await stage.box.pressSequentially('why: ');
      await stage.box.press('Control+v');
      await none.waitFor();
      // Typed before it and in it, it stays what it is.
      await stage.box.press('Home');
      await stage.box.pressSequentially('So ');
      await stage.box.press('End');
      for (let left = ' fails'.length; left > 0; left -= 1) await stage.box.press('ArrowLeft');
      await stage.box.pressSequentially(' now');
      expect(await stage.box.inputValue()).toBe('So why: the GitHub Actions workflow now fails');
      expect(await stage.marks.count()).toBe(0);
      await stage.box.press('Enter');

      await stage.box.press('Control+v');
      await none.waitFor();
      await stage.box.pressSequentially(' mend it by a workflow');
      await none.waitFor({ state: 'detached' });
      expect(await stage.marks.allInnerTexts()).toEqual(['workflow']);
      await stage.box.press('Backspace');
      await none.waitFor();
      await stage.box.press('Enter');

      await cut('ultracode');
      await stage.box.press('Control+v');
      await expect.poll(() => stage.marks.allInnerTexts()).toEqual(['ultracode']);
      await stage.box.press('Enter');
      await stage.box.pressSequentially('use a workflow');
      await stage.box.press('Enter');
      expect(await stage.sent()).toEqual([
        { type: 'say', text: 'So why: the GitHub Actions workflow now fails', plain: true },
        { type: 'say', text: `${pasted} mend it by a workflow`, plain: true },
        { type: 'say', text: 'ultracode' },
        { type: 'say', text: 'use a workflow' },
      ]);
    }));

  test('Backspace elsewhere deletes; with the setting off nothing is marked', () =>
    withSession([], async (stage) => {
      await stage.box.pressSequentially('a workflow x');
      await stage.box.press('Backspace');
      await stage.box.press('Backspace');
      expect(await stage.box.inputValue()).toBe('a workflow');
      await stage.marks.waitFor({ state: 'attached' });
      await stage.post({ type: 'setup', commands: [], keyword: false });
      await stage.marks.waitFor({ state: 'detached' });
    }));

  test('a slash lists commands, chosen by keys or the mouse', () =>
    withSession([], async (stage) => {
      const options = stage.page.getByRole('option');
      await stage.box.pressSequentially('/');
      await expect.poll(() => options.count()).toBe(3);
      await stage.box.press('ArrowDown');
      const chosen = stage.page.locator('[role=option][aria-selected=true]');
      expect(await chosen.innerText()).toContain('/goal');
      expect(await stage.box.getAttribute('aria-activedescendant')).toBe(await chosen.getAttribute('id'));
      await stage.box.press('Enter');
      expect(await stage.box.inputValue()).toBe('/goal ');
      expect(await options.count()).toBe(0);
      await stage.box.fill('/gre');
      await options.getByText('/greet').click();
      expect(await stage.box.inputValue()).toBe('/greet ');
      await stage.box.pressSequentially('workflow');
      expect(await stage.marks.count()).toBe(0);
      await stage.box.fill('/h');
      await stage.box.press('Escape');
      await options.first().waitFor({ state: 'detached' });
      await stage.box.fill('/help');
      await stage.box.press('Enter');
      expect(await stage.sent()).toEqual([{ type: 'say', text: '/help' }]);
    }));

  test('what was said before comes back with the arrow up, what could not be said by itself', () =>
    withSession([asked('t1', 'one'), asked('t2', 'two')], async (stage) => {
      await stage.box.press('ArrowUp');
      expect(await stage.box.inputValue()).toBe('two');
      await stage.box.press('ArrowUp');
      expect(await stage.box.inputValue()).toBe('one');
      await stage.box.press('ArrowDown');
      await stage.box.press('ArrowDown');
      expect(await stage.box.inputValue()).toBe('');
      await stage.post({ type: 'unsaid', text: 'no key', plain: false });
      await expect.poll(() => stage.box.inputValue()).toBe('no key');
      expect(await stage.page.evaluate('window.dev.memory')).toEqual({ draft: 'no key' });
    }));

  test('what could not be said comes before what was begun meanwhile, and asks for no workflow if it did not', () =>
    withSession([], async (stage) => {
      await stage.box.fill('and another');
      await stage.post({ type: 'unsaid', text: 'a workflow', plain: true });
      await expect.poll(() => stage.box.inputValue()).toBe('a workflow\nand another');
      await stage.page.getByText('Asks for no workflow').waitFor();
      await stage.box.press('Enter');
      expect(await stage.sent()).toEqual([{ type: 'say', text: 'a workflow\nand another', plain: true }]);
    }));

  test('Escape and the button interrupt while a turn is under way, and only then', () =>
    withSession(WORKING, async (stage) => {
      await stage.box.press('Escape');
      await stage.page.getByRole('button', { name: 'Stop' }).click();
      await stage.events([over('t1', { kind: 'interrupted' })]);
      await stage.page.getByText('Interrupted.').waitFor();
      await stage.box.press('Escape');
      expect(await stage.page.getByRole('button', { name: 'Stop' }).count()).toBe(0);
      expect(await stage.sent()).toEqual([{ type: 'interrupt' }, { type: 'interrupt' }]);
    }));
});

describe('what is said', () => {
  test('streams in, and stands there whole once it is said', () =>
    withSession(WORKING, async (stage) => {
      await stage.page.getByText('Thinking…').waitFor();
      await stage.post({ type: 'delta', text: 'It is **ne' });
      await stage.post({ type: 'delta', text: 'arly** done' });
      await stage.page.locator('.streaming strong').getByText('nearly').waitFor();
      await stage.events([said('t1', 'It is **nearly** done.'), log.toolStarted('c1', 'Bash', 'ls')]);
      await stage.page.locator('.streaming').waitFor({ state: 'detached' });
      expect(await stage.page.locator('.turn .markdown').allInnerTexts()).toEqual(['It is nearly done.']);
    }));

  test('is Markdown, of which nothing becomes HTML and only addresses of the web are linked', () => {
    const text = [
      '# Head &amp; <b>tag</b>',
      '<img src=x onerror=alert(1)>',
      '![picture](https://example.invalid/p.png) [web](https://example.invalid/a) [not](command:x) [nor](javascript:1)',
      '- one\n- two\n  1. deep',
      '| a | b |\n|---|--:|\n| 1 | 2 |',
      '```js\nconst a = 1 < 2;\n```',
    ].join('\n\n');
    return withSession([...WORKING, said('t1', text)], async (stage) => {
      const shown = stage.page.locator('.turn .markdown');
      await stage.page.getByRole('heading', { name: 'Head & <b>tag</b>' }).waitFor();
      const links = await shown.locator('a').all();
      expect(await Promise.all(links.map((link) => link.getAttribute('href')))).toEqual([
        ...['https://example.invalid/p.png', 'https://example.invalid/a'],
      ]);
      expect(await shown.locator('img, b').count()).toBe(0);
      expect(await shown.innerText()).toContain('<img src=x onerror=alert(1)>');
      expect(await shown.locator('pre').innerText()).toBe('const a = 1 < 2;');
      expect(await shown.locator('ul > li ol > li').innerText()).toBe('deep');
      expect(await shown.locator('td').allInnerTexts()).toEqual(['1', '2']);
    });
  });

  test('follows the newest, unless the person has scrolled away', () =>
    withSession(WORKING, async (stage) => {
      const below = `(() => { const it = document.querySelector('.transcript');
        return it.scrollHeight - it.scrollTop - it.clientHeight; })()`;
      await stage.events([said('t1', Array.from({ length: 80 }, (_, at) => `line ${at}`).join('\n\n'))]);
      await stage.page.getByText('line 79').waitFor();
      expect(await stage.page.evaluate(below)).toBeLessThan(2);
      await stage.page.evaluate(`document.querySelector('.transcript').scrollTo(0, 0)`);
      await expect.poll(() => stage.page.evaluate(below)).toBeGreaterThan(500);
      await stage.events([said('t1', 'one more')]);
      await stage.page.getByText('one more').waitFor({ state: 'attached' });
      expect(await stage.page.evaluate(`document.querySelector('.transcript').scrollTop`)).toBe(0);
    }));

  test('in a session that another process has, that is said', () =>
    withSession([], async (stage) => {
      const banner = stage.page.getByText('Open in another window or terminal: what you say is said there.');
      await stage.post({ type: 'elsewhere', pid: 4711 });
      await banner.waitFor();
      expect(await banner.getAttribute('title')).toBe('Process 4711');
      await stage.post({ type: 'elsewhere', pid: null });
      await banner.waitFor({ state: 'detached' });
    }));

  test('a gap asks for a snapshot, and nothing is patched over it', () =>
    withSession(WORKING, async (stage) => {
      stage.happen([said('t1', 'missed')]);
      await stage.events([said('t1', 'after')]);
      await expect
        .poll(async () => stage.page.evaluate(`window.dev.sent.filter(({ type }) => type === 'ready').length`))
        .toBe(2);
      expect(await stage.page.getByText('after').count()).toBe(0);
      await stage.snapshot([]);
      await stage.page.getByText('missed').waitFor();
      await stage.page.getByText('after').waitFor();
    }));
});

describe('what is done', () => {
  test('a call is a line that opens to what it was called with and what came back', () =>
    withSession(SMALL_SESSION, async (stage) => {
      const line = stage.page.locator('.tool').first();
      expect(await line.locator('pre').first().isVisible()).toBe(false);
      await line.locator('summary').focus();
      await stage.page.keyboard.press('Enter');
      await line.getByText('ls -R src').nth(1).waitFor();
      // What it opens to is seen before the browser tells the page that it has opened.
      await expect.poll(() => stage.sent()).toEqual([{ type: 'tool.show', callId: 'c1' }]);
      await stage.post({ type: 'tool', detail: { callId: 'c1', input: 'ls -R src', result: 'a.ts\n<b>' } });
      await line.getByText('<b>').waitFor();
    }));

  test('a run is a card that changes in place, opens its page, and is kept as a workflow once it is done', () =>
    withSession(SMALL_SESSION, async (stage) => {
      const card = stage.page.locator('.run-card');
      expect(await card.innerText()).toContain('Running');
      await stage.post({ type: 'cards', cards: [CARD] });
      await card.getByText('Running · 3 of 8 agents · Look · $0.12').waitFor();
      const save = stage.page.getByRole('button', { name: 'Save as workflow…' });
      expect(await save.count()).toBe(0);
      await stage.post({ type: 'cards', cards: [{ ...CARD, status: 'completed', over: 8 }] });
      await card.getByText('Completed · 8 of 8 agents · $0.12').waitFor();
      expect(await card.count()).toBe(1);
      await card.click();
      await save.click();
      expect(await stage.sent()).toEqual([
        { type: 'run.open', runId: 'run-7' },
        { type: 'run.save', runId: 'run-7' },
      ]);
    }));

  test('what the session and its runs ask is answered in its place, each to who has asked', () =>
    withSession([...SMALL_SESSION, log.permission('p1', ['Bash(npm test)'])], async (stage) => {
      const questions = [
        { ...{ requestId: 'p9', agentId: 'a2', others: [], rules: [] }, tool: 'Bash', summary: 'make', askedAt: 1 },
      ];
      await stage.post({ type: 'cards', cards: [{ ...CARD, questions, labels: { a2: 'fix money' } }] });
      await stage.page.getByText('fix money waits for your permission').waitFor();
      await stage.page.getByText('Asks 1 question').waitFor();
      const own = stage.page.getByRole('region', { name: 'Questions to you' });
      await own.getByText('Session waits for your permission to use Bash').waitFor();
      await own.getByRole('button', { name: 'Allow for this session' }).click();
      const others = stage.page.getByRole('region', { name: 'Questions of Looking for dead code' });
      await others.getByRole('button', { name: 'Deny', exact: true }).click();
      expect(await stage.sent()).toEqual([
        {
          ...{ type: 'reply', runId: null },
          reply: { type: 'permission.answer', requestId: 'p1', allow: true, scope: 'run' },
        },
        { type: 'reply', runId: 'run-7', reply: { type: 'permission.answer', requestId: 'p9', allow: false } },
      ]);
    }));
});

const EVERYTHING: readonly EventBody[] = [
  ...SMALL_SESSION,
  said(
    't2',
    'Three things:\n\n1. how to `npm start`\n2. **figures**\n\n| file | lines |\n|---|--:|\n| a.ts | 12 |\n\n```sh\nnpm test -- money\n```',
  ),
  log.toolEnded('c3', false, 4_200),
  over('t2'),
  asked('t3', 'Looking for dead code: completed', 'run'),
  begun('t3'),
  said('t3', 'Nothing is dead, says the run. See [the list](https://example.invalid).'),
  over('t3'),
  log.told('The effort is high.'),
  { type: 'logged', level: 'warning', message: 'The rules of .claude/settings.json are broken.' },
  { type: 'session.changed', settings: { ultracode: true } },
  { type: 'goal.set', goal: { condition: 'all tests are green and nothing is skipped' } },
  { type: 'loop.set', loop: { loopId: 'l1', text: '/triage', everyMs: 60_000, until: 1 } },
  asked('t4', 'now mend\nwhat is red'),
  begun('t4'),
  log.toolStarted('c4', 'Bash', 'npm test'),
  asked('t5', 'and then?'),
];

describe.each(['light', 'dark', 'high-contrast'] as const)('in the %s theme', (theme) => {
  test.each([
    { name: 'session', bodies: EVERYTHING, more: [] },
    {
      name: 'session-asks',
      bodies: SMALL_SESSION,
      more: [log.permission('p1', ['Bash(npm test)']), log.question('q1')],
    },
    { name: 'session-launch', bodies: SMALL_SESSION, more: [log.launchAsked('p1', {}, ['Workflow(dead-code)'])] },
    { name: 'session-launch-narrow', bodies: SMALL_SESSION, more: [log.launchAsked('p1')] },
    {
      name: 'session-launch-simulated',
      bodies: SMALL_SESSION,
      more: [log.launchAsked('p1', { simulated: true, forecast: null })],
    },
    { name: 'session-empty', bodies: [], more: [] },
  ])('$name: no serious violation, no sideways scrolling', ({ name, bodies, more }) =>
    withSession(
      bodies,
      async (stage) => {
        await stage.post({ type: 'cards', cards: [CARD] });
        await stage.events(more);
        if (name === 'session') await stage.post({ type: 'elsewhere', pid: 4711 });
        if (name === 'session-empty') await stage.box.pressSequentially('/');
        else await stage.box.fill('use a workflow for the rest');
        if (name === 'session') await stage.page.locator('.tool summary').first().click();
        await stage.page.evaluate(`document.querySelector('.transcript').scrollTo(0, 0)`);
        await takePicture(stage.page, `${theme}-${name}`);
        await stage.page.evaluate(`document.querySelector('.transcript').scrollTo(0, 99999)`);
        await takePicture(stage.page, `${theme}-${name}-below`);
        expect(
          await stage.page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
        ).toBe(0);
        await stage.page.evaluate(axe.source);
        const { violations } = await stage.page.evaluate<axe.AxeResults>('axe.run()');
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n')}`)).toEqual([]);
      },
      { theme, height: 820, ...(name.endsWith('narrow') ? { width: 280 } : {}) },
    ),
  );
});
