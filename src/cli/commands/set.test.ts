import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openControlSocket } from '../../node/controlSocket.ts';
import { concurrencyOf } from '../../node/concurrency.ts';
import { fileRunStore } from '../../node/runStore.ts';
import type { Command } from '../../protocol/messages.ts';
import { manifestFor } from '../../workflow/runStore.contract.ts';
import { fakeIo } from '../io.fake.ts';
import { set } from './set.ts';

/** What a run that is under way hears, and what the person is told. */
async function heard(argv: readonly string[]) {
  const home = await mkdtemp(join(tmpdir(), 'dwf-set-'));
  const taken: Command[] = [];
  const runtime = {
    listen: () => ({ dispose: () => undefined }),
    subscribe: () => ({ dispose: () => undefined }),
    dispatch: (command: Command) => taken.push(command),
  };
  const run = await fileRunStore(home).create(manifestFor('run-1', home), 'return 1;');
  const socket = await openControlSocket(runtime, { runId: 'run-1', dir: run.dir });
  const io = fakeIo({ env: { DYNAMIC_WORKFLOWS_HOME: home } });
  try {
    await set(io, ['run-1', ...argv]);
    return { bodies: taken.map(({ commandId: _, runId: __, ...body }) => body), said: io.out() };
  } finally {
    socket.close();
    await run.close();
    await rm(home, { recursive: true, force: true });
  }
}

const cores = concurrencyOf('cores', availableParallelism());

test.each([
  { text: '4', is: 4, says: 'at most 4 at once' },
  { text: 'cores', is: cores, says: `at most ${cores} at once` },
  { text: 'elastic', is: 'elastic', says: 'at most 16 at once, fewer while the machine is pressed,' },
])('W37 dwf set --concurrency $text', async ({ text, is, says }) => {
  expect(await heard(['--concurrency', text])).toEqual({
    bodies: [{ type: 'run.set', concurrency: is }],
    said: `Run run-1 has ${says} from now on.\n`,
  });
});

test.each(['0', '257', 'many'])('W37 dwf set --concurrency %s is refused', async (text) => {
  await expect(set(fakeIo(), ['run-1', '--concurrency', text])).rejects.toThrow(
    `--concurrency is a whole number from 1 to 256, cores or elastic, not "${text}".`,
  );
});
