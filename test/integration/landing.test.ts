import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MergeRepository } from '../../src/workflow/worktrees.ts';
import { openLandingStage, realMerge, type LandingStage, type Tested } from '../support/landingStage.ts';

const LINES = Array.from({ length: 9 }, (_, i) => `${i}\n`);
const withLine = (at: number, line: string): string => LINES.map((text, i) => (i === at ? line : text)).join('');

let stage: LandingStage;
beforeEach(async () => {
  stage = await openLandingStage({ 'lines.txt': LINES.join(''), 'a.txt': 'a\n', 'sub/b.txt': 'b\n' });
});
afterEach(() => stage.dispose());

const show = (path: string) => stage.repository.git('show', `${stage.branch}:${path}`);
const statuses = (outcomes: readonly { readonly status: string }[]) => outcomes.map(({ status }) => status);
const commitsOf = (changes: readonly { readonly commit: string }[]) => changes.map(({ commit }) => commit);

/** Ten that touch nothing of each other's; the ones named are bad. */
const ten = async (bad: readonly number[] = []) => {
  const changes = [];
  for (let i = 0; i < 10; i += 1)
    changes.push(await stage.change({ [bad.includes(i) ? `bad/${i}` : `good/${i}`]: `${i}\n` }));
  return changes;
};

describe('the merge queue', () => {
  test('X03 ten that pass together land by one test, one commit each and in their order', async () => {
    const changes = await ten();
    const { queue, tested } = stage.newQueue();
    const outcomes = await stage.landAll(queue, changes, 'check');
    expect(new Set(statuses(outcomes))).toEqual(new Set(['landed']));
    expect(tested).toHaveLength(1);
    expect(await stage.landed()).toEqual(commitsOf(changes));
    const git = (...args: string[]) => stage.repository.git(...args);
    expect(tested).toEqual([await git('rev-parse', stage.branch)]);
    const own = await git('log', '--reverse', '--format=', '--name-only', `${stage.base}..${stage.branch}`);
    expect(own.split('\n').filter(Boolean)).toEqual(changes.map((_, i) => `good/${i}`));
  });

  test.each([
    { bad: [3], atMost: 6 },
    { bad: [0, 9], atMost: 11 },
    { bad: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], atMost: 19 },
  ])('X03 of ten, those that fail the test are found by halves, and the rest lands: $bad', async ({ bad, atMost }) => {
    const changes = await ten(bad);
    const { queue, tested } = stage.newQueue();
    const outcomes = await stage.landAll(queue, changes, 'check');
    expect(outcomes.flatMap(({ status }, i) => (status === 'verify-failed' ? [i] : []))).toEqual(bad);
    expect(outcomes[bad[0] ?? 0]).toMatchObject({ log: expect.stringContaining(`bad/${bad[0]}`) as string });
    const good = changes.filter((_, i) => !bad.includes(i));
    const refs = (await stage.repository.git('for-each-ref', '--format=%(refname)')).split('\n');
    if (good.length === 0) expect(refs).toEqual(['refs/heads/main']);
    else {
      expect(await stage.landed()).toEqual(commitsOf(good));
      expect((await stage.filesAt(stage.branch)).filter((path) => path.startsWith('bad/'))).toEqual([]);
    }
    expect(tested.length).toBeLessThanOrEqual(atMost);
  });

  test('X03 what conflicts only with a change that fails its test lands', async () => {
    const bad = await stage.change({ 'a.txt': 'bad\n', 'bad/1': '' });
    const good = await stage.change({ 'a.txt': 'good\n' });
    const late = await stage.change({ 'a.txt': 'late\n' });
    const { queue } = stage.newQueue();
    const outcomes = await stage.landAll(queue, [bad, good, late], 'check');
    expect(statuses(outcomes)).toEqual(['verify-failed', 'landed', 'conflict']);
    expect(outcomes[2]).toMatchObject({ conflicts: ['a.txt'], unmerged: { landed: [good.commit] } });
    expect(await show('a.txt')).toBe('good');
  });

  test('X03 what is queued with another command, or later, is tested apart', async () => {
    const changes = (await ten([2])).slice(0, 4);
    const { queue, tested } = stage.newQueue();
    const outcomes = await Promise.all(
      changes.map((change, i) => queue.land({ change }, i < 2 ? 'check' : i === 2 ? undefined : 'look')),
    );
    // Nobody asked for a test of the third, and it fails the one of the fourth.
    expect(statuses(outcomes)).toEqual(['landed', 'landed', 'landed', 'verify-failed']);
    expect(tested).toHaveLength(2);
  });

  test('X03 one file by different lines merges; a rename takes the edits of the other side along', async () => {
    const changes = [
      await stage.change({ 'lines.txt': withLine(0, 'A\n') }),
      await stage.change({ 'lines.txt': null, 'moved.txt': LINES.join('') }),
      await stage.change({ 'lines.txt': withLine(8, 'Z\n') }),
    ];
    expect(statuses(await stage.landAll(stage.newQueue().queue, changes))).toEqual(['landed', 'landed', 'landed']);
    expect(await show('moved.txt')).toBe(`A\n${LINES.slice(1, 8).join('')}Z`);
    expect(await stage.filesAt(stage.branch)).not.toContain('lines.txt');
  });

  test('X03 a file that one side adds to a folder which the other has moved is git’s to judge', async () => {
    const moved = await stage.change({ 'sub/b.txt': null, 'new/b.txt': 'b\n' });
    const added = await stage.change({ 'sub/c.txt': 'c\n' });
    const outcomes = await stage.landAll(stage.newQueue().queue, [moved, added]);
    expect(statuses(outcomes)).toEqual(['landed', 'conflict']);
    expect(outcomes[1]).toMatchObject({
      conflicts: ['new/c.txt'],
      unmerged: { notes: [expect.stringContaining('CONFLICT (file location)') as string] },
    });
  });

  test('X03 a change that stands on another is what it adds to it, and brings it along where it has not landed', async () => {
    const below = await stage.change({ 'lines.txt': withLine(0, 'A\n') });
    const above = await stage.change({ 'sub/b.txt': 'B\n' }, below.commit);
    const between = await stage.change({ 'lines.txt': withLine(0, 'between\n') }, below.commit);
    const { queue } = stage.newQueue();
    const outcomes = await stage.landAll(queue, [between, above, below]);
    expect(statuses(outcomes)).toEqual(['landed', 'landed', 'landed']);
    expect(outcomes[2]).toEqual(outcomes[0]);
    expect(await show('lines.txt')).toMatch(/^between\n1\n/);
    expect(await stage.landed()).toEqual([between.commit, below.commit, above.commit]);
  });

  test.each([
    { meanwhile: 'nothing has landed', alone: false },
    { meanwhile: 'the one below has landed by itself', alone: true },
  ])('X03 what resolves a stacked change brings in what that one would have, when $meanwhile', async ({ alone }) => {
    const rival = await stage.change({ 'a.txt': 'rival\n' });
    const below = await stage.change({ 'sub/b.txt': 'B\n' });
    const above = await stage.change({ 'a.txt': 'above\n' }, below.commit);
    const { queue } = stage.newQueue();
    const [, outcome] = await stage.landAll(queue, [rival, above]);
    const standsFor = [above.commit, below.commit] as const;
    expect(outcome).toMatchObject({ conflicts: ['a.txt'], unmerged: { brings: standsFor } });
    const tip = await stage.repository.git('rev-parse', stage.branch);
    const resolution = await stage.change({ 'a.txt': 'both\n', 'sub/b.txt': 'B\n' }, tip);
    if (alone) await stage.landAll(queue, [below]);
    const landed = await queue.land({ change: resolution, standsFor }, undefined);
    const [again, other] = await stage.landAll(queue, [above, below]);
    expect([landed, again, other]).toMatchObject([{ status: 'landed' }, landed, { status: 'landed' }]);
    const names = [rival.commit, ...(alone ? [below.commit] : []), resolution.commit, above.commit];
    expect(await stage.landed()).toEqual(alone ? names : [...names, below.commit]);
  });

  test('X03 a change that is queued twice lands once', async () => {
    const change = await stage.change({ 'a.txt': 'A\n' });
    const { queue } = stage.newQueue();
    const [one, two] = await stage.landAll(queue, [change, change]);
    expect(one).toEqual(two);
    expect(await queue.land({ change }, undefined)).toEqual(one);
    expect(await stage.landed()).toEqual([change.commit]);
  });

  test('X03 a branch that somebody moves meanwhile, or has checked out, fails those that were to land, by name', async () => {
    const changes = [await stage.change({ 'a.txt': 'A\n' }), await stage.change({ 'sub/b.txt': 'B\n' })];
    const real = realMerge();
    let moves = 0;
    const raced: MergeRepository = {
      ...real,
      moveBranch: async (...move) => {
        if (moves++ === 0) await stage.repository.git('branch', stage.branch, stage.base);
        return real.moveBranch(...move);
      },
    };
    const { queue } = stage.newQueue(raced);
    const lost = await stage.landAll(queue, changes);
    expect(lost).toEqual([
      { status: 'conflict', conflicts: [], log: expect.stringContaining(`moved ${stage.branch}`) as string },
      { status: 'conflict', conflicts: [], log: expect.stringContaining('Land the change again') as string },
    ]);
    await stage.repository.git('checkout', '-q', stage.branch);
    const held = await stage.landAll(queue, changes);
    expect(held[1]).toMatchObject({ log: expect.stringContaining(`checked out at ${stage.repository.dir}`) as string });
    expect(await stage.repository.git('status', '--porcelain')).toBe('');
    await stage.repository.git('checkout', '-q', 'main');
    expect(statuses(await stage.landAll(queue, changes))).toEqual(['landed', 'landed']);
  });

  test('X03 a process that dies between any two steps lands nothing twice and nothing by half', async () => {
    const [one, two] = [
      await stage.change({ 'lines.txt': withLine(0, 'A\n') }),
      await stage.change({ 'lines.txt': withLine(8, 'Z\n') }),
    ];
    const landAll = ({ queue }: Tested) =>
      Promise.all([queue.land({ change: one }, undefined), queue.land({ change: two }, 'check')]);
    const died = new Error('died');
    const between: number[] = [];
    for (let step = 1; ; step += 1) {
      const dying = dyingBefore(step, died);
      const first = await landAll(stage.newQueue(dying.merge)).catch((error: unknown) => error);
      if (!dying.dead()) break;
      expect(first).toBe(died);
      between.push((await stage.landed().catch(() => [])).length);
      expect(statuses(await landAll(stage.newQueue()))).toEqual(['landed', 'landed']);
      expect(await stage.landed()).toEqual([one.commit, two.commit]);
      await stage.repository.git('branch', '-q', '-D', stage.branch);
    }
    expect(between.length).toBeGreaterThan(10);
    expect(new Set(between)).toEqual(new Set([0, 1]));
    expect(await stage.repository.git('fsck', '--no-dangling')).toBe('');
  });
});

/** A repository whose owner dies before the n-th call of it. */
function dyingBefore(n: number, died: Error): { readonly merge: MergeRepository; dead(): boolean } {
  let calls = 0;
  const mortal = <T>(call: () => Promise<T>): Promise<T> => {
    calls += 1;
    return calls < n ? call() : Promise.reject(died);
  };
  const real = realMerge();
  const merge: MergeRepository = {
    ...real,
    resolve: (...args) => mortal(() => real.resolve(...args)),
    landedOn: (...args) => mortal(() => real.landedOn(...args)),
    entriesBetween: (...args) => mortal(() => real.entriesBetween(...args)),
    merge: (...args) => mortal(() => real.merge(...args)),
    commitSteps: (...args) => mortal(() => real.commitSteps(...args)),
    treeOf: (...args) => mortal(() => real.treeOf(...args)),
    moveBranch: (...args) => mortal(() => real.moveBranch(...args)),
  };
  return { merge, dead: () => calls >= n };
}
