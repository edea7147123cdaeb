import { afterEach, beforeEach, expect, test } from 'vitest';
import { landOutside } from '../../src/workflow/apply/landOutside.ts';
import { openLandingStage, realMerge, type LandingStage, type StagedChange } from '../support/landingStage.ts';

let stage: LandingStage;
beforeEach(async () => {
  stage = await openLandingStage({ 'a.txt': 'a\n' });
});
afterEach(() => stage.dispose());

/** Lands the first of the run's changes; `recorded` are those that the run has written down as landed. */
function outside(changes: readonly StagedChange[], recorded: readonly StagedChange[] = []) {
  const [change] = changes;
  if (change === undefined) throw new Error('there is none');
  const { repository, base } = stage;
  const known = changes.map((one) => ({ ...one, name: one.id, landed: recorded.includes(one) }));
  const deps = { merge: realMerge(), verify: undefined, signal: new AbortController().signal };
  return landOutside(deps, { runId: 'run-1', cwd: repository.dir, base, change, changes: known });
}

/** Three on one line of work: the second takes back what the first has added. */
async function stacked() {
  const below = await stage.change({ 'x.txt': 'x\n' });
  const without = await stage.change({ 'x.txt': null }, below.commit);
  const beside = await stage.change({ 'y.txt': 'y\n' }, below.commit);
  return [below, without, beside] as const;
}

test('X03 a change that stands on a landed one is what it adds to it, as in the queue', async () => {
  const [below, without, beside] = await stacked();
  const { queue } = stage.newQueue();
  await stage.landAll(queue, [below, without]);
  expect(await outside([beside, below, without])).toMatchObject({ status: 'landed', branch: stage.branch });
  expect(await stage.filesAt(stage.branch)).toEqual(['a.txt', 'y.txt']);
  expect(await stage.landed()).toEqual([below.commit, without.commit, beside.commit]);
});

test('X03 what the branch names has landed, whatever was written down', async () => {
  const [below, without, beside] = await stacked();
  const { queue } = stage.newQueue();
  const [first] = await stage.landAll(queue, [below, without]);
  const tip = await stage.repository.git('rev-parse', stage.branch);
  expect(await outside([below, without, beside])).toEqual(first);
  expect(await stage.repository.git('rev-parse', stage.branch)).toBe(tip);
});

test('X03 what stands on a change that has not landed is refused by that one’s name', async () => {
  const [below, , beside] = await stacked();
  const log = expect.stringContaining(`on the change ${below.id}, which would come with it`) as string;
  expect(await outside([beside, below])).toEqual({ status: 'conflict', conflicts: [], log });
  const rival = await stage.change({ 'y.txt': 'other\n' });
  await stage.landAll(stage.newQueue().queue, [below, rival]);
  expect(await outside([beside, below])).toEqual({ status: 'conflict', conflicts: ['y.txt'] });
});

test('X03 one below that was written down as landed hinders nothing, and is there with it', async () => {
  const [below, , beside] = await stacked();
  expect(await outside([beside, below], [below])).toMatchObject({ status: 'landed' });
  expect(await stage.landed()).toEqual([beside.commit, below.commit]);
});
