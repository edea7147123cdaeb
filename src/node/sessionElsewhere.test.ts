import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { claimRun } from './runLock.ts';
import { heirOf, openElsewhere } from './sessionElsewhere.ts';

const OTHER_PID = 4_194_304;

async function withFolder(use: (session: { sessionId: string; dir: string }) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'dwf-elsewhere-'));
  try {
    await use({ sessionId: 'session-1', dir });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function claimed(dir: string) {
  const claim = await claimRun(dir);
  if (claim.kind !== 'claimed') throw new Error(claim.kind);
  return claim.lock;
}

test('a session is elsewhere while a process has it', () =>
  withFolder(async (session) => {
    expect(await openElsewhere(session)).toBeNull();
    const lock = await claimed(session.dir);
    expect(await openElsewhere(session)).toEqual({ ...session, pid: process.pid });
    await lock.release();
    expect(await openElsewhere(session)).toBeNull();
    expect(await openElsewhere({ ...session, dir: join(session.dir, 'gone') })).toBeNull();
  }));

test('who had it has an heir once another process has it, and none when it stays free', () =>
  withFolder(async (session) => {
    const before = { ...session, pid: OTHER_PID };
    expect(await heirOf(before)).toBeNull();
    const heir = heirOf(before);
    const lock = await claimed(session.dir);
    expect(await heir).toEqual({ ...session, pid: process.pid });
    await lock.release();
  }));

test('one that is still closing it is waited for', () =>
  withFolder(async (session) => {
    const lock = await claimed(session.dir);
    const heir = heirOf({ ...session, pid: process.pid });
    await lock.release();
    expect(await heir).toBeNull();
  }));
