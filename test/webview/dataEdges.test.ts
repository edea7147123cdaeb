import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EventBody } from '../../src/protocol/messages.ts';
import { done, queued, runStarted, started } from '../../src/projection/runLog.fake.ts';
import { openWebviewBrowser, type Webview, type WebviewBrowser } from '../support/webviewPage.ts';

let browser: WebviewBrowser;
beforeAll(async () => {
  browser = await openWebviewBrowser();
});
afterAll(() => browser.close());

const finished = (id: string, phase: string, more: Parameters<typeof queued>[2] = {}): readonly EventBody[] => [
  queued(id, phase, more),
  started(id),
  done(id),
];

/** Three who find, two stages of a pipeline on each, and one who sums up and also has an answer that one of them had. */
const PIPELINE: readonly EventBody[] = [
  runStarted(),
  ...['a0', 'a1', 'a2'].flatMap((id, item) =>
    finished(id, 'Find', { group: { id: 1, kind: 'pipeline', item, stage: 0 } }),
  ),
  ...['b0', 'b1', 'b2'].flatMap((id, item) =>
    finished(id, 'Fix', { from: [`a${item}`], group: { id: 1, kind: 'pipeline', item, stage: 1 } }),
  ),
  ...finished('c', 'Review', { from: ['b0', 'b1', 'b2', 'a0'] }),
];

const MANY = Array.from({ length: 120 }, (_, n) => `a${n}`);
const FAN_IN: readonly EventBody[] = [
  runStarted(),
  ...MANY.flatMap((id) => finished(id, 'Find')),
  ...finished('b', 'Fix', { from: MANY }),
  ...finished('c', 'Review', { from: ['b'] }),
];

function edges(webview: Webview, kind: string): Promise<number> {
  return webview.page.locator(`.react-flow__edge.${kind}`).count();
}

describe('X09 the page draws which answers flow where', () => {
  test.each(['dark', 'light', 'high-contrast'] as const)('a line each, in %s', (theme) =>
    browser.withPage({ theme }, async (webview) => {
      await webview.snapshot(PIPELINE);
      await webview.card('c').waitFor();
      // What has come by way of another already has no line of its own, until it is selected.
      expect(await edges(webview, 'edge-data')).toBe(6);
      expect(await edges(webview, 'way-stage')).toBe(3);
      expect(await edges(webview, 'way-barrier')).toBe(3);
      await webview.picture(`data-edges-${theme}`);
      await webview.card('b1').click();
      await webview.inspector.getByText('Works on').waitFor();
      expect(await edges(webview, 'edge-data.is-selected')).toBe(2);
      await webview.picture(`data-edges-selected-${theme}`);
      await webview.card('c').click();
      await expect.poll(() => edges(webview, 'edge-data.is-selected')).toBe(4);
    }),
  );

  test('an agent leads to those whose answers it got', () =>
    browser.withPage({}, async (webview) => {
      await webview.snapshot(PIPELINE);
      await webview.card('c').click();
      await webview.inspector.getByRole('button', { name: 'label of a0' }).click();
      await webview.inspector.getByRole('heading', { name: 'label of a0' }).waitFor();
    }));

  test.each(['dark', 'light', 'high-contrast'] as const)('many lines as one, with their number, in %s', (theme) =>
    browser.withPage({ theme }, async (webview) => {
      await webview.snapshot(FAN_IN);
      await webview.page.locator('.edge-bundle').waitFor();
      expect(await webview.page.locator('.edge-bundle').textContent()).toBe('120');
      await webview.picture(`data-bundle-${theme}`);
      await webview.card('a0').click();
      await webview.inspector.waitFor();
      expect(await edges(webview, 'edge-data.is-selected')).toBe(1);
      await webview.picture(`data-bundle-selected-${theme}`);
    }),
  );
});

test('W26 agents that an agent started stand below it in the table, and a line leads to them', () =>
  browser.withPage({}, async (webview) => {
    const child = queued('a3', 'Find', { parent: 'a1' });
    await webview.snapshot([runStarted(), queued('a1', 'Find'), queued('a2', 'Find'), child]);
    await webview.card('a3').click();
    await webview.inspector.getByText('Started by').waitFor();
    expect(await edges(webview, 'edge-starts.is-selected')).toBe(1);
    await webview.tab('Table');
    const rows = webview.page.locator('tbody tr');
    expect(await attributes(rows, 'data-agent')).toEqual(['a1', 'a3', 'a2']);
    expect(await attributes(rows.locator('th'), 'data-depth')).toEqual(['0', '1', '0']);
  }));

async function attributes(elements: Locator, name: string): Promise<readonly (string | null)[]> {
  return Promise.all((await elements.all()).map((element) => element.getAttribute(name)));
}
