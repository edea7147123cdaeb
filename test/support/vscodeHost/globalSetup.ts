import { installPackagedExtension } from './extensionCopy.ts';
import { installCodeServer } from './install.ts';
import { ensureChromium, ensureGit } from '../systemPackages.ts';

/** Before the first test in VS Code: the editor, a browser as its window, git, and our own package. */
export default async function setup(): Promise<() => void> {
  await Promise.all([installCodeServer(), ensureSystemPackages()]);
  return installPackagedExtension();
}

async function ensureSystemPackages(): Promise<void> {
  await ensureChromium();
  await ensureGit();
}
