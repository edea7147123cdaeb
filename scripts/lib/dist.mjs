// @ts-check
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { withLock } from './lock.mjs';
import { lockFile, root } from './paths.mjs';
import { Setback } from './setback.mjs';

const dist = join(root, 'dist');
const stampFile = join(dist, '.build.json');

/** What dist/ is made from. */
const sources = ['src', 'webview', 'scripts/lib/bundles.mjs', 'scripts/lib/dist.mjs', 'package-lock.json'];

/**
 * @typedef {object} Stamp
 * @property {string} sources
 * @property {readonly string[]} files
 */

/** Builds dist/ unless it was built from exactly these sources; a few milliseconds when it was. */
export async function ensureBuilt() {
  if (isFresh()) return;
  await withLock(lockFile('build'), async () => {
    if (!isFresh()) await buildLocked();
  });
}

/** Builds dist/, fresh or not. */
export async function build() {
  await withLock(lockFile('build'), buildLocked);
}

/**
 * Each file gets its place by a rename, chunks before the entries that import them, and the files of the build
 * before stay for one more build: a process that runs from dist/ never misses a chunk that it has yet to load.
 * The stamp comes last, so a build that was cut short is made again.
 */
async function buildLocked() {
  const stamp = hashOfSources();
  const previous = readStamp()?.files ?? [];
  const files = await produce();
  mkdirSync(dist, { recursive: true });
  for (const [name, contents] of files) publish(name, contents);
  publish(basename(stampFile), JSON.stringify({ sources: stamp, files: [...files.keys()] }));
  const kept = new Set([...files.keys(), ...previous, basename(stampFile)]);
  for (const name of readdirSync(dist)) if (!kept.has(name)) rmSync(join(dist, name), { recursive: true, force: true });
}

/**
 * @returns {Promise<Map<string, Uint8Array>>} Contents by name, in an order in which they can be published.
 */
async function produce() {
  const { build: bundle } = await import('esbuild');
  const { bundles } = await import('./bundles.mjs');
  const results = await Promise.all(bundles.map((options) => bundle({ ...options, write: false }))).catch((error) => {
    if (!('errors' in error)) throw error;
    throw new Setback('dist/ could not be built, see above.');
  });
  const outputs = results.flatMap(({ outputFiles }) =>
    outputFiles.map((file) => ({ ...file, name: basename(file.path) })),
  );
  outputs.sort((a, b) => Number(isEntry(a.name)) - Number(isEntry(b.name)));
  return new Map(outputs.map(({ name, contents }) => [name, contents]));
}

/** @param {string} name */
function isEntry(name) {
  return !name.startsWith('chunk-');
}

/**
 * @param {string} name
 * @param {string | Uint8Array} contents
 */
function publish(name, contents) {
  const partial = join(dist, `${name}.${process.pid}.partial`);
  writeFileSync(partial, contents);
  renameSync(partial, join(dist, name));
}

function isFresh() {
  return readStamp()?.sources === hashOfSources();
}

/** @returns {Stamp | undefined} */
function readStamp() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Paths, sizes and times instead of contents: every start of the command line waits for this. */
function hashOfSources() {
  const hash = createHash('sha256');
  for (const path of sources) add(join(root, path));
  return hash.digest('hex');

  /** @param {string} path */
  function add(path) {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isDirectory()) for (const name of readdirSync(path).sort()) add(join(path, name));
    else if (stats) hash.update(`${path}\0${stats.mtimeMs}\0${stats.size}\n`);
  }
}
