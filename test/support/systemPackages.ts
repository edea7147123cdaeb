import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { capture, type Start } from '../../scripts/lib/children.mjs';
import { withLock } from '../../scripts/lib/lock.mjs';
import { cacheFolder } from '../../scripts/lib/paths.mjs';

const browsers = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The path of a Chromium or Chrome, which apt installs first where it may. */
export async function ensureChromium(): Promise<string> {
  return ensure(browsers, 'chromium');
}

/** The path of git, which apt installs first where it may. */
export async function ensureGit(): Promise<string> {
  return ensure(['git'], 'git');
}

/**
 * What the shell sandbox needs on Linux, which apt installs first where it may. Where it may not, the tests of the
 * sandbox are skipped and say so.
 */
export async function ensureSandbox(): Promise<void> {
  if (process.platform !== 'linux') return;
  try {
    await ensure(['bwrap'], 'bubblewrap');
    await ensure(['socat'], 'socat');
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)} Without it they are skipped.\n`);
  }
}

/** Finds one of `names`, or installs `debianPackage`, which brings the first of them. */
async function ensure(names: readonly string[], debianPackage: string): Promise<string> {
  const there = find(names);
  if (there !== undefined) return there;
  if (!canUseApt())
    throw new Error(
      `The tests need ${debianPackage}. Install it so that one of these commands is on the PATH: ${names.join(', ')}.`,
    );
  // Two at once would fail on apt's own lock.
  await withLock(join(cacheFolder(), 'apt.lock'), (share) => installByApt(debianPackage, share));
  const installed = find(names);
  if (installed === undefined)
    throw new Error(`apt installed ${debianPackage}, but none of these is on the PATH: ${names.join(', ')}.`);
  return installed;
}

async function installByApt(debianPackage: string, onStart: (pid: number) => void): Promise<void> {
  process.stderr.write(`Installing ${debianPackage} by apt (up to a minute)…\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await apt(['update'], { env, onStart });
  await apt(['install', '--yes', '--no-install-recommends', debianPackage], { env, onStart });
}

async function apt(args: readonly string[], options: Start): Promise<void> {
  const ran = await capture('apt-get', ['-q', ...args], options);
  if (ran.code !== 0) throw new Error(`apt-get ${args.join(' ')} failed. It said:\n${ran.output}`);
}

function canUseApt(): boolean {
  return process.getuid?.() === 0 && find(['apt-get']) !== undefined;
}

function find(names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((file) => existsSync(file));
}
