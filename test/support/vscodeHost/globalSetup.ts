import { ensureBuilt } from '../../../scripts/lib/dist.mjs';
import { installCodeServer } from './install.ts';
import { ensureChromium, ensureGit } from '../systemPackages.ts';

/** Before the first test in VS Code: the editor, a browser as its window, git, and our own bundles. */
export default async function setup(): Promise<void> {
  await ensureBuilt();
  await Promise.all([installCodeServer(), ensureSystemPackages()]);
}

async function ensureSystemPackages(): Promise<void> {
  await ensureChromium();
  await ensureGit();
}
