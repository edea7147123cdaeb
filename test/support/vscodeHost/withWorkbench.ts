import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { root } from '../../../scripts/lib/paths.mjs';
import { startHost, type HostOptions } from './host.ts';
import { ensureChromium } from '../systemPackages.ts';
import { Workbench } from './workbench.ts';

export interface WorkbenchOptions extends Omit<HostOptions, 'logFile'> {
  /** Names the files in test-output/vscode/: `NAME.png`, `NAME-window2.png` if there was one, `NAME.log`. */
  readonly name: string;
  /** The folder that is opened. */
  readonly folder?: string;
  /** Extensions get the API that is only proposed, as far as they ask for it; ours asks for none. */
  readonly proposedApi?: boolean;
}

/**
 * Lends a window of a real VS Code that has our extension installed and nothing else. Afterwards there is a picture
 * of how it and those beside it looked at the end, also of a failure, and no process is left.
 */
export async function withWorkbench<T>(
  options: WorkbenchOptions,
  body: (workbench: Workbench) => Promise<T>,
): Promise<T> {
  const output = join(root, 'test-output', 'vscode');
  mkdirSync(output, { recursive: true });
  const host = await startHost({ ...options, logFile: join(output, `${options.name}.log`) });
  try {
    const browser = await launchBrowser();
    try {
      // A context of its own, so that a page of it can open another one beside it.
      const context = await browser.newContext({
        viewport: { width: 1400, height: 900 },
        // The editor packs its 19 MB anew for each window, which takes longer than to hand them over.
        extraHTTPHeaders: { 'Accept-Encoding': 'identity' },
        permissions: ['clipboard-read', 'clipboard-write'],
      });
      const page = await context.newPage();
      const workbench = new Workbench(page);
      try {
        await workbench.open(host.url, options.folder, options.proposedApi);
        return await body(workbench);
      } finally {
        for (const [index, window] of context.pages().entries())
          await window.screenshot({
            path: join(output, `${options.name}${index === 0 ? '' : `-window${index + 1}`}.png`),
          });
      }
    } finally {
      await browser.close();
    }
  } finally {
    await host.stop();
  }
}

/** The caller closes it. It reaches the editor and nothing else. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await ensureChromium(),
    // Chromium's sandbox refuses to run as root.
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  });
}
