import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../../scripts/lib/paths.mjs';
import { done, queued, replied, runStarted, SMALL_RUN, started } from '../../src/projection/runLog.fake.ts';
import type { Event, EventBody } from '../../src/protocol/messages.ts';
import { openWebviewBrowser, type WebviewBrowser } from '../support/webviewPage.ts';

let browser: WebviewBrowser;
beforeAll(async () => {
  browser = await openWebviewBrowser();
});
afterAll(() => browser.close());

/** A real run of the demo, as it was recorded. */
const RECORDED: readonly EventBody[] = readFileSync(join(root, 'webview', 'dev', 'run.ndjson'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line): Event => JSON.parse(line) as Event);

function crowd(agents: number): readonly EventBody[] {
  const ids = Array.from({ length: agents }, (_, at) => `b${at}`);
  return [
    runStarted(),
    ...ids.map((id) => queued(id, 'Fix')),
    ...ids.slice(0, 500).flatMap((id) => [started(id), done(id)]),
  ];
}

describe('a thousand agents', () => {
  test('have only those in sight in the document, and each of them in the table', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(crowd(1000));
      await webview.card('b0').waitFor();
      const cards = await webview.page.locator('.react-flow__node-agent').evaluateAll((all) => all.length);
      expect(cards).toBeGreaterThan(10);
      expect(cards).toBeLessThan(200);
      expect(await webview.page.locator('header').innerText()).toContain('500 queued · 500 done');
      await webview.tab('Table');
      await webview.row('b999').waitFor();
      expect(await webview.page.locator('tbody tr').evaluateAll((all) => all.length)).toBe(1000);
    }));

  test('fit into the window as blocks, and the keyboard reaches the last of them', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(crowd(1000));
      await webview.card('b0').waitFor();
      await webview.page.getByRole('button', { name: 'Show the whole graph' }).click();
      await webview.card('b999').waitFor();
      expect(await webview.page.locator('.react-flow__node-agent').evaluateAll((all) => all.length)).toBe(1000);
      expect(await webview.page.locator('.dag.is-far').count()).toBe(1);
      await webview.picture('dark-thousand');
      await webview.page.locator('.react-flow').focus();
      await webview.page.keyboard.press('End');
      await webview.page.keyboard.press('Enter');
      await webview.inspector.getByRole('heading', { name: 'label of b999' }).waitFor();
    }));

  test('are drawn again one by one: an event about one changes one card', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(crowd(1000));
      await webview.card('b0').waitFor();
      await webview.page.evaluate(`window.changed = new Set();
        new MutationObserver((all) => all.forEach(({ target }) => {
          const node = (target.nodeType === 1 ? target : target.parentElement).closest('.react-flow__node-agent');
          if (node) window.changed.add(node.dataset.id);
        })).observe(document.querySelector('.react-flow__nodes'), { subtree: true, childList: true, characterData: true, attributes: true })`);
      await webview.events([replied('b3')]);
      await webview.card('b3').getByText('1.1k').waitFor();
      expect(await webview.page.evaluate('[...window.changed]')).toEqual(['agent:b3']);
    }));

  test('that all report in one batch are shown in one go', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(crowd(1000));
      await webview.tab('Table');
      await webview.row('b999').waitFor();
      await webview.page.evaluate(`window.steps = [];
        new MutationObserver(() => window.steps.push(document.querySelector('.figure dd').textContent))
          .observe(document.querySelector('.figure dd'), { subtree: true, characterData: true, childList: true })`);
      await webview.events(
        Array.from({ length: 500 }, (_, at) => `b${at + 500}`).flatMap((id) => [started(id), done(id)]),
      );
      await webview.row('b999').getByText('Done').waitFor();
      expect(await webview.page.evaluate('window.steps')).toEqual(['0 of 16 running · 1000 done · 0 failed']);
    }));
});

describe('the policy of the page', () => {
  test('is in force: what the page does not ask for is refused', async () => {
    const broken = browser.withPage({}, async (webview) => {
      await webview.page.evaluate(`document.body.setAttribute('style', 'color: red')`);
    });
    await expect(broken).rejects.toThrow(/Content Security Policy/);
  });

  test('is kept by everything that the page does', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(RECORDED);
      for (const view of ['Table', 'Changes', 'Log', 'Graph']) await webview.tab(view);
      await webview.card('a8').click();
      await webview.inspector.waitFor();
      await webview.page.getByRole('button', { name: 'Zoom in' }).click();
      // Each page ends with a look at its console: a refusal would be there.
      expect(await webview.page.locator('style:not([nonce])').count()).toBe(0);
    }));
});

describe('a narrow window', () => {
  test('has no sideways scrolling, and the inspector takes the place of the view', () =>
    browser.withPage({ width: 400, height: 800 }, async (webview) => {
      await webview.snapshot(SMALL_RUN);
      await webview.card('a1').waitFor();
      const overflow = `document.documentElement.scrollWidth - document.documentElement.clientWidth`;
      expect(await webview.page.evaluate(overflow)).toBe(0);
      await webview.card('a1').click();
      await webview.inspector.waitFor();
      expect(await webview.page.evaluate(overflow)).toBe(0);
      expect((await webview.inspector.boundingBox())?.width).toBe(400);
      await webview.page.getByRole('button', { name: 'Close' }).click();
      await webview.inspector.waitFor({ state: 'detached' });
    }));
});

test('the player plays a recorded run to its end', () =>
  browser.withPage({ play: 'from=235&speed=5' }, async (webview) => {
    await webview.card('a20').click();
    await webview.inspector.getByText('Run the whole test suite').waitFor();
    await webview.page.getByRole('status').getByText('Completed').waitFor();
  }));

describe('pictures', () => {
  test.each([
    { name: 'running', run: RECORDED.slice(0, 180), width: 1400, view: 'Graph', agent: 'a12' },
    { name: 'ended', run: RECORDED, width: 1400, view: 'Graph', agent: 'a8' },
    { name: 'table', run: RECORDED.slice(0, 180), width: 1400, view: 'Table', agent: null },
    { name: 'changes', run: RECORDED, width: 1400, view: 'Changes', agent: null },
    { name: 'refused', run: SMALL_RUN, width: 1400, view: 'Graph', agent: 'a3' },
    { name: 'interrupted', run: SMALL_RUN.slice(0, 15), width: 900, view: 'Graph', agent: null },
    { name: 'narrow', run: RECORDED.slice(0, 180), width: 400, view: 'Graph', agent: null },
  ])('$name', async ({ name, run, width, view, agent }) => {
    for (const theme of ['light', 'dark', 'high-contrast'] as const) {
      await browser.withPage({ theme, width }, async (webview) => {
        await webview.snapshot(run, name !== 'interrupted');
        await webview.tab(view);
        if (agent !== null) {
          await webview.card(agent).click();
          await webview.inspector.waitFor();
        }
        await webview.picture(`${theme}-${name}`);
      });
    }
  });
});
