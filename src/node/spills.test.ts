import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAX_SPILLED_BYTES } from '../workflow/commands.ts';
import { createSpills, spillWhole } from './spills.ts';

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'dynamic-workflows-spills-')), 'outputs', 'a1');
});
afterEach(() => rm(dirname(dirname(folder)), { recursive: true, force: true }));

describe('a text that an agent is shown a part of', () => {
  test('is kept whole, and the agent is told how much there is and where', async () => {
    const told = await spillWhole(createSpills()(folder), 'mcp__x__echo', 'häuser');
    const [, path = ''] = /^all 7 bytes of it: (.*mcp__x__echo-\w+\.txt)$/.exec(told ?? '') ?? [];
    expect(await readFile(path, 'utf8')).toBe('häuser');
  });

  test('is kept in its folder, whatever its tool is called', async () => {
    await spillWhole(createSpills()(folder), `../../${'x'.repeat(300)}`, 'text');
    expect(await readdir(folder)).toEqual([expect.stringMatching(/^_x{59}-\w+\.txt$/)]);
  });

  test('is kept as far as a file may go, and nothing is said where there is no room', async () => {
    const spill = createSpills(MAX_SPILLED_BYTES)(folder);
    const told = await spillWhole(spill, 'WebFetch', 'x'.repeat(MAX_SPILLED_BYTES + 1));
    expect(told).toContain(`the first ${MAX_SPILLED_BYTES} of its ${MAX_SPILLED_BYTES + 1} bytes: ${folder}`);
    expect(await spillWhole(spill, 'WebFetch', 'more')).toBeNull();
  });
});
