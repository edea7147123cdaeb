import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGitRepository, type GitRepository } from '../../../test/support/gitRepository.ts';
import { createGate } from '../gate.ts';
import { createGit, type Git } from '../git.ts';
import { createMergeRepository } from '../gitMerge.ts';
import { createGitWorktrees, type GitWorktrees } from '../gitWorktrees.ts';
import { createCommands } from '../shell.ts';
import { landBatch, type TestedPlace } from '../../workflow/landing/landBatch.ts';
import type { Lease } from '../../workflow/worktrees.ts';
import type { CommitSettings } from './commitSettings.ts';
import { createCommitter, type Committer } from './committer.ts';

const signal = new AbortController().signal;
const REQUEST = { branch: 'workflow/run-1/one', message: 'Mend it\n\nWorkflow-Agent: a1' };

/** As git calls one that signs: `-bsau KEY`, data on stdin, status on stderr, a signature on stdout. */
const SIGNS =
  'cat > /dev/null; echo "[GNUPG:] SIG_CREATED D 1 8 00 1 F" >&2; printf -- "-----BEGIN PGP SIGNATURE-----\\n\\nx\\n-----END PGP SIGNATURE-----\\n"';

let repository: GitRepository;
let home: string;
const opened: GitWorktrees[] = [];
beforeEach(async () => {
  repository = await createGitRepository({ 'a.txt': 'a\n' });
  home = await mkdtemp(join(tmpdir(), 'dwf-home-'));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((worktrees) => worktrees.close()));
  await repository.dispose();
  await rm(home, { recursive: true, force: true });
});

async function program(path: string, body: string): Promise<string> {
  const file = join(repository.dir, path);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, `#!/bin/sh\n${body}\n`);
  await chmod(file, 0o755);
  return file;
}

/** What a batch of two changes becomes on the integration branch; and what is said when it is not signed. */
async function landTwo(settings: Partial<CommitSettings>, patienceMs?: number, summary?: string) {
  const git = createGit();
  const merge = createMergeRepository(git, committerOf(git, settings, patienceMs));
  const base = await repository.git('rev-parse', 'HEAD');
  const change = async (id: string) => {
    await repository.write(`${id}.txt`, `${id}\n`);
    const commit = await repository.commit();
    await repository.git('reset', '-q', '--hard', base);
    return { change: { id, summary: summary ?? `Add ${id}`, base, commit } };
  };
  const queue = [await change('one'), await change('two')];
  const said: string[] = [];
  const place: TestedPlace = {
    ...{ merge, cwd: repository.dir, runId: 'run-1', base, branch: 'workflow/run-1/integration', signal },
    ...{ below: () => undefined, verify: undefined, unsigned: (why) => said.push(why) },
  };
  const landed: string[] = [];
  await landBatch(place, queue, (_queued, outcome) => {
    if (outcome.status === 'landed') landed.push(outcome.commit);
  });
  return { landed, said, tip: await repository.git('rev-parse', place.branch) };
}

function committerOf(
  git: Git,
  settings: Partial<CommitSettings>,
  patienceMs?: number,
  commands = createCommands(),
): Committer {
  return createCommitter({
    ...{ git, commands, settings: { sign: false, runHooks: false, ...settings } },
    ...(patienceMs === undefined ? {} : { patienceMs }),
  });
}

async function leaseWith(
  settings: Partial<CommitSettings>,
  patienceMs?: number,
  commands = createCommands(),
): Promise<Lease> {
  const [git, gate] = [createGit(), createGate(2)];
  const committer = committerOf(git, settings, patienceMs, commands);
  const worktrees = createGitWorktrees({ home, git, gate, committer });
  opened.push(worktrees);
  const leased = await worktrees.acquire(repository.dir, { runId: 'run-1', name: 'one', commit: 'HEAD' }, signal);
  if (leased.kind === 'failed') throw new Error(leased.message);
  await writeFile(join(leased.lease.path, 'a.txt'), 'changed\n');
  return leased.lease;
}

const show = (commit: string | undefined, format: string) =>
  repository.git('log', '-1', `--format=${format}`, commit ?? '');

describe('signing', () => {
  test('X01 a commit is signed by the program that the person has set', async () => {
    await repository.git('config', 'gpg.program', await program('.git/gpg', SIGNS));
    const lease = await leaseWith({ sign: true });
    const made = await lease.commit(REQUEST, signal);
    expect(made).not.toHaveProperty('unsigned');
    expect(await repository.git('cat-file', 'commit', made?.commit ?? '')).toContain('gpgsig -----BEGIN PGP');
    await lease.release();
  });

  test.each([
    { name: 'a passphrase that nobody gives', body: 'exec sleep 5', why: /the key was not there within 1 s/ },
    { name: 'a key that is not there', body: 'exit 2', why: /gpg failed to sign/ },
  ])('X01 $name leaves a commit that is not signed, and says so', async ({ body, why }) => {
    await repository.git('config', 'gpg.program', await program('.git/gpg', body));
    const lease = await leaseWith({ sign: true }, 300);
    const made = await lease.commit(REQUEST, signal);
    expect(made?.unsigned).toMatch(why);
    expect(await repository.git('cat-file', 'commit', made?.commit ?? '')).not.toContain('gpgsig');
    await lease.release();
  });

  test('X03 what lands is signed as well, each commit on the one before it', async () => {
    await repository.git('config', 'gpg.program', await program('.git/gpg', SIGNS));
    const { landed, said, tip } = await landTwo({ sign: true });
    expect(landed).toHaveLength(2);
    expect(tip).toBe(landed[1]);
    expect(await show(tip, '%P')).toBe(landed[0]);
    expect(await show(landed[0], '%s')).toBe('Add one');
    for (const commit of landed)
      expect(await repository.git('cat-file', 'commit', commit)).toContain('gpgsig -----BEGIN PGP');
    expect(await repository.git('ls-tree', '--name-only', tip)).toBe('a.txt\none.txt\ntwo.txt');
    expect(said).toEqual([]);
  });

  test('X03 a signed commit keeps its words where git shows logs in another encoding', async () => {
    await repository.git('config', 'gpg.program', await program('.git/gpg', SIGNS));
    await repository.git('config', 'i18n.commitEncoding', 'ISO-8859-1');
    const { tip } = await landTwo({ sign: true }, undefined, 'Mend é 中');
    const raw = await repository.git('cat-file', 'commit', tip);
    expect(raw).toContain('Mend é 中');
    expect(raw).not.toContain('encoding ');
  });

  test('X03 what cannot be signed lands unsigned, and says so once', async () => {
    await repository.git('config', 'gpg.program', await program('.git/gpg', 'exit 2'));
    const { landed, said, tip } = await landTwo({ sign: true });
    expect(landed).toHaveLength(2);
    expect(tip).toBe(landed[1]);
    expect(await repository.git('cat-file', 'commit', tip)).not.toContain('gpgsig');
    expect(said).toEqual([expect.stringMatching(/gpg failed to sign/)]);
  });

  test('X01 an abort does not wait for a passphrase', async () => {
    await repository.git('config', 'gpg.program', await program('.git/gpg', 'exec sleep 5'));
    const lease = await leaseWith({ sign: true });
    const stop = new AbortController();
    const made = lease.commit(REQUEST, stop.signal);
    stop.abort();
    await expect(made).rejects.toMatchObject({ name: 'AbortError' });
    await lease.release();
  });
});

describe('the author', () => {
  test('X01 is who the person says, where the person says it', async () => {
    const lease = await leaseWith({ name: 'Grace', email: 'grace@example.com' });
    expect(await show((await lease.commit(REQUEST, signal))?.commit, '%an <%ae> %cn')).toBe(
      'Grace <grace@example.com> Grace',
    );
    await lease.release();
  });
});

describe('the author of what lands', () => {
  test('X03 is who the person says, where the person says it', async () => {
    const { tip } = await landTwo({ name: 'Grace', email: 'grace@example.com' });
    expect(await show(tip, '%an <%ae> %cn')).toBe('Grace <grace@example.com> Grace');
  });
});

describe('hooks of the repository', () => {
  test('X01 are not run unless the person wants it', async () => {
    await program('.git/hooks/pre-commit', 'exit 1');
    const lease = await leaseWith({});
    expect(await lease.commit(REQUEST, signal)).toMatchObject({ branch: REQUEST.branch });
    await lease.release();
  });

  test('X01 see what is staged, and what they change is committed', async () => {
    await program('.git/hooks/pre-commit', 'git diff --cached --name-only > staged.txt');
    await program('.git/hooks/commit-msg', 'printf "\\nChecked: yes\\n" >> "$1"');
    const lease = await leaseWith({ runHooks: true });
    const made = await lease.commit(REQUEST, signal);
    expect(made?.files.map(({ path }) => path)).toEqual(['a.txt', 'staged.txt']);
    expect(await repository.git('show', `${made?.commit ?? ''}:staged.txt`)).toBe('a.txt');
    expect(await show(made?.commit, '%B')).toContain('Checked: yes');
    await lease.release();
  });

  test.each(['pre-commit', 'commit-msg'])('X01 %s that refuses leaves no commit, and its words', async (hook) => {
    await program(`.git/hooks/${hook}`, 'echo no good; exit 1');
    const lease = await leaseWith({ runHooks: true });
    await expect(lease.commit(REQUEST, signal)).rejects.toThrow(new RegExp(`The hook ${hook} .*\\nno good`));
    expect(await repository.git('branch', '--list', 'workflow/*')).toBe('');
    const kept = await lease.abandon();
    expect(await repository.git('show', `${kept ?? ''}:a.txt`)).toBe('changed');
  });

  test('X01 that could not be started leave no commit, and do not look like a refusal', async () => {
    await program('.git/hooks/pre-commit', 'exit 0');
    const none = createCommands({ platform: 'win32', exists: () => false });
    const lease = await leaseWith({ runHooks: true }, undefined, none);
    await expect(lease.commit(REQUEST, signal)).rejects.toThrow(/hook pre-commit .* could not be started/);
    await lease.abandon();
  });

  test('X01 are looked for where the person keeps them', async () => {
    await program('own hooks/pre-commit', 'exit 1');
    await repository.git('config', 'core.hooksPath', join(repository.dir, 'own hooks'));
    const lease = await leaseWith({ runHooks: true });
    await expect(lease.commit(REQUEST, signal)).rejects.toThrow('The hook pre-commit');
    await lease.release();
  });
});
