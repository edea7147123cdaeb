// @ts-check
import { appendFileSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const pollMs = 100;

/**
 * Runs `body` while no other process runs one under the same lock file. Whoever waits says so once through
 * `onWait`. A lock is taken over when its owner has died, and so has the process that `body` named with `share`: a
 * child goes on working when its parent is killed.
 * @template T
 * @param {string} file
 * @param {(share: (pid: number) => void) => Promise<T>} body
 * @param {() => void} [onWait]
 * @returns {Promise<T>}
 */
export async function withLock(file, body, onWait) {
  mkdirSync(dirname(file), { recursive: true });
  let told = false;
  while (!claim(file)) {
    if (removeIfStale(file)) continue;
    if (!told) onWait?.();
    told = true;
    await wait(pollMs);
  }
  try {
    return await body((pid) => appendFileSync(file, ` ${pid}`));
  } finally {
    rmSync(file, { force: true });
  }
}

/**
 * A link appears together with its content, so nobody ever reads a lock without an owner.
 * @param {string} file
 */
function claim(file) {
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(mine, { force: true });
  }
}

/**
 * Moves a dead owner's lock away before it deletes it: of two that find it dead, one gets the file, and a lock that
 * was claimed anew in between is put back.
 * @param {string} file
 */
function removeIfStale(file) {
  const owner = read(file);
  if (owner === undefined) return true;
  if (owner.split(' ').some((pid) => isAlive(Number(pid)))) return false;
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
    if (read(aside) !== owner) linkSync(aside, file);
  } catch (error) {
    if (!hasCode(error, 'ENOENT') && !hasCode(error, 'EEXIST')) throw error;
  }
  rmSync(aside, { force: true });
  return true;
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

/**
 * @param {unknown} error
 * @param {string} code
 */
function hasCode(error, code) {
  return error instanceof Error && 'code' in error && error.code === code;
}
