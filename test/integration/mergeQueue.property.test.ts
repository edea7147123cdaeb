import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLandingStage, type Files, type LandingStage, type StagedChange } from '../support/landingStage.ts';

const LINES = Array.from({ length: 8 }, (_, i) => `${i}\n`);
const BASE = { 'lines.txt': LINES.join(''), 'dir/one.txt': 'one\n1\n', 'dir/two.txt': 'two\n2\n', x: 'a file\n' };

let stage: LandingStage;
beforeEach(async () => void (stage = await openLandingStage(BASE)));
afterEach(() => stage.dispose());

const git = (...args: readonly string[]) => stage.repository.git(...args);

/** What one change does; all of them in the same few places, so that they meet. */
const edit: fc.Arbitrary<Files> = fc.oneof(
  fc
    .record({ at: fc.integer({ min: 0, max: 7 }), text: fc.constantFrom('p\n', 'q\n') })
    .map(({ at, text }) => ({ 'lines.txt': LINES.map((line, i) => (i === at ? text : line)).join('') })),
  fc.constantFrom<Files>(
    { 'dir/one.txt': 'ONE\n1\n' },
    { 'dir/one.txt': null },
    { 'dir/one.txt': null, 'moved/one.txt': 'one\n1\n' },
    { 'dir/one.txt': null, 'dir/two.txt': null, 'moved/one.txt': 'one\n1\n', 'moved/two.txt': 'two\n2\n' },
    { 'dir/three.txt': 'three\n' },
    { 'dir/Three.txt': 'Three\n' },
    { 'dir/raw': new Uint8Array([0, 1, 255]) },
    { 'dir/raw': new Uint8Array([0, 2, 255]) },
    { x: null, 'x/y': 'a folder\n' },
    { x: 'another file\n' },
    { new: 'new\n' },
    { 'new/er': 'newer\n' },
    { 'odd "name"\n': 'odd\n' },
  ),
);

interface Planned {
  readonly edits: readonly Files[];
  /** Its test fails, and that of whatever brings it along. */
  readonly bad: boolean;
  /** Stands on the one so many before it, where there is one. */
  readonly below: number;
  readonly verify: string | undefined;
}

const planned: fc.Arbitrary<Planned> = fc.record({
  edits: fc.array(edit, { minLength: 1, maxLength: 2 }),
  bad: fc.boolean().chain((maybe) => (maybe ? fc.boolean() : fc.constant(false))),
  below: fc.constantFrom(0, 0, 0, 1, 2),
  verify: fc.constantFrom('check', 'check', 'check', 'look'),
});

/** The later of two edits wins, also where one of them has a folder in the other's place. */
function edited(before: Files, after: Files): Files {
  const paths = Object.keys(after);
  const inItsWay = (path: string) => paths.some((own) => own.startsWith(`${path}/`) || path.startsWith(`${own}/`));
  return { ...Object.fromEntries(Object.entries(before).filter(([path]) => !inItsWay(path))), ...after };
}

async function make(plan: readonly Planned[]): Promise<readonly StagedChange[]> {
  const changes: StagedChange[] = [];
  for (const [i, { edits, bad, below }] of plan.entries()) {
    const base = below === 0 ? undefined : changes[i - below]?.commit;
    const own = { [`own/${i}`]: `${i}\n`, ...(bad ? { [`bad/${i}`]: '' } : {}) };
    changes.push(await stage.change([own, ...edits].reduce(edited), base));
  }
  return changes;
}

/** Each merged by git in a checkout, and left out again where that conflicts or its test fails. */
async function byHand(changes: readonly StagedChange[]): Promise<readonly string[]> {
  await git('checkout', '-q', '-f', '-B', 'by-hand', stage.base);
  const fates: string[] = [];
  for (const { commit } of changes) {
    const before = await git('rev-parse', 'HEAD');
    const merged = await git('merge', '-q', '--no-ff', '--no-edit', commit).then(
      () => true,
      () => false,
    );
    const bad = merged && (await stage.filesAt('HEAD')).some((path) => path.startsWith('bad/'));
    fates.push(!merged ? 'conflict' : bad ? 'verify-failed' : 'landed');
    if (!merged || bad) await git('reset', '-q', '--hard', before);
    if (!merged) await git('clean', '-qfdx');
  }
  return fates;
}

test('X03 whatever lands is what merging one by one by hand gives, and what does not land leaves no trace', async () => {
  const property = fc.asyncProperty(fc.array(planned, { minLength: 2, maxLength: 7 }), async (plan) => {
    const changes = await make(plan);
    const { queue } = stage.newQueue();
    const outcomes = await Promise.all(changes.map((change, i) => queue.land({ change }, plan[i]?.verify)));
    const fates = await byHand(changes);
    expect(outcomes.map(({ status }) => status)).toEqual(fates);
    const landed = outcomes.flatMap((outcome) => (outcome.status === 'landed' ? [outcome.commit] : []));
    await git('checkout', '-q', '-f', 'main');
    if (landed.length === 0) {
      expect(await git('for-each-ref', stage.branch, `refs/heads/${stage.branch}`)).toBe('');
      return;
    }
    expect(await git('rev-parse', `${stage.branch}^{tree}`)).toBe(await git('rev-parse', 'by-hand^{tree}'));
    const history = (await git('rev-list', `${stage.base}..${stage.branch}`)).split('\n');
    expect(new Set(history)).toEqual(new Set(landed));
    expect(await git('for-each-ref', '--format=%(refname)', 'refs/heads/workflow', 'refs/dynamic-workflows')).toBe(
      `refs/heads/${stage.branch}`,
    );
    await git('branch', '-q', '-D', stage.branch);
  });
  await fc.assert(property, { numRuns: 12, endOnFailure: true });
}, 120_000);
