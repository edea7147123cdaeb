import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { capture } from '../../../scripts/lib/children.mjs';
import { withLock } from '../../../scripts/lib/lock.mjs';
import { cacheFolder } from '../../../scripts/lib/paths.mjs';

/** code-server carries the real workbench and the real Node extension host; this one is VS Code 1.139.1. */
const version = '4.139.1';

const home = join(cacheFolder(), 'vscode-host', version);

/** The script that Node runs to start the editor. It is there after {@link installCodeServer}. */
export const codeServerEntry = join(home, 'node_modules', 'code-server', 'out', 'node', 'entry.js');

/**
 * Installs code-server into the cache folder unless it is there: about 600 MB, half a minute. Its native modules are
 * not compiled: the editor does without them, apart from log files.
 */
export async function installCodeServer(): Promise<void> {
  if (existsSync(codeServerEntry)) return;
  await withLock(`${home}.lock`, async (share) => {
    if (!existsSync(codeServerEntry)) await installInto(home, share);
  });
}

/** What is half installed keeps another name, so it never looks done. */
async function installInto(target: string, share: (pid: number) => void): Promise<void> {
  say(`Installing VS Code for the tests into ${target} (about half a minute)…`);
  const partial = `${target}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  writeFileSync(join(partial, 'package.json'), '{ "private": true }\n');
  await npmInstall(share, partial, `code-server@${version}`);
  const editor = join(partial, 'node_modules', 'code-server', 'lib', 'vscode');
  await npmInstall(share, editor, '--omit=dev');
  await npmInstall(share, join(editor, 'extensions'), '--omit=dev');
  renameSync(partial, target);
}

/** npm runs under the Node that runs us: code-server refuses any other. */
async function npmInstall(onStart: (pid: number) => void, folder: string, ...args: string[]): Promise<void> {
  const env = { ...process.env, PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) };
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = await capture('npm', ['install', ...quiet, ...args], { cwd: folder, env, onStart });
  if (npm.code !== 0) throw new Error(`npm could not install VS Code for the tests. It said:\n${npm.output}`);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
