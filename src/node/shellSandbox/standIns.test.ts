import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StandIns } from './standIns.ts';

let root = '';
let [missing, there] = ['', ''];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'dwf-stand-ins-'));
  [missing, there] = [join(root, '.idea'), join(root, '.vscode')];
  await mkdir(there);
});
afterEach(() => rm(root, { recursive: true }));

test('what is not there has an empty folder for as long as anybody holds it; what is there stays', () => {
  const standIns = new StandIns();
  const one = standIns.hold([missing, there]);
  const two = standIns.hold([missing, there]);
  one.dispose();
  one.dispose();
  expect([existsSync(missing), existsSync(there)]).toEqual([true, true]);
  two.dispose();
  expect([existsSync(missing), existsSync(there)]).toEqual([false, true]);
});

test('what somebody has put into one meanwhile is theirs', async () => {
  const held = new StandIns().hold([missing]);
  await writeFile(join(missing, 'theirs'), 'x');
  held.dispose();
  expect(existsSync(join(missing, 'theirs'))).toBe(true);
});

test('where none can be made, nothing is', () => {
  new StandIns().hold([join(root, 'no/such/folder')]).dispose();
  expect(existsSync(join(root, 'no'))).toBe(false);
});
