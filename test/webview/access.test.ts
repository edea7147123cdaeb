import axe from 'axe-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SMALL_RUN } from '../../src/projection/runLog.fake.ts';
import { openWebviewBrowser, type Webview, type WebviewBrowser } from '../support/webviewPage.ts';

let browser: WebviewBrowser;
beforeAll(async () => {
  browser = await openWebviewBrowser();
});
afterAll(() => browser.close());

const FOCUSED = `(() => {
  const { activeElement: it } = document;
  return it.getAttribute('aria-label') ?? it.textContent.trim();
})()`;

async function press(webview: Webview, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await webview.page.keyboard.press(key);
}

/** Where Tab leads from the start of the page, until it leaves it. */
async function stops(webview: Webview): Promise<readonly string[]> {
  const found: string[] = [];
  for (;;) {
    await press(webview, 'Tab');
    const stop = String(await webview.page.evaluate(`document.activeElement === document.body ? '' : ${FOCUSED}`));
    if (stop === '' || found.length > 40) return found;
    found.push(stop);
  }
}

describe('the keyboard', () => {
  test('reaches everything in the order in which it is seen', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(SMALL_RUN);
      await webview.card('a3').click();
      await webview.inspector.waitFor();
      await webview.page.evaluate(`(() => {
        const start = document.querySelector('h1');
        start.tabIndex = -1;
        start.focus();
      })()`);
      expect(await stops(webview)).toEqual([
        'Resume',
        'Open script',
        'Graph',
        expect.stringContaining('Graph of the run'),
        'Zoom in',
        'Zoom out',
        'Show the whole graph',
        'Close',
        'Open transcript',
        'Open changes',
        'Do it.',
        'answer of a3',
      ]);
    }));

  test('walks the graph with arrows, opens with Enter, closes with Escape and is back where it was', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(SMALL_RUN);
      const graph = webview.page.getByRole('application', { name: /Graph of the run/ });
      await graph.focus();
      const active = (): Promise<string | null> => graph.getAttribute('aria-activedescendant');
      expect(await active()).toBe('node-agent:a1');
      await press(webview, 'ArrowRight', 'ArrowDown');
      expect(await active()).toBe('node-agent:a3');
      expect(await webview.page.locator('[id="node-agent:a3"] .card.is-active').count()).toBe(1);
      await press(webview, 'Enter');
      await webview.inspector.getByRole('heading', { name: 'fix dates' }).waitFor();
      await press(webview, 'ArrowRight', ' ');
      await webview.inspector.getByRole('heading', { name: 'correctness: dates' }).waitFor();
      await press(webview, 'Escape');
      await webview.inspector.waitFor({ state: 'detached' });
      expect(String(await webview.page.evaluate(FOCUSED))).toContain('Graph of the run');
    }));

  test('goes from view to view with arrows, and through the table with Tab', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(SMALL_RUN);
      await webview.page.getByRole('tab', { name: 'Graph' }).focus();
      await press(webview, 'ArrowRight');
      expect(await webview.page.evaluate(FOCUSED)).toBe('Table');
      await press(webview, 'Tab', 'Tab', 'Enter');
      await webview.inspector.getByRole('heading', { name: 'fix money' }).waitFor();
      await webview.page.getByRole('tab', { name: 'Table' }).focus();
      await press(webview, 'ArrowLeft', 'ArrowLeft');
      expect(await webview.page.getByRole('tab', { name: 'Log' }).getAttribute('aria-selected')).toBe('true');
    }));

  test('sees where it is', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(SMALL_RUN);
      await webview.page.getByRole('tab', { name: 'Graph' }).focus();
      await press(webview, 'Tab', 'ArrowDown', 'Tab');
      expect(
        await webview.page.evaluate(
          `getComputedStyle(document.activeElement.shadowRoot.querySelector('button')).outlineStyle`,
        ),
      ).toBe('solid');
      await press(webview, 'Shift+Tab');
      expect(
        await webview.page.evaluate(`getComputedStyle(document.querySelector('.card.is-active')).outlineStyle`),
      ).toBe('solid');
      await press(webview, 'Shift+Tab');
      expect(await webview.page.evaluate(`getComputedStyle(document.activeElement).outlineStyle`)).toBe('solid');
    }));
});

test('the table says what the graph says', () =>
  browser.withPage({}, async (webview) => {
    await webview.snapshot(SMALL_RUN.slice(0, -1));
    await webview.card('a6').waitFor();
    const graph = await webview.page.evaluate(`[...document.querySelectorAll('.react-flow__node-agent')].map((node) => {
      const [label, state] = node.querySelectorAll('.card-label');
      const figures = node.querySelector('.card-figures').textContent;
      return [node.dataset.id.slice('agent:'.length), label.textContent, state.textContent, figures].join(' | ');
    })`);
    await webview.tab('Table');
    await webview.row('a6').waitFor();
    const table = await webview.page.evaluate(`[...document.querySelectorAll('tbody tr')].map((row) => {
      const cells = [...row.cells].map((cell) => cell.textContent.trim());
      return [row.dataset.agent, cells[0], cells[3], [cells[5], cells[6]].filter(Boolean).join(' · ')].join(' | ');
    })`);
    expect(table).toEqual(graph);
    expect(table).toHaveLength(6);
    expect(
      await webview.page.getByRole('table', { name: 'Agents of the run' }).getByRole('columnheader').allInnerTexts(),
    ).toEqual(['Agent', 'Kind', 'Phase', 'State', 'About', 'Tokens', 'Cost', 'Time']);
  }));

describe.each(['dark', 'light', 'high-contrast'] as const)('in the %s theme', (theme) => {
  test.each(['Graph', 'Table', 'Changes', 'Log'])('%s has no serious violation', (view) =>
    browser.withPage({ theme }, async (webview) => {
      await webview.snapshot(SMALL_RUN.slice(0, view === 'Graph' ? 32 : undefined));
      await webview.tab(view);
      if (view === 'Graph') await webview.card('a3').click();
      if (view === 'Table') await webview.row('a3').getByRole('button').click();
      await webview.page.evaluate(axe.source);
      const { violations } = await webview.page.evaluate<axe.AxeResults>('axe.run()');
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n')}`)).toEqual([]);
    }),
  );
});

describe('motion', () => {
  test.each([
    { reducedMotion: false, animation: 'spin' },
    { reducedMotion: true, animation: 'none' },
  ])('reduced: $reducedMotion', ({ reducedMotion, animation }) =>
    browser.withPage({ reducedMotion }, async (webview) => {
      await webview.snapshot(SMALL_RUN.slice(0, 5));
      await webview.card('a1').waitFor();
      expect(await webview.page.evaluate(`getComputedStyle(document.querySelector('.card .spin')).animationName`)).toBe(
        animation,
      );
    }),
  );
});
