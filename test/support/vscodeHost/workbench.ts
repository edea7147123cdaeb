import type { Frame, Locator, Page } from 'playwright-core';

const appearMs = 30_000;

/** What a person does in the editor's window. Each step waits for what it needs to see. */
export class Workbench {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Opens the editor on a folder, or on none, and waits for its frame. */
  async open(url: string, folder?: string, proposedApi = false): Promise<void> {
    const query = new URLSearchParams(folder === undefined ? { ew: 'true' } : { folder });
    const payload = [['skipWelcome', 'true'], ...(proposedApi ? [['enableProposedApi', 'true']] : [])];
    query.set('payload', JSON.stringify(payload));
    await this.#load(`${url}/?${query.toString()}`);
  }

  /** A second window on what this one shows, as one gets by opening its address once more: same browser, same profile. */
  async another(): Promise<Workbench> {
    const other = new Workbench(await this.page.context().newPage());
    await other.#load(this.page.url());
    return other;
  }

  /**
   * The palette's row for a command, with `title` typed into it. The palette lists what is registered at the moment
   * it opens and closes when the focus moves, as it does while the editor starts: so it is opened again until it
   * shows the row, at first soon.
   */
  async findCommand(title: string): Promise<Locator> {
    const row = this.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: title }).first();
    let patienceMs = 300;
    await untilDone(
      async () => {
        patienceMs = Math.min(2 * patienceMs, 2500);
        await this.page.keyboard.press('F1');
        const input = this.page.locator('.quick-input-widget .quick-input-box input');
        await input.fill(`>${title}`, { timeout: 2000 });
        await row.waitFor({ timeout: patienceMs });
      },
      () => this.page.keyboard.press('Escape'),
    );
    return row;
  }

  /** Runs a command by its full title, `Category: Title`. */
  async runCommand(title: string): Promise<void> {
    await untilDone(async () => (await this.findCommand(title)).click({ timeout: 2500 }));
  }

  /** The notification with this text. */
  async toast(text: string): Promise<Locator> {
    const toast = this.page.locator('.notification-toast').filter({ hasText: text }).first();
    await toast.waitFor({ timeout: appearMs });
    return toast;
  }

  /**
   * Lets as much time go by as a person needs at least to read a notification. The editor keeps the fourth one within
   * 800 ms to itself (`SPAM_PROTECTION` in its `notificationsToasts.ts`), and a test acts faster than that.
   */
  async readNotifications(): Promise<void> {
    await this.page.waitForTimeout(800);
  }

  /** The document of the webview that shows this text: the extension's HTML is two frames down. */
  async webview(text: string): Promise<Frame> {
    return untilDone(
      async () => {
        for (const frame of this.page.frames()) if (await shows(frame, text)) return frame;
        throw new Error(`No webview shows "${text}".`);
      },
      () => this.page.waitForEvent('framenavigated', { timeout: 250 }).catch(() => undefined),
    );
  }

  async #load(address: string): Promise<void> {
    await this.page.goto(address);
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: 2 * appearMs });
  }
}

async function shows(frame: Frame, text: string): Promise<boolean> {
  try {
    const element = await frame.frameElement();
    if ((await element.getAttribute('id')) !== 'active-frame') return false;
    return (await frame.locator('body').innerText({ timeout: 500 })).includes(text);
  } catch {
    // The top frame has no element, and a frame may go while it is looked at.
    return false;
  }
}

/** Tries again until it works; the last failure counts when the time is up. */
async function untilDone<T>(
  attempt: () => Promise<T>,
  beforeRetry: () => Promise<unknown> = () => Promise.resolve(),
): Promise<T> {
  const end = Date.now() + appearMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
      await beforeRetry();
    }
  }
}
