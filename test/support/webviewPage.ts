import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { root } from '../../scripts/lib/paths.mjs';
import { fold } from '../../src/projection/reduce.ts';
import { eventsOf, RUN_ID } from '../../src/projection/runLog.fake.ts';
import { initialState, snapshotOf, type RunState } from '../../src/projection/state.ts';
import type { EventBody } from '../../src/protocol/messages.ts';
import { viewMessage, type HostMessage, type ViewMessage } from '../../src/protocol/wire.ts';
import { ensureChromium } from './systemPackages.ts';
import { startWebviewServer } from './webviewServer.ts';

export interface WebviewBrowser {
  /** A page of its own for `body`; it must end without an error on its console and without a refused policy. */
  withPage(options: PageOptions, body: (webview: Webview) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

interface PageOptions {
  /** Default: that of a run. */
  readonly of?: 'run' | 'session';
  readonly theme?: 'dark' | 'light' | 'high-contrast';
  readonly width?: number;
  readonly height?: number;
  readonly reducedMotion?: boolean;
  /** Instead of the test the page's own player speaks for the host: how it plays, as a query. */
  readonly play?: string;
}

/** One browser and one server, for all tests of a file. */
export async function openWebviewBrowser(): Promise<WebviewBrowser> {
  const server = await startWebviewServer();
  const browser = await chromium.launch({
    executablePath: await ensureChromium(),
    // Chromium's sandbox refuses to run as root.
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      '--disable-gpu',
      '--disable-background-networking',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  });
  return {
    withPage: (options, body) => withPage(browser, server.url, options, body),
    close: async () => {
      await browser.close();
      await server.close();
    },
  };
}

async function withPage(
  browser: Browser,
  url: string,
  { of = 'run', theme = 'dark', width = 1400, height = 900, reducedMotion = false, play }: PageOptions,
  body: (webview: Webview) => Promise<void>,
): Promise<void> {
  const page = await browser.newPage({
    viewport: { width, height },
    reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
  });
  try {
    const complaints: string[] = [];
    page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${url}${of === 'run' ? '' : 'session.html'}?${play ?? 'host=test'}&theme=${theme}`);
    await body(new Webview(page));
    if (complaints.length > 0) throw new Error(`The page complained:\n${complaints.join('\n')}`);
  } finally {
    await page.close();
  }
}

/** The webview, with the test in the host's place. */
export class Webview {
  readonly page: Page;
  #state: RunState = initialState(RUN_ID);

  constructor(page: Page) {
    this.page = page;
  }

  /** The state that the host would have by now. */
  get state(): RunState {
    return this.#state;
  }

  async post(message: HostMessage<RunState>): Promise<void> {
    await this.page.evaluate(`window.dev.post(${JSON.stringify(message)})`);
  }

  /** Events happen, and the host tells of all of them at once. */
  async snapshot(bodies: readonly EventBody[], alive = true): Promise<void> {
    this.happen(bodies);
    await this.post({ type: 'snapshot', snapshot: snapshotOf(this.#state), alive });
  }

  /** Events happen, and the host sends them as one batch. */
  async events(bodies: readonly EventBody[]): Promise<void> {
    await this.post({ type: 'events', runId: RUN_ID, events: this.happen(bodies) });
  }

  /** Events happen, and the webview hears nothing of them. */
  happen(bodies: readonly EventBody[]) {
    const events = eventsOf(bodies, this.#state.seq);
    this.#state = fold(this.#state, events);
    return events;
  }

  /** All that the webview has said, parsed as strictly as the host does. */
  async sent(): Promise<readonly ViewMessage[]> {
    const sent: unknown = await this.page.evaluate('window.dev.sent');
    return Array.isArray(sent) ? sent.map((message) => viewMessage.parse(message)) : [];
  }

  async memory(): Promise<unknown> {
    return this.page.evaluate('window.dev.memory');
  }

  /** An agent's card in the graph. */
  card(agentId: string) {
    return this.page.locator(`.react-flow__node[data-id="agent:${agentId}"]`);
  }

  row(agentId: string) {
    return this.page.locator(`tr[data-agent="${agentId}"]`);
  }

  get inspector() {
    return this.page.locator('.inspector');
  }

  async tab(name: string): Promise<void> {
    await this.page.getByRole('tab', { name }).click();
  }

  /** A picture in test-output/webview/, to be looked at. */
  async picture(name: string): Promise<void> {
    await takePicture(this.page, name);
  }
}

export async function takePicture(page: Page, name: string): Promise<void> {
  const folder = join(root, 'test-output', 'webview');
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
