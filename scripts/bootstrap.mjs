// @ts-check
// Runs on the Node that a person happens to have, from 20 on, and before anything is installed: no packages here.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { become, capture } from './lib/children.mjs';
import { ensureBuilt } from './lib/dist.mjs';
import { withLock } from './lib/lock.mjs';
import { lockFile, root } from './lib/paths.mjs';
import { Setback, orEnd } from './lib/setback.mjs';

const modules = join(root, 'node_modules');
const stampFile = join(modules, '.dynamic-workflows-installed');
const pinnedNode = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** Tells the process that we start again under the pinned Node, and only that one, that all is installed. */
const restartMark = 'DYNAMIC_WORKFLOWS_RESTARTED';
const isRestarted = process.env[restartMark] === '1';
delete process.env[restartMark];

const noBinary = `The package "node" in ${modules} has no binary: npm did not run its install script.
Allow install scripts ("npm config get ignore-scripts" must say false), then run: npm rebuild node`;

/**
 * Makes this command ready to use the packages: installs them when package-lock.json asks for others than those that
 * are there, and goes on under the pinned Node, as a new process if need be. With `build`, dist/ is up to date after.
 * What it has to say goes to standard error; when it cannot go on it says why and ends the process.
 * @param {{build?: boolean}} [options]
 */
export function bootstrap({ build = false } = {}) {
  return orEnd(async () => {
    if (!isRestarted) await ensureInstalled();
    await ensureNode();
    if (build) await ensureBuilt();
  });
}

/** Whether these are the sources, which can be installed and built, and not a package that someone installed. */
export function isCheckout() {
  return existsSync(join(root, 'package-lock.json')) && existsSync(join(root, 'src'));
}

async function ensureInstalled() {
  if (isInstalled()) return;
  await withLock(lockFile('install'), install, () =>
    say('Another process is installing the packages; waiting for it…'),
  );
}

/**
 * The stamp comes last, so an installation that was cut short is made again.
 * @param {(pid: number) => void} share
 */
async function install(share) {
  if (isInstalled()) return;
  if (!matchesLock()) await npmCi(share);
  writeFileSync(stampFile, hashOfLock());
}

/** @param {(pid: number) => void} share Lets npm hold the lock as well, which goes on when we are killed. */
async function npmCi(share) {
  say('Installing packages (about half a minute)…');
  // The tools are development packages: a NODE_ENV or an npm setting that leaves those out must not reach us.
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = await capture('npm', args, { cwd: root, onStart: share }).catch((error) => {
    if (error.code !== 'ENOENT') throw error;
    throw new Setback(
      'npm was not found on the PATH. It comes with Node: install Node 20 or newer from https://nodejs.org.',
    );
  });
  if (npm.code !== 0)
    throw new Setback(`${npm.output}\nThe packages could not be installed: "npm ci" failed in ${root}, see above.`);
}

function isInstalled() {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === hashOfLock();
}

function hashOfLock() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

/** Whether someone ran npm by hand and all is there: npm keeps a list of what it installed, written when it is done. */
function matchesLock() {
  const installed = packagesIn(join(modules, '.package-lock.json'));
  const wanted = packagesIn(join(root, 'package-lock.json'));
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' || (installed[path] ? installed[path].version === version : optional),
  );
}

/**
 * @param {string} file
 * @returns {Record<string, {version?: string, optional?: boolean}>}
 */
function packagesIn(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {};
}

/** Goes on under the pinned Node; if that is another one than this, as another process. */
async function ensureNode() {
  const wanted = JSON.parse(readFileSync(join(modules, 'node', 'package.json'), 'utf8')).version;
  if (process.versions.node === wanted) return preferThisNode();
  if (!existsSync(pinnedNode)) throw new Setback(noBinary);
  if (isRestarted)
    throw new Setback(
      `${pinnedNode} is Node ${process.versions.node}, not ${wanted}. Delete node_modules and try again.`,
    );
  await become(pinnedNode, [...process.execArgv, ...process.argv.slice(1)], { ...process.env, [restartMark]: '1' });
}

/** So that npm, npx and the tools in node_modules/.bin, which start whatever Node comes first, start this one. */
function preferThisNode() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const own = dirname(process.execPath);
  if (folders[0] !== own) process.env.PATH = [own, ...folders].join(delimiter);
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`${line}\n`);
}
