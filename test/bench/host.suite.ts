import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageVsix } from '../../scripts/lib/vsix.mjs';
import setup from '../support/vscodeHost/globalSetup.ts';
import { withWorkbench } from '../support/vscodeHost/withWorkbench.ts';
import type { Workbench } from '../support/vscodeHost/workbench.ts';
import type { Suite } from './suite.ts';

const ROOT = join(import.meta.dirname, '../..');
/** The middle one of so many counts: a single one may fall into a moment when the machine is busy. */
const TIMES = 5;

/** What the extension costs a person who never runs a workflow: time at the start of the editor, and bytes. */
export const suite: Suite = {
  limits: { activationMs: 80, mainBundleKb: 400, vsixMb: 4 },
  run: async (say) => {
    say('Installing the package in a real VS Code…');
    await setup();
    const folder = await mkdtemp(join(tmpdir(), 'dynamic-workflows-bench-'));
    try {
      const vsix = join(folder, 'bench.vsix');
      const bytes = await packageVsix(vsix);
      return {
        activationMs: await middle(() => installedActivationMs(vsix)),
        activationMs_atStart: await middle(startActivationMs),
        mainBundleKb: Math.round((await staticBytes('extension.js')) / 1024),
        vsixMb: Number((bytes / 1e6).toFixed(2)),
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function middle(measure: () => Promise<number>): Promise<number> {
  const figures: number[] = [];
  for (let time = 0; time < TIMES; time += 1) figures.push(await measure());
  return figures.sort((a, b) => a - b)[Math.floor(TIMES / 2)] ?? Number.NaN;
}

/**
 * Own time: installed into an editor that has started, our code is loaded and activated on a thread that has nothing
 * else to do.
 */
async function installedActivationMs(vsix: string): Promise<number> {
  return withWorkbench({ name: 'bench-install', bare: true }, async (workbench) => {
    const { page } = workbench;
    await workbench.runCommand('Extensions: Install from VSIX...');
    // The palette is the same widget; the dialog writes the home folder into its box once it has read that.
    const row = (text: RegExp) => page.locator('.quick-input-list .monaco-list-row', { hasText: text });
    await row(/^\.\.$/).waitFor();
    await page.locator('.quick-input-box input').fill(vsix);
    await row(/^bench\.vsix$/).waitFor();
    await page.keyboard.press('Enter');
    await workbench.toast('Completed installing');
    return activationMs(workbench);
  });
}

/**
 * At the start of an editor its own extensions start on the same thread in the same moment. Loading waits in between
 * for files, so that this time holds their work too: it is what a person waits, and no figure of ours alone.
 */
async function startActivationMs(): Promise<number> {
  return withWorkbench({ name: 'bench-activation' }, async (workbench) => {
    await workbench.runCommand('Workflows: About Dynamic Workflows');
    await workbench.toast('Dynamic Workflows');
    return activationMs(workbench);
  });
}

/** The editor's own measure, as its list of running extensions shows it: loading our code and `activate`. */
async function activationMs(workbench: Workbench): Promise<number> {
  await workbench.runCommand('Developer: Show Running Extensions');
  const row = workbench.page.locator('.runtime-extensions-editor .monaco-list-row', { hasText: 'Dynamic Workflows' });
  const shown = await row.locator('.activation-time').innerText();
  const ms = /(\d+)\s*ms/.exec(shown)?.[1];
  if (ms === undefined) throw new Error(`The editor shows no activation time: "${shown}"`);
  return Number(ms);
}

/** Bytes of a bundle and of what it imports at once; what it imports later does not load with it. */
async function staticBytes(name: string, seen = new Set<string>()): Promise<number> {
  if (seen.has(name)) return 0;
  seen.add(name);
  const file = join(ROOT, 'dist', name);
  let bytes = (await stat(file)).size;
  for (const [, imported = ''] of (await readFile(file, 'utf8')).matchAll(
    /^(?:import|export)\b[^;]*?"\.\/([^"]+)";$/gm,
  )) {
    bytes += await staticBytes(imported, seen);
  }
  return bytes;
}
