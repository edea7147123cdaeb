import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageVsix } from '../../scripts/lib/vsix.mjs';
import setup from '../support/vscodeHost/globalSetup.ts';
import { withWorkbench } from '../support/vscodeHost/withWorkbench.ts';
import type { Suite } from './suite.ts';

const ROOT = join(import.meta.dirname, '../..');
/** The middle one of so many starts counts: a single one may fall into a moment when the machine is busy. */
const STARTS = 5;

/** What the extension costs a person who never runs a workflow: time at the start of the editor, and bytes. */
export const suite: Suite = {
  limits: { activationMs: 80, mainBundleKb: 400, vsixMb: 4 },
  run: async (say) => {
    say('Installing the package in a real VS Code…');
    await setup();
    const times: number[] = [];
    for (let start = 0; start < STARTS; start += 1) times.push(await activationMs());
    return {
      activationMs: times.sort((a, b) => a - b)[Math.floor(STARTS / 2)] ?? Number.NaN,
      mainBundleKb: Math.round((await staticBytes('extension.js')) / 1024),
      vsixMb: Number(((await vsixBytes()) / 1e6).toFixed(2)),
    };
  },
};

/** The editor's own measure, as its list of running extensions shows it: loading our code and `activate`. */
async function activationMs(): Promise<number> {
  return withWorkbench({ name: 'bench-activation' }, async (workbench) => {
    await workbench.runCommand('Workflows: About Dynamic Workflows');
    await workbench.toast('Dynamic Workflows');
    await workbench.runCommand('Developer: Show Running Extensions');
    const row = workbench.page.locator('.runtime-extensions-editor .monaco-list-row', { hasText: 'Dynamic Workflows' });
    const shown = await row.locator('.activation-time').innerText();
    const ms = /(\d+)\s*ms/.exec(shown)?.[1];
    if (ms === undefined) throw new Error(`The editor shows no activation time: "${shown}"`);
    return Number(ms);
  });
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

async function vsixBytes(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'dynamic-workflows-bench-'));
  try {
    return await packageVsix(join(folder, 'bench.vsix'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
