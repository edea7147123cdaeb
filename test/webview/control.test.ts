import axe from 'axe-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { done, ended, SMALL_RUN } from '../../src/projection/runLog.fake.ts';
import type { EventBody } from '../../src/protocol/messages.ts';
import { openWebviewBrowser, type Webview, type WebviewBrowser } from '../support/webviewPage.ts';

let browser: WebviewBrowser;
beforeAll(async () => {
  browser = await openWebviewBrowser();
});
afterAll(() => browser.close());

/** Two authors are at work. */
const HALF_WAY = SMALL_RUN.slice(0, 15);
const LONG = 1e12;

type Waiting = Extract<EventBody, { readonly type: 'agent.waiting' }>;
type Paused = Extract<EventBody, { readonly type: 'run.paused' }>;

const waiting = (on: Waiting['on'], message: string): EventBody => ({
  ...{ type: 'agent.waiting', agentId: 'a2', on, message },
});
const paused = (more: Partial<Paused> = {}): EventBody => ({
  ...{ type: 'run.paused', reason: 'person', message: 'Paused by a person.', until: null },
  ...more,
});
const CONTINUED: EventBody = { type: 'run.continued' };
const TOOL: EventBody = { type: 'tool.started', agentId: 'a2', callId: 't9', tool: 'Bash', summary: 'npm test' };
const CAPS = { outputTokens: 500_000, usd: 5, agents: 40, minutes: 30 };

const button = (webview: Webview, name: string, within: string) =>
  webview.page.locator(within).getByRole('button', { name, exact: true });

/** What it has said, but for what it only wants to know. */
async function said(webview: Webview): Promise<readonly unknown[]> {
  return (await webview.sent()).filter(({ type }) => type !== 'ready' && type !== 'agent.show');
}

const focused = (webview: Webview): Promise<unknown> =>
  webview.page.evaluate(`document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent`);

describe('X06 what an agent waits for is said by its card, its row and the inspector', () => {
  test.each<{ name: string; bodies: readonly EventBody[]; text: RegExp; fact: RegExp }>([
    { name: 'the model', bodies: [], text: /^Waits for the model$/, fact: /^the model$/ },
    { name: 'a tool', bodies: [TOOL], text: /^Bash npm test$/, fact: /^Bash npm test$/ },
    { name: 'a slot', bodies: [waiting('slot', '')], text: /^Waits for a slot$/, fact: /^a slot$/ },
    {
      name: 'the limiter',
      bodies: [{ type: 'agent.retried', agentId: 'a2', message: 'Overloaded.', delayMs: LONG }],
      text: /^Waits for the limiter, asks again on .+ at .+: Overloaded\.$/,
      fact: /^the limiter, asks again in \d+h \d\dm: Overloaded\.$/,
    },
    {
      name: 'the budget',
      bodies: [waiting('budget', 'of the phase')],
      text: /^Waits for the budget: of the phase$/,
      fact: /^the budget: of the phase$/,
    },
    {
      name: 'the pause',
      bodies: [paused(), waiting('pause', 'the run is paused')],
      text: /^Waits for the pause to end$/,
      fact: /^the pause to end$/,
    },
    {
      name: 'a person',
      bodies: [{ type: 'permission.asked', requestId: 'p9', agentId: 'a2', tool: 'Bash', summary: 'npm\ntest' }],
      text: /^Waits for permission: Bash npm test$/,
      fact: /^permission: Bash npm test$/,
    },
  ])('$name', ({ bodies, text, fact }) =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot([...HALF_WAY, ...bodies]);
      await webview.card('a2').locator('.card-small').getByText(text).waitFor();
      await webview.card('a2').click();
      const term = webview.inspector.locator('dt', { hasText: 'Waits for' });
      expect(await term.locator('xpath=following-sibling::dd[1]').innerText()).toMatch(fact);
      await webview.tab('Table');
      expect((await webview.row('a2').locator('.cell-state').innerText()).trim()).toMatch(text);
    }),
  );

  test('a wait that is over is no longer said, though nothing has happened', () =>
    browser.withPage({}, async (webview) => {
      // As if it had been told just now: events of a test are of long ago.
      const ago = Date.now() - webview.state.at - 1_700_000_017_000;
      const retried = { type: 'agent.retried', agentId: 'a2', message: 'Overloaded.', delayMs: ago + 4000 } as const;
      await webview.snapshot([...HALF_WAY, retried]);
      await webview.card('a2').getByText('Waits for the limiter').waitFor();
      await webview.card('a2').getByText('Waits for the model').waitFor();
    }));

  test('one that has ended waits for nothing', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot([...HALF_WAY, done('a2')]);
      await webview.card('a2').click();
      await webview.inspector.getByText('State').waitFor();
      expect(await webview.inspector.getByText('Waits for').count()).toBe(0);
    }));
});

describe('W46 the run', () => {
  test.each<{ name: string; bodies: readonly EventBody[]; within: string; sends: object }>([
    { name: 'Pause', bodies: [], within: 'header', sends: { type: 'run.pause' } },
    { name: 'Go on', bodies: [paused()], within: 'header', sends: { type: 'run.continue' } },
    { name: 'Go on', bodies: [paused()], within: '.pause', sends: { type: 'run.continue' } },
    { name: 'Stop', bodies: [paused()], within: 'header', sends: { type: 'run.stop' } },
    { name: 'Finish phase Fix', bodies: [], within: 'header', sends: { type: 'phase.finish', phase: 'Fix' } },
  ])('$name in $within sends $sends.type', ({ name, bodies, within, sends }) =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot([...HALF_WAY, ...bodies]);
      await button(webview, name, within).click();
      await expect.poll(() => said(webview)).toEqual([sends]);
    }),
  );

  test.each<{ name: string; body: EventBody; text: RegExp }>([
    { name: 'by a person', body: paused(), text: /^Paused .*at .+ by a person\.$/ },
    {
      name: 'for want of quota, until',
      body: paused({ reason: 'quota', message: 'The weekly limit is reached.', until: 2e12 }),
      text: /^Paused .*at .+ for want of quota, goes on on .+ at .+: The weekly limit is reached\.$/,
    },
    {
      name: 'at a safety limit',
      body: paused({ reason: 'limit', message: 'It has used 5M output tokens' }),
      text: /^Paused .*at .+ at a safety limit: It has used 5M output tokens\.$/,
    },
  ])('says that it is paused $name, and no longer when it goes on', ({ body, text }) =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot([...HALF_WAY, body]);
      await webview.page.locator('.pause').getByText(text).waitFor();
      expect(await webview.page.getByRole('status').innerText()).toBe('Paused');
      await webview.events([CONTINUED]);
      await webview.page.locator('.pause').waitFor({ state: 'detached' });
      expect(await webview.page.getByRole('status').innerText()).toBe('Running');
    }),
  );

  test('the keyboard is not lost when the banner goes', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot([...HALF_WAY, paused()]);
      await button(webview, 'Go on', '.pause').focus();
      await webview.page.keyboard.press('Enter');
      await expect.poll(() => said(webview)).toEqual([{ type: 'run.continue' }]);
      await webview.events([CONTINUED]);
      await webview.page.locator('.pause').waitFor({ state: 'detached' });
      expect(await focused(webview)).toBe('Pause');
    }));

  test('one that has ended or lost its process has nothing to be paused, told or finished', () =>
    browser.withPage({}, async (webview) => {
      const controls = webview.page.getByRole('button', { name: /Pause|Go on|Stop|Skip|Restart|Finish/ });
      await webview.snapshot([...HALF_WAY, paused()]);
      await webview.card('a2').click();
      await expect.poll(() => controls.count()).toBe(7);
      await webview.post({ type: 'alive', alive: false });
      await expect.poll(() => controls.count()).toBe(0);
      await webview.post({ type: 'alive', alive: true });
      await expect.poll(() => controls.count()).toBe(7);
      await webview.events([ended()]);
      await expect.poll(() => controls.count()).toBe(0);
    }));

  test('only a phase whose agents are at work can be finished, and nothing moves when it is over', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(HALF_WAY);
      const finish = webview.page.getByRole('button', { name: /Finish phase/ });
      const places = (): Promise<unknown> =>
        webview.page.evaluate(
          `[...document.querySelectorAll('.phase, .phase-name, .phase-count')].map((e) => { const { x, y, width, height } = e.getBoundingClientRect(); return [x, y, width, height]; })`,
        );
      await finish.waitFor();
      await webview.events([done('a2')]);
      await webview.page.getByText('1 of 2').first().waitFor();
      const before = await places();
      await webview.events([
        { type: 'agent.ended', agentId: 'a3', end: { kind: 'threw', message: 'x' }, fromJournal: false },
      ]);
      await finish.waitFor({ state: 'detached' });
      expect(await places()).toEqual(before);
    }));

  test('W35 what is used is shown against its caps, and how many agents there are of how many at once', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot([...HALF_WAY, { type: 'run.changed', concurrency: 8, caps: CAPS }]);
      expect(await webview.page.locator('.figures').innerText()).toMatch(
        /2 of 8 running · 1 done · 0 failed · 3 of 40 started[\s\S]*1\.1k · output 100 of 500k[\s\S]*\$0\.\d+ of \$5[\s\S]* of 30m/,
      );
    }));
});

describe('W46 one agent', () => {
  test.each([
    { name: 'Skip', sends: 'agent.skip' },
    { name: 'Stop agent', sends: 'agent.stop' },
    { name: 'Restart', sends: 'agent.restart' },
  ])('$name sends $sends', ({ name, sends }) =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(HALF_WAY);
      await webview.card('a2').click();
      await button(webview, name, '.inspector').click();
      await expect.poll(() => said(webview)).toEqual([{ type: sends, agentId: 'a2' }]);
    }),
  );

  test('is told what is typed, with Enter or the button, and never nothing', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(HALF_WAY);
      await webview.card('a2').click();
      const field = webview.inspector.getByRole('textbox', { name: 'Tell it…' });
      await field.fill('   ');
      await field.press('Enter');
      await field.fill(' Use “git mv”. ');
      await field.press('Enter');
      await webview.inspector.getByText('Sent. It hears this before its next turn.').waitFor();
      // The toolkit's field shows its value a frame after it is given one.
      await expect.poll(() => field.inputValue()).toBe('');
      await field.fill('And be quick.');
      expect(await webview.inspector.getByText('Sent.').count()).toBe(0);
      await button(webview, 'Send', '.inspector').click();
      await expect
        .poll(() => said(webview))
        .toEqual(
          ['Use “git mv”.', 'And be quick.'].map((message) => ({ type: 'agent.steer', agentId: 'a2', message })),
        );
    }));

  test('its controls go when it ends, nothing above them moves, and Escape still closes', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(HALF_WAY);
      await webview.card('a2').click();
      await webview.inspector.getByRole('textbox', { name: 'Tell it…' }).focus();
      const place = (): Promise<unknown> => webview.inspector.getByRole('heading', { name: 'Prompt' }).boundingBox();
      const before = await place();
      await webview.events([TOOL]);
      await webview.inspector.getByText('Bash npm test').waitFor();
      expect(await place()).toEqual(before);
      await webview.events([done('a2')]);
      await webview.inspector.getByRole('textbox').waitFor({ state: 'detached' });
      expect(await focused(webview)).toBe('Author fix money');
      await webview.page.keyboard.press('Escape');
      await webview.inspector.waitFor({ state: 'detached' });
    }));

  test('the keyboard reaches all of it in the order in which it is seen', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot([...HALF_WAY, paused()]);
      await webview.card('a2').click();
      await webview.inspector.waitFor();
      await webview.page.evaluate(
        `(() => { const start = document.querySelector('h1'); start.tabIndex = -1; start.focus(); })()`,
      );
      const stops: unknown[] = [];
      while (stops.length < 30) {
        await webview.page.keyboard.press('Tab');
        if (await webview.page.evaluate('document.activeElement === document.body')) break;
        stops.push(await focused(webview));
      }
      expect(stops).toEqual([
        ...['Go on', 'Stop', 'Open script', 'Finish phase Fix', 'Go on', 'Graph'],
        expect.stringContaining('Graph of the run'),
        ...['Zoom in', 'Zoom out', 'Show the whole graph'],
        ...['Close', 'Open transcript', 'Do it.', 'Tell it…', 'Send', 'Restart', 'Skip', 'Stop agent'],
      ]);
    }));
});

describe.each(['light', 'dark', 'high-contrast'] as const)('in the %s theme', (theme) => {
  test.each([
    { name: 'control', width: 1400, inspector: true },
    { name: 'control-table', width: 1100, inspector: false },
    { name: 'control-narrow', width: 400, inspector: false },
    { name: 'control-narrow-inspector', width: 400, inspector: true },
  ])('$name: no serious violation, no sideways scrolling', ({ name, width, inspector }) =>
    browser.withPage({ theme, width }, async (webview) => {
      await webview.snapshot([
        ...HALF_WAY,
        { type: 'agent.retried', agentId: 'a3', message: 'Overloaded.', delayMs: LONG },
        { type: 'run.changed', concurrency: 8, caps: CAPS },
        ...(name === 'control-narrow-inspector' ? [] : [waiting('pause', 'the run is paused')]),
        paused({ reason: 'quota', message: 'The limit of this week is reached', until: 2e12 }),
      ]);
      if (name === 'control-table') await webview.tab('Table');
      if (inspector) await webview.card('a2').click();
      if (inspector) await webview.inspector.getByRole('textbox', { name: 'Tell it…' }).waitFor();
      await webview.picture(`${theme}-${name}`);
      const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
      expect(await webview.page.evaluate(overflow)).toBe(0);
      await webview.page.evaluate(axe.source);
      const { violations } = await webview.page.evaluate<axe.AxeResults>('axe.run()');
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n')}`)).toEqual([]);
    }),
  );
});
