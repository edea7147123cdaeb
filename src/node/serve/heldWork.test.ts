import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HeldWork } from './heldWork.ts';
import { claimServe, serveFolder, servingPid } from './serveLock.ts';

async function withHome(use: (home: string) => Promise<void>): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'dwf-held-'));
  try {
    await use(home);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

const run = { kind: 'run', id: 'run-1', terms: {} } as const;
const session = { kind: 'session', id: 'session-1', terms: {} } as const;

test('what is held is there for the next one, and what was let go is not', () =>
  withHome(async (home) => {
    const claim = await claimServe(home);
    const { work } = await HeldWork.open(home);
    await Promise.all([work.hold(run), work.hold(session), work.letGo('run-1'), work.letGo('unknown')]);
    expect(await HeldWork.open(home)).toMatchObject({ problem: null, work: { items: [session] } });
    expect((await stat(join(serveFolder(home), 'held.json'))).mode & 0o777).toBe(0o600);
    if (claim.kind === 'claimed') await claim.lock.release();
  }));

test.each([
  { name: 'no JSON', text: 'hello' },
  { name: 'an id that leads elsewhere', text: '{"version":1,"held":[{"kind":"run","id":"../../etc","terms":{}}]}' },
  { name: 'terms that nobody knows', text: '{"version":1,"held":[{"kind":"run","id":"a","terms":{"key":"sk"}}]}' },
])('a damaged record holds nothing, and says so: $name', ({ text }) =>
  withHome(async (home) => {
    const claim = await claimServe(home);
    await writeFile(join(serveFolder(home), 'held.json'), text);
    const { work, problem } = await HeldWork.open(home);
    expect(work.items).toEqual([]);
    expect(problem).toContain('held.json is damaged');
    if (claim.kind === 'claimed') await claim.lock.release();
  }),
);

test('one process at a time serves in a home', () =>
  withHome(async (home) => {
    expect(await servingPid(home)).toBeNull();
    const first = await claimServe(home);
    expect(await claimServe(home)).toEqual({ kind: 'held', pid: process.pid });
    if (first.kind === 'claimed') await first.lock.release();
    expect(await servingPid(home)).toBeNull();
    const second = await claimServe(home);
    expect(second.kind).toBe('claimed');
    if (second.kind === 'claimed') await second.lock.release();
  }));
