// @ts-check
import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json, wherever the command was started. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What is too big for the tree and may be thrown away at any time: the editor that the tests run in, and locks. */
export function cacheFolder() {
  return process.env.DYNAMIC_WORKFLOWS_CACHE || join(homedir(), '.cache', 'dynamic-workflows');
}

/**
 * The lock file of one kind of work on this checkout.
 * @param {string} work
 */
export function lockFile(work) {
  return join(cacheFolder(), 'locks', `${work}-${createHash('sha256').update(root).digest('hex').slice(0, 16)}.lock`);
}
