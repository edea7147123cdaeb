import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openWorktreeStage } from '../../../test/support/worktreeStage.ts';
import type { BackendKind } from '../worktrees/backend.ts';
import { tryBackends } from '../worktrees/chooseBackend.ts';
import { listWorktrees, sweepWorktrees } from './worktreeCensus.ts';

const { overlay: whyNot } = await tryBackends(tmpdir());
const BASE_BYTES = 100_000;
const OWN_BYTES = 5_000;

async function sizes(backend: BackendKind): Promise<{ readonly listed: readonly number[]; readonly freed: number }> {
  const stage = await openWorktreeStage({ 'large.txt': 'x'.repeat(BASE_BYTES) }, backend);
  try {
    const leases = await Promise.all(['one', 'two'].map((name) => stage.lease(name)));
    for (const { path } of leases) await writeFile(join(path, 'own.txt'), 'y'.repeat(OWN_BYTES));
    const known = await listWorktrees(stage.home);
    for (const lease of leases) await lease.release();
    const { bytes } = await sweepWorktrees(
      stage,
      known.map((one) => ({ ...one, pid: null })),
    );
    return { listed: known.map((one) => one.bytes), freed: bytes };
  } finally {
    await stage.dispose();
  }
}

test.skipIf(whyNot !== null)(
  'W27 an overlay counts with what was written in it, and not with what it shares',
  async () => {
    const { listed, freed } = await sizes('overlay');
    expect(listed).toHaveLength(2);
    for (const bytes of listed) expect([bytes >= OWN_BYTES, bytes < BASE_BYTES]).toEqual([true, true]);
    expect(freed).toBe((listed[0] ?? 0) + (listed[1] ?? 0));
  },
);

test('W27 a copy counts with all of its files', async () => {
  const { listed } = await sizes('plain');
  for (const bytes of listed) expect(bytes).toBeGreaterThanOrEqual(BASE_BYTES + OWN_BYTES);
});
