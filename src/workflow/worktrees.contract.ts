import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AbortError } from '../base/abort.ts';
import type { Lease, MergeRepository, Worktrees } from './worktrees.ts';

/** A repository whose only commit has `a.txt` and `b.txt`, each of one line. */
export interface WorktreesSubject {
  readonly worktrees: Worktrees;
  readonly merge: MergeRepository;
  readonly cwd: string;
  readonly base: string;
  /** Writes a file of a worktree; null deletes it. */
  write(lease: Lease, file: string, content: string | null): Promise<void>;
  read(lease: Lease, file: string): Promise<string | null>;
  readAt(commit: string, file: string): Promise<string | null>;
  dispose(): Promise<void>;
}

export const CONTRACT_FILES = { 'a.txt': 'a\n', 'b.txt': 'b\n' } as const;

/** What a run may rely on, whatever keeps its worktrees. */
export function worktreesContract(name: string, open: () => Promise<WorktreesSubject>): void {
  describe(`${name} as worktrees and merge repository`, () => {
    let subject: WorktreesSubject;
    const signal = new AbortController().signal;
    beforeEach(async () => void (subject = await open()));
    afterEach(() => subject.dispose());

    const acquire = (lease: string, commit = subject.base) =>
      subject.worktrees.acquire(subject.cwd, { runId: 'run-1', name: lease, commit }, signal);

    async function leaseOf(lease: string, commit?: string): Promise<Lease> {
      const result = await acquire(lease, commit);
      if (result.kind === 'failed') throw new Error(result.message);
      return result.lease;
    }

    /** A change by a worktree of its own, which is gone when this returns. */
    async function change(lease: string, files: Readonly<Record<string, string | null>>, from?: string) {
      const own = await leaseOf(lease, from);
      for (const [file, content] of Object.entries(files)) await subject.write(own, file, content);
      const commit = await own.commit({ branch: `workflow/run-1/${lease}`, message: `change ${lease}` }, signal);
      await own.release();
      if (!commit) throw new Error('nothing was committed');
      return commit;
    }

    test('W27 tells the commit that worktrees start from', async () => {
      expect(await subject.worktrees.inspect(subject.cwd)).toMatchObject({
        kind: 'ready',
        base: { commit: subject.base, branch: 'main', dirtyFiles: 0 },
      });
    });

    test('W27 a worktree has the files of its commit, and what is written there stays there', async () => {
      const [one, two] = [await leaseOf('one'), await leaseOf('two')];
      expect(one.path).not.toBe(two.path);
      await subject.write(one, 'a.txt', 'changed\n');
      expect(await subject.read(one, 'a.txt')).toBe('changed\n');
      expect(await subject.read(two, 'a.txt')).toBe('a\n');
      await one.release();
      await two.release();
    });

    test('W27 unchanged: no commit and no branch', async () => {
      const lease = await leaseOf('one');
      await subject.write(lease, 'a.txt', 'changed\n');
      await subject.write(lease, 'a.txt', 'a\n');
      expect(await lease.commit({ branch: 'workflow/run-1/one', message: 'nothing' }, signal)).toBeNull();
      expect(await subject.merge.resolve(subject.cwd, 'workflow/run-1/one')).toBeNull();
      await lease.release();
    });

    test('X01 tells what differs from the base now, and whether it differs again', async () => {
      const lease = await leaseOf('one');
      expect(await lease.changes(signal)).toEqual(new Map());
      for (const [file, content] of Object.entries({ 'a.txt': 'A\n', 'b.txt': null, 'new/c.txt': 'b\n' }))
        await subject.write(lease, file, content);
      const first = await lease.changes(signal);
      expect([...first.keys()].sort()).toEqual(['a.txt', 'b.txt', 'new/c.txt']);
      expect(await lease.changes(signal)).toEqual(first);
      await subject.write(lease, 'a.txt', 'other\n');
      const second = await lease.changes(signal);
      expect(second.get('a.txt')).not.toBe(first.get('a.txt'));
      expect(second.get('new/c.txt')).toBe(first.get('new/c.txt'));
      await lease.release();
    });

    test('W42 what a holder wrote is there again for the next of its name that asks for it', async () => {
      const again = async (name: string, restore = true) => {
        const request = { runId: 'run-1', name, commit: subject.base, restore };
        const result = await subject.worktrees.acquire(subject.cwd, request, signal);
        if (result.kind === 'failed') throw new Error(result.message);
        return result.lease;
      };
      await change('committed', { 'a.txt': 'A\n', 'new/c.txt': 'c\n', 'b.txt': null });
      const abandoned = await leaseOf('abandoned');
      await subject.write(abandoned, 'b.txt', 'B\n');
      await abandoned.abandon();

      const first = await again('committed');
      expect(first).toMatchObject({ restored: true, base: subject.base });
      const texts = await Promise.all(['a.txt', 'new/c.txt', 'b.txt'].map((file) => subject.read(first, file)));
      expect(texts).toEqual(['A\n', 'c\n', null]);
      const commit = await first.commit({ branch: 'workflow/run-1/committed', message: 'again' }, signal);
      expect(commit?.files.map(({ path }) => path)).toEqual(['a.txt', 'b.txt', 'new/c.txt']);
      await first.release();
      const second = await again('abandoned');
      expect(await subject.read(second, 'b.txt')).toBe('B\n');
      await second.release();
      const fresh = await again('abandoned', false);
      expect([fresh.restored, await subject.read(fresh, 'b.txt')]).toEqual([false, 'b\n']);
      await fresh.release();
      const unknown = await again('unknown');
      expect([unknown.restored, await subject.read(unknown, 'b.txt')]).toEqual([false, 'b\n']);
      await unknown.release();
    });

    test('W27 changed: one commit on the base, on its branch, with its files and diff', async () => {
      const commit = await change('one', { 'a.txt': 'A\n', 'b.txt': null, 'new/c.txt': 'c\n' });
      expect(commit.branch).toBe('workflow/run-1/one');
      expect(commit.files).toEqual([
        { path: 'a.txt', status: 'modified', additions: 1, deletions: 1 },
        { path: 'b.txt', status: 'deleted', additions: 0, deletions: 1 },
        { path: 'new/c.txt', status: 'added', additions: 1, deletions: 0 },
      ]);
      expect(commit.diff).toMatch(/-a\n\+A\n/);
      expect(await subject.merge.resolve(subject.cwd, commit.branch)).toBe(commit.commit);
      expect(await subject.readAt(commit.commit, 'a.txt')).toBe('A\n');
      expect(await subject.readAt(commit.commit, 'b.txt')).toBeNull();
      const { files, diff } = commit;
      expect(await subject.merge.compare(subject.cwd, subject.base, commit.commit)).toEqual({ files, diff });
    });

    test('X01 a later attempt replaces the earlier one on its branch', async () => {
      const lease = await leaseOf('one');
      const request = { branch: 'workflow/run-1/one', message: 'try' };
      await subject.write(lease, 'a.txt', 'first\n');
      await lease.commit(request, signal);
      await subject.write(lease, 'a.txt', 'second\n');
      const second = await lease.commit(request, signal);
      await lease.release();
      expect(second?.files).toEqual([{ path: 'a.txt', status: 'modified', additions: 1, deletions: 1 }]);
      expect(await subject.merge.resolve(subject.cwd, request.branch)).toBe(second?.commit);
    });

    test('X01 a change can stack on another', async () => {
      const first = await change('one', { 'a.txt': 'A\n' });
      const second = await change('two', { 'b.txt': 'B\n' }, first.commit);
      expect(second.files.map(({ path }) => path)).toEqual(['b.txt']);
      expect(await subject.readAt(second.commit, 'a.txt')).toBe('A\n');
    });

    test('W27 a branch of somebody else is not moved', async () => {
      await subject.merge.moveBranch(subject.cwd, 'theirs', subject.base, null);
      const lease = await leaseOf('one');
      await subject.write(lease, 'a.txt', 'A\n');
      await expect(lease.commit({ branch: 'theirs', message: 'no' }, signal)).rejects.toThrow('theirs');
      await lease.release();
      expect(await subject.merge.resolve(subject.cwd, 'theirs')).toBe(subject.base);
    });

    test('W27 what cannot be leased says why', async () => {
      expect(await acquire('one', 'f'.repeat(40))).toMatchObject({
        kind: 'failed',
        message: expect.stringContaining('fff') as string,
      });
      const lease = await leaseOf('one');
      expect(await acquire('one')).toMatchObject({
        kind: 'failed',
        message: expect.stringContaining('in use') as string,
      });
      await lease.release();
      await lease.release();
      await (await leaseOf('one')).release();
    });

    test('W40 an abort before the start leases nothing', async () => {
      const request = { runId: 'run-1', name: 'one', commit: subject.base };
      await expect(subject.worktrees.acquire(subject.cwd, request, AbortSignal.abort())).rejects.toBeInstanceOf(
        AbortError,
      );
      await (await leaseOf('one')).release();
    });

    test('W27 what is abandoned unfinished is told where it is kept', async () => {
      const [writer, idler] = [await leaseOf('one'), await leaseOf('two')];
      await subject.write(writer, 'a.txt', 'unfinished\n');
      expect(await writer.abandon()).toBe('refs/dynamic-workflows/run-1/rescued/one');
      expect(await idler.abandon()).toBeNull();
    });

    test('W27 what is left apart is given to no later holder, and none of them overwrites or removes it', async () => {
      const left = await leaseOf('one');
      await subject.write(left, 'a.txt', 'thrown away\n');
      expect(await left.abandon('apart')).toMatch(
        /^refs\/dynamic-workflows\/run-1\/rescued\/one\.left-[0-9a-f]{1,12}$/,
      );
      const result = await subject.worktrees.acquire(
        subject.cwd,
        { runId: 'run-1', name: 'one', commit: subject.base, restore: true },
        signal,
      );
      if (result.kind === 'failed') throw new Error(result.message);
      expect([result.lease.restored, await subject.read(result.lease, 'a.txt')]).toEqual([false, 'a\n']);
      expect(await result.lease.abandon()).toBeNull();
    });

    test('W27 what was kept of those before one that begins anew is given to no later holder', async () => {
      const { commit } = await change('one', { 'a.txt': 'committed\n' });
      const writer = await leaseOf('one');
      await subject.write(writer, 'b.txt', 'unfinished\n');
      await writer.abandon();
      const later = async (how: { readonly anew: true } | { readonly restore: true }) => {
        const request = { runId: 'run-1', name: 'one', commit: subject.base, ...how };
        const result = await subject.worktrees.acquire(subject.cwd, request, signal);
        if (result.kind === 'failed') throw new Error(result.message);
        const { lease } = result;
        const found = [lease.restored, await subject.read(lease, 'a.txt'), await subject.read(lease, 'b.txt')];
        await lease.abandon();
        return found;
      };
      expect(await later({ anew: true })).toEqual([false, 'a\n', 'b\n']);
      expect(await later({ restore: true })).toEqual([false, 'a\n', 'b\n']);
      expect(await subject.readAt(commit, 'a.txt')).toBe('committed\n');
    });

    test('W27 a snapshot of a checkout without changes is the base itself', async () => {
      const state = await subject.worktrees.inspect(subject.cwd);
      if (state.kind !== 'ready') throw new Error(state.message);
      const { base } = state;
      expect(await subject.worktrees.snapshot(subject.cwd, { runId: 'run-1', base })).toEqual({ kind: 'ready', base });
    });

    test('W27 a sweep leaves what a living process holds', async () => {
      const lease = await leaseOf('one');
      expect(await subject.worktrees.sweep(subject.cwd, 'run-1')).toEqual([]);
      expect(await subject.read(lease, 'a.txt')).toBe('a\n');
      await lease.release();
    });

    test('X03 changes to different files merge, in any order to the same tree', async () => {
      const [one, two] = [
        await change('one', { 'a.txt': 'A\n' }),
        await change('two', { 'b.txt': null, 'c.txt': 'c\n' }),
      ];
      const merged = await subject.merge.merge(subject.cwd, one.commit, two.commit);
      expect(merged).toEqual(await subject.merge.merge(subject.cwd, two.commit, one.commit));
      if (merged.kind !== 'merged') throw new Error('there was a conflict');
      const landed = await subject.merge.commitTree(subject.cwd, merged.tree, [one.commit], 'both');
      expect(await subject.merge.treeOf(subject.cwd, landed)).toBe(merged.tree);
      const files = await Promise.all(['a.txt', 'b.txt', 'c.txt'].map((file) => subject.readAt(landed, file)));
      expect(files).toEqual(['A\n', null, 'c\n']);
    });

    test('X03 changes to the same line conflict, and the files are named', async () => {
      const one = await change('one', { 'a.txt': 'one\n', 'b.txt': 'B\n' });
      const two = await change('two', { 'a.txt': 'two\n', 'b.txt': 'B\n' });
      const merged = await subject.merge.merge(subject.cwd, one.commit, two.commit);
      if (merged.kind !== 'conflict') throw new Error('there was no conflict');
      expect(merged.paths).toEqual(['a.txt']);
      expect(merged.notes).toEqual([expect.stringMatching(/^CONFLICT \(content\).*a\.txt/)]);
      const both = await subject.merge.commitTree(subject.cwd, merged.tree, [one.commit], 'both');
      expect(await subject.readAt(both, 'a.txt')).toMatch(/^<{7} .*\none\n={7}\ntwo\n>{7} .*\n$/);
      expect(await subject.readAt(both, 'b.txt')).toBe('B\n');
    });

    test('X03 a change on top of another is merged as what it adds to that one', async () => {
      const one = await change('one', { 'a.txt': 'one\n' });
      const two = await change('two', { 'b.txt': 'two\n' }, one.commit);
      const other = await change('other', { 'a.txt': 'other\n' });
      const { merge, cwd } = subject;
      expect((await merge.merge(cwd, other.commit, two.commit)).kind).toBe('conflict');
      const merged = await merge.merge(cwd, other.commit, two.commit, one.commit);
      if (merged.kind !== 'merged') throw new Error('there was a conflict');
      const landed = await merge.commitTree(cwd, merged.tree, [other.commit], 'both');
      expect([await subject.readAt(landed, 'a.txt'), await subject.readAt(landed, 'b.txt')]).toEqual([
        'other\n',
        'two\n',
      ]);
    });

    test('X03 many changes become commits in one go, and their messages say which they are', async () => {
      const { merge, cwd, base } = subject;
      const one = await change('one', { 'a.txt': 'A\n', 'b.txt': null });
      const two = await change('two', { 'new/c.txt': 'c\n' });
      const pairs = [one, { commit: base }, two].map(({ commit }) => ({ from: base, to: commit }));
      const [ofOne = [], none, ofTwo = []] = await merge.entriesBetween(cwd, pairs);
      expect(none).toEqual([]);
      const shapes = ofOne.map(({ path, before, after }) => [path, before?.mode, after?.mode]);
      expect(shapes).toEqual([
        ['a.txt', '100644', '100644'],
        ['b.txt', '100644', undefined],
      ]);
      const message = (commit: string) => `It lands\n\nWorkflow-Change: ${commit}`;
      const commits = await merge.commitSteps(cwd, base, [
        { message: message(one.commit), entries: ofOne },
        { message: message(two.commit), entries: ofTwo },
        { message: 'as it was', tree: await merge.treeOf(cwd, base) },
      ]);
      expect(await merge.landedOn(cwd, base, commits[2] ?? '')).toEqual([
        { commit: commits[2], brings: [] },
        { commit: commits[1], brings: [two.commit] },
        { commit: commits[0], brings: [one.commit] },
      ]);
      const both = commits[1] ?? '';
      const texts = await Promise.all(['a.txt', 'b.txt', 'new/c.txt'].map((file) => subject.readAt(both, file)));
      expect(texts).toEqual(['A\n', null, 'c\n']);
      expect(await merge.treeOf(cwd, commits[2] ?? '')).toBe(await merge.treeOf(cwd, base));
    });

    test('X03 a branch moves only from where it was seen', async () => {
      const { merge, cwd, base } = subject;
      const { commit } = await change('one', { 'a.txt': 'A\n' });
      const branch = 'workflow/run-1/integration';
      expect(await merge.moveBranch(cwd, branch, commit, base)).toEqual({ kind: 'elsewhere' });
      expect(await merge.moveBranch(cwd, branch, base, null)).toEqual({ kind: 'moved' });
      expect(await merge.moveBranch(cwd, branch, commit, null)).toEqual({ kind: 'elsewhere' });
      expect(await merge.moveBranch(cwd, branch, commit, base)).toEqual({ kind: 'moved' });
      expect(await merge.resolve(cwd, branch)).toBe(commit);
    });
  });
}
