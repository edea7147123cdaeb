import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CONTRACT_FILES } from '../workflow/worktrees.contract.ts';
import { leaseMany, openWorktreeStage, STAGE_RUN, type WorktreeStage } from '../../test/support/worktreeStage.ts';
import { examine, nodeFinding, type Finding } from './doctor.ts';
import { createGit } from './git.ts';

let stage: WorktreeStage;
beforeEach(async () => void (stage = await openWorktreeStage(CONTRACT_FILES)));
afterEach(() => stage.dispose());

async function look(cwd: string, env = process.env): Promise<(about: Finding['about']) => Finding | undefined> {
  const findings = await examine({ git: createGit(env), home: stage.home, cwd, env });
  return (about) => findings.find((finding) => finding.about === about);
}

test('says what works in a repository, and which backend makes worktrees', async () => {
  const told = await look(stage.repository.dir);
  expect(told('git')).toMatchObject({ state: 'ok', more: [] });
  expect(told('repository')?.text).toContain(`${stage.repository.dir}, on branch main`);
  expect(told('worktrees')?.text).toMatch(/\((overlay|reflink|plain)\)\.$/);
  expect(told('disk')?.text).toContain('free');
  expect(told('leftovers')?.state).toBe('ok');
});

test('names the worktrees of dead processes and their run', async () => {
  expect(await stage.inOtherProcess(leaseMany('w', 1, 'die'))).toBe('leased 1\n');
  const told = (await look(stage.repository.dir))('leftovers');
  expect(told).toMatchObject({ state: 'note', text: expect.stringContaining('1 worktree') as string });
  expect(told?.more.join('\n')).toMatch(
    new RegExp(`/${STAGE_RUN}/w0\\n.*dwf resume ${STAGE_RUN} .*\\n.*dwf worktrees gc`),
  );
  await stage.worktrees.sweep(stage.repository.dir, STAGE_RUN);
});

test('a folder that is no repository is no problem; no git is one', async () => {
  const bare = join(stage.home, 'bare');
  await mkdir(bare);
  const told = await look(bare);
  expect(told('repository')).toMatchObject({ state: 'note', text: expect.stringContaining('git init') as string });
  expect(told('leftovers')).toBeUndefined();
  const without = await look(bare, { ...process.env, PATH: bare });
  expect(without('git')).toMatchObject({ state: 'problem', text: 'Git was not found.' });
});

test('a repository that only git can copy is told so', async () => {
  await stage.repository.git('sparse-checkout', 'set', 'in');
  expect((await look(stage.repository.dir))('worktrees')).toMatchObject({
    text: expect.stringContaining('(plain)') as string,
    more: [expect.stringContaining('sparse') as string],
  });
});

test.each([
  { version: '22.14.9', state: 'problem' },
  { version: '22.15.0', state: 'ok' },
  { version: '24.0.0', state: 'ok' },
])('Node $version: $state', ({ version, state }) => expect(nodeFinding(version).state).toBe(state));
