import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRunOutlook, runStanding } from '../../src/node/runOutlook.ts';
import { fileRunStore } from '../../src/node/runStore.ts';
import type { RunEnd } from '../../src/protocol/run.ts';
import { NO_USAGE } from '../../src/protocol/usage.ts';
import { manifestFor } from '../../src/workflow/runStore.contract.ts';
import { script } from '../support/engine.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dynamic-workflows-outlook-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function outlook(patienceMs: number) {
  const none = join(folder, 'none');
  return createRunOutlook({
    ...{ home: join(folder, 'home'), person: folder, workflows: { personal: none, shipped: none } },
    ...{ defaultModel: 'sonnet', environment: {}, mcpServers: () => undefined, patienceMs },
  });
}

describe('X08 what a run is going to take', () => {
  const request = { script: script("return await parallel([1, 2].map((n) => () => agent('look ' + n)));") };

  test('is found by playing it, and nothing is left of that', async () => {
    const forecast = await outlook(60_000).forecast({ ...request, cwd: folder });
    expect(forecast).toMatchObject({ agents: { min: 2, max: 2 }, bounded: true });
    await expect(runStanding(join(folder, 'home'))).resolves.toEqual({ kind: 'gone' });
  });

  test.each([
    { name: 'there is no time', patienceMs: 0, cwd: '' },
    { name: 'it cannot be played', patienceMs: 60_000, cwd: '', script: 'no script' },
  ])('is not told where $name', async ({ patienceMs, ...given }) => {
    expect(await outlook(patienceMs).forecast({ ...request, ...given, cwd: folder })).toBeNull();
  });
});

test('what a run starts besides its agents is told, and not started', async () => {
  await mkdir(join(folder, '.claude'));
  const hooks = { PreToolUse: [{ hooks: [{ type: 'command', command: 'touch started' }] }] };
  await writeFile(join(folder, '.claude/settings.json'), JSON.stringify({ hooks }));
  expect(await outlook(0).extras(folder)).toEqual(['Hooks: 1 command (PreToolUse)']);
});

describe('W41 how a run stands', () => {
  const ends: readonly { readonly end: RunEnd; readonly kind: string }[] = [
    { end: { status: 'completed', result: 'it', failures: [] }, kind: 'over' },
    { end: { status: 'stopped', reason: 'person', message: 'm', result: null, failures: [] }, kind: 'over' },
    { end: { status: 'stopped', reason: 'closed', message: 'm', result: null, failures: [] }, kind: 'cut-short' },
  ];

  test.each(ends)('$end.status $end.reason is $kind', async ({ end, kind }) => {
    const run = await fileRunStore(folder).create(manifestFor('r-1'), 'return 1;');
    expect(await runStanding(run.dir)).toEqual({ kind: 'going' });
    const usage = { ...NO_USAGE, agents: 1, requests: 1, usd: 0, ms: 1 };
    const census = { agents: { done: 1, fromJournal: 1, null: {}, threw: 0, abandoned: 0 } };
    await run.finish({ end, usage, census, endedAt: 2 });
    await run.close();
    const standing = await runStanding(run.dir);
    expect(standing.kind).toBe(kind);
    if (standing.kind === 'over') expect(standing.finished).toMatchObject({ end, usage, census });
  });

  test('one whose process let go of it without an end is cut short; what is no run is gone', async () => {
    const run = await fileRunStore(folder).create(manifestFor('r-1'), 'return 1;');
    await run.close();
    expect(await runStanding(run.dir)).toEqual({ kind: 'cut-short' });
    await writeFile(join(run.dir, 'run.json'), '{');
    expect(await runStanding(run.dir)).toEqual({ kind: 'gone' });
  });
});
