import type { Page } from 'playwright-core';
import { eventsOf, RUN_ID } from '../../src/projection/runLog.fake.ts';
import { opened } from '../../src/projection/sessionLog.fake.ts';
import { foldSession, initialSession, type SessionState } from '../../src/projection/session.ts';
import type { RunCard } from '../../src/projection/runCard.ts';
import type { EventBody } from '../../src/protocol/messages.ts';
import {
  sessionViewMessage,
  type SessionHostMessage,
  type SessionViewMessage,
  type SlashEntry,
} from '../../src/protocol/sessionWire.ts';
import type { WebviewBrowser } from './webviewPage.ts';

/** The page of a session, with the test in the host's place. */
export class SessionPageStage {
  readonly page: Page;
  #state: SessionState = initialSession(RUN_ID);

  constructor(page: Page) {
    this.page = page;
  }

  async post(message: SessionHostMessage<SessionState, RunCard>): Promise<void> {
    await this.page.evaluate(`window.dev.post(${JSON.stringify(message)})`);
  }

  /** Events happen, and the host tells of all of them at once. */
  async snapshot(bodies: readonly EventBody[], streamed = ''): Promise<void> {
    this.happen(bodies);
    const { seq } = this.#state;
    await this.post({ type: 'snapshot', snapshot: { runId: RUN_ID, seq, state: this.#state }, streamed });
  }

  /** Events happen, and the host sends them as one batch. */
  async events(bodies: readonly EventBody[]): Promise<void> {
    await this.post({ type: 'events', runId: RUN_ID, events: this.happen(bodies) });
  }

  /** Events happen, and the page hears nothing of them. */
  happen(bodies: readonly EventBody[]) {
    const events = eventsOf(bodies, this.#state.seq);
    this.#state = foldSession(this.#state, events);
    return events;
  }

  /** All that the page has said but that it is ready, parsed as strictly as the host does. */
  async sent(): Promise<readonly SessionViewMessage[]> {
    const sent: unknown = await this.page.evaluate('window.dev.sent');
    const parsed = Array.isArray(sent) ? sent.map((message) => sessionViewMessage.parse(message)) : [];
    return parsed.filter(({ type }) => type !== 'ready');
  }

  get box() {
    return this.page.getByRole('textbox', { name: 'What is to be done' });
  }

  get marks() {
    return this.page.locator('.composer mark');
  }
}

const COMMANDS: readonly SlashEntry[] = [
  { name: 'help', usage: '/help', about: 'lists these' },
  { name: 'goal', usage: '/goal <condition> | clear', about: 'goes on until the condition is met' },
  { name: 'greet', usage: '/greet [args]', about: 'Greets somebody.' },
];

type Options = Omit<Parameters<WebviewBrowser['withPage']>[0], 'of'>;

export type WithSession = (
  bodies: readonly EventBody[],
  body: (stage: SessionPageStage) => Promise<void>,
  options?: Options,
) => Promise<void>;

/** A page that shows a session of these events, and takes commands. */
export function sessionOn(browser: WebviewBrowser, ...[bodies, body, options]: Parameters<WithSession>): Promise<void> {
  return browser.withPage({ width: 400, ...options, of: 'session' }, async ({ page }) => {
    const stage = new SessionPageStage(page);
    await stage.post({ type: 'setup', commands: COMMANDS, keyword: true });
    await stage.snapshot([...opened(), ...bodies]);
    await stage.box.waitFor();
    await body(stage);
  });
}
