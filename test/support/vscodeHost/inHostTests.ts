import { createWriteStream, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'node:util';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import * as z from 'zod';
import { root } from '../../../scripts/lib/paths.mjs';
import { startHost, type VscodeHost } from './host.ts';
import { launchBrowser } from './withWorkbench.ts';

/** One Mocha test as it ended. */
const testResult = z.object({
  title: z.string(),
  state: z.enum(['passed', 'failed', 'pending']),
  ms: z.number(),
  /** Of a failed one: message and stack. */
  error: z.string().nullable(),
});
const report = z.object({ ended: z.boolean(), results: z.array(testResult) });

/** What the suites write while they run; `ended` once Mocha has come to its end. */
export type InHostReport = z.infer<typeof report>;

export interface InHostOutcome {
  readonly results: InHostReport['results'];
  /** Why the run as a whole cannot be trusted, whatever its results say; null when it can. */
  readonly problem: string | null;
}

export interface InHostOptions {
  /** Names the log files in test-output/vscode/. */
  readonly name: string;
  /** The bundle, see {@link bundleInHostTests}. */
  readonly tests: string;
  /** Opened as the workspace. */
  readonly folder: string;
  /** Where the suites write their report. */
  readonly report: string;
  /** Of the extension host. */
  readonly env: Readonly<Record<string, string>>;
}

const limitMs = 360_000;

/** Bundles the suites, with packages left to be found in node_modules; returns the file that the editor loads. */
export async function bundleInHostTests(entry: string): Promise<string> {
  // The ending tells an extension host of any age that this is an ES module.
  const outfile = join(root, 'test-output', 'vscode-in-host', 'main.mjs');
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node22',
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  return outfile;
}

/** Runs a bundle of Mocha suites inside the extension host of a real editor. */
export async function runInHost(options: InHostOptions): Promise<InHostOutcome> {
  const output = join(root, 'test-output', 'vscode');
  mkdirSync(output, { recursive: true });
  const host = await startHost({
    env: options.env,
    logFile: join(output, `${options.name}.log`),
    runsTests: true,
    neighbours: [fileURLToPath(new URL('scriptedModels', import.meta.url))],
  });
  try {
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
      const code = await exitCode(page, host, options, join(output, `${options.name}-console.log`));
      return readOutcome(code, options.report);
    } finally {
      await browser.close();
    }
  } finally {
    await host.stop();
  }
}

/**
 * The workbench tells the end of its tests, and what it logs, by two functions of the page that a test driver gives
 * it. Null when it told no end in time.
 */
async function exitCode(page: Page, host: VscodeHost, options: InHostOptions, logFile: string): Promise<number | null> {
  const log = createWriteStream(logFile);
  try {
    return await new Promise<number | null>((resolve, reject) => {
      const timer = setTimeout(() => resolve(null), limitMs);
      page.on('close', () => clearTimeout(timer));
      page.on('crash', () => resolve(null));
      open().catch(reject);

      async function open(): Promise<void> {
        await page.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) => {
          log.write(`${type}: ${format(...args)}\n`);
        });
        await page.exposeFunction('codeAutomationExit', resolve);
        await page.goto(addressOf(host, options));
      }
    });
  } finally {
    log.end();
  }
}

function addressOf(host: VscodeHost, { folder, tests }: InHostOptions): string {
  const remote = (path: string): string => `vscode-remote://${new URL(host.url).host}${path}`;
  const payload = [
    ['skipWelcome', 'true'],
    ['extensionDevelopmentPath', remote(host.extension)],
    ['extensionTestsPath', remote(tests)],
  ];
  return `${host.url}/?${new URLSearchParams({ folder, payload: JSON.stringify(payload) }).toString()}`;
}

/** What the suites wrote, and whether it is all. `code` is what the editor ended them with; null: it did not end. */
export function readOutcome(code: number | null, file: string): InHostOutcome {
  const end = code === null ? 'the editor crashed, or took too long' : `the editor ended with ${code}`;
  if (!existsSync(file)) return { results: [], problem: `No test ran: ${end}.` };
  const { ended, results } = report.parse(JSON.parse(readFileSync(file, 'utf8')));
  const failed = results.some(({ state }) => state === 'failed');
  if (!ended) return { results, problem: `The suites were cut short after ${results.length} tests: ${end}.` };
  if (results.length === 0) return { results, problem: 'The suites hold no test.' };
  if (code !== 0 && !failed) return { results, problem: `All tests passed, but ${end}.` };
  return { results, problem: null };
}
