// @ts-check
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capture } from './children.mjs';
import { ensureBuilt } from './dist.mjs';
import { root } from './paths.mjs';
import { Setback } from './setback.mjs';
import { tool } from './tools.mjs';

/** What the editor loads from dist/; what they import in turn is found by reading them. The terminal's part stays out. */
const entries = ['extension.js', 'forecastWorker.js', 'pdfWorker.js', 'sandboxWorker.js', 'shellSandboxHelper.js'];
/** What they read at run time. */
const assets = [
  ...['emscripten-module.wasm', 'guest.js', 'guestCalls.js', 'guestKit.js', 'guestLanguage.js', 'guestLists.js'],
  ...['guestLocale.js', 'guestOutbox.js', 'guestPatterns.js', 'guestPlatform.js', 'guestRealm.js', 'guestResult.js'],
  ...['guestSpeech.js', 'guestTimers.js', 'guestUnits.js', 'guestUrl.js'],
  ...['apply-seccomp-x64', 'apply-seccomp-arm64'],
];
const pages = ['webview.js', 'webview.css', 'session.js', 'session.css'];

/**
 * Builds what is to be built and packages the extension; needs no network.
 * @param {string} file Where the .vsix goes.
 * @returns {Promise<number>} Its size in bytes.
 */
export async function packageVsix(file) {
  await ensureBuilt();
  const folder = mkdtempSync(join(tmpdir(), 'dynamic-workflows-vsix-'));
  try {
    stage(folder);
    const options = ['--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links', '--out', file];
    const vsce = await capture(...tool('vsce', ['package', ...options]), { cwd: folder });
    if (vsce.code !== 0) throw new Setback(`The extension could not be packaged. vsce said:\n${vsce.output}`);
    return statSync(file).size;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Copies what is packaged and what says so. vsce tries every pattern on every file it finds: with those of the whole
 * checkout, node_modules left out, that is half a minute of its time.
 * @param {string} folder
 */
function stage(folder) {
  const ignored = readFileSync(join(root, '.vscodeignore'), 'utf8');
  writeFileSync(join(folder, '.vscodeignore'), `${ignored}!dist/**\n`);
  const shipped = [...reachable(entries), ...assets, ...pages].map((name) => `dist/${name}`);
  const named = [...ignored.matchAll(/^!([^/\n]+)/gm)].map(([, name]) => name ?? '');
  for (const path of [...named, ...shipped]) cpSync(join(root, path), join(folder, path), { recursive: true });
}

/**
 * These files of dist/ and those that they import, at once or later.
 * @param {readonly string[]} names
 */
function reachable(names) {
  const built = new Set(readdirSync(join(root, 'dist')));
  const found = new Set(names);
  for (const name of found) {
    const text = readFileSync(join(root, 'dist', name), 'utf8');
    for (const [, imported] of text.matchAll(/(?:from|import)\s*\(?\s*["']\.\/([^"']+\.js)["']/g))
      // A comment in a package may name a file of its own.
      if (imported !== undefined && built.has(imported)) found.add(imported);
  }
  return found;
}
