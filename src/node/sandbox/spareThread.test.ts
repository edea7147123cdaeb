import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { play, scriptOf } from '../../workflow/sandbox.contract.ts';
import { createQuickJsSandbox } from './quickJsSandbox.ts';

let begun: Worker[] = [];
const note = (worker: Worker): void => void begun.push(worker);

beforeEach(() => {
  begun = [];
  process.on('worker', note);
});
afterEach(() => process.off('worker', note));

test('W08 a script that has been compiled runs in the thread that did it', async () => {
  const sandbox = createQuickJsSandbox({ keepsCompiled: true });
  const body = 'return await agent("x")';
  expect(await sandbox.compile(scriptOf(body))).toBeNull();
  expect((await play(sandbox, body)).end).toMatchObject({ kind: 'returned', value: 'done x' });
  expect(begun).toHaveLength(1);
  // The next run has a fresh one: nothing of an earlier script is in it.
  expect((await play(sandbox, body)).end).toMatchObject({ kind: 'returned', value: 'done x' });
  expect(begun).toHaveLength(2);
});

test('another script than the one that was compiled gets a thread of its own', async () => {
  const sandbox = createQuickJsSandbox({ keepsCompiled: true });
  await sandbox.compile(scriptOf('return 1'));
  expect((await play(sandbox, 'return 2')).end).toMatchObject({ kind: 'returned', value: 2 });
  expect(begun).toHaveLength(2);
});

test('a thread that has ended meanwhile is not used', async () => {
  const sandbox = createQuickJsSandbox({ keepsCompiled: true });
  await sandbox.compile(scriptOf('return 3'));
  await begun[0]?.terminate();
  expect((await play(sandbox, 'return 3')).end).toMatchObject({ kind: 'returned', value: 3 });
  expect(begun).toHaveLength(2);
});
