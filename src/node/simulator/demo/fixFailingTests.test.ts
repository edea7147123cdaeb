import { describe, expect, test } from 'vitest';
import type { Change, Landing } from '../../../protocol/change.ts';
import { demoBrain } from './demoBrain.ts';
import { openStage, sampleCopy } from './playAgent.fake.ts';
import { playRun } from './playRun.fake.ts';
import type { ScriptGlobals } from './playScript.fake.ts';
import { playScript } from './playScript.fake.ts';

test('the demo: six bugs are mended and land, the false report is refuted, the finding too', async () => {
  using sample = sampleCopy();
  await using stage = await openStage(demoBrain);
  using run = playRun(stage, sample.root);
  const { result } = await playScript(run);
  expect(result.fixed.map(({ file }) => file).sort()).toEqual(
    ['csv', 'lru', 'money', 'ranges', 'semver', 'wrap'].map((name) => `src/${name}.js`),
  );
  expect(result.refused).toMatchObject([{ file: 'src/query.js', votes: { upheld: 0, refuted: 3, abstained: 0 } }]);
  expect(result.failed).toEqual([]);
  expect(result.suite).toMatchObject({ failed: 0 });
  expect(result.message).toBe('6 of 7 fixed, 1 refused, 0 failed; 0 tests fail on the branch.');
  expect(run.findings.map(({ path, votes }) => ({ path, refuted: votes.refuted }))).toEqual([
    { path: 'src/ranges.js', refuted: 3 },
  ]);
  expect(run.calls.filter((call) => call.startsWith('Edit'))).toHaveLength(6);

  // A second run, on what the first one landed, has only the false report to refute.
  using again = playRun(stage, run.landed);
  const { result: second } = await playScript(again);
  expect(second).toMatchObject({ fixed: [], failed: [], branch: null, suite: null });
  expect(second.refused).toHaveLength(1);
}, 120_000);

const failure = (name: string, file = name) => ({
  test: `${name} works`,
  file: `test/${file}.test.js`,
  module: `src/${file}.js`,
  message: 'no',
  command: `run ${file}`,
});
const claim = { title: 'It is slow', module: '', claim: 'So slow', command: 'run slow' };
const found = { problem: '', passed: 3, failed: 1, failures: [failure('a')], reports: [] as object[] };
const suite = { passed: 4, failed: 0, output: '' };
const file = { path: 'src/a.js', status: 'modified', additions: 1, deletions: 1 } as const;
const made: Change = { id: 'c', summary: 'Mended', branch: 'b', base: '0', commit: '1', files: [file], diff: '' };
const landed: Landing = { status: 'landed', commit: '9', branch: 'integration' };

/** Everything goes well, but for what a test says. */
function host(
  say: Partial<ScriptGlobals> & { readonly found?: object | null; readonly doubts?: unknown },
): ScriptGlobals {
  return {
    agent: async (_, { label = '' }) => {
      if (label === 'find failures') return say.found === undefined ? found : say.found;
      return label === 'whole suite' ? suite : (say.doubts ?? null);
    },
    change: async () => made,
    review: async () => ({ approved: true, findings: [] }),
    land: async () => landed,
    ...say,
  };
}

describe('every unit ends where it belongs', () => {
  const votes = { upheld: 2, refuted: 1, abstained: 0 };
  const finding = {
    path: file.path,
    line: 1,
    severity: 'major',
    title: 'Wrong',
    body: '',
    lens: 'l',
    votes,
    reasons: [],
  } as const;
  const breaks = async (): Promise<never> => Promise.reject(new Error('permission denied'));
  const lands = (landing: Landing) => async () => landing;

  test.each([
    { name: 'landed', say: {}, fixed: /^9$/ },
    { name: 'no change', say: { change: async () => null }, failed: /No fix came of it/ },
    { name: 'broke off', say: { change: breaks }, failed: /It broke off/ },
    { name: 'no bug', say: { change: async () => ({ ...made, files: [] }) }, refused: /Mended/ },
    {
      name: 'not approved',
      say: { review: async () => ({ approved: false, findings: [finding] }) },
      refused: /^major: Wrong$/,
    },
    {
      name: 'review without an answer',
      say: { review: async () => ({ approved: false, findings: [] }) },
      refused: /did not finish/,
    },
    {
      name: 'conflict',
      say: { land: lands({ status: 'conflict', conflicts: ['x.js'] }) },
      failed: /x\.js/,
    },
    {
      name: 'bad merge',
      say: { land: lands({ status: 'verify-failed', log: 'boom' }) },
      failed: /run a.*boom/s,
    },
    { name: 'unreviewed', say: { land: lands({ status: 'unreviewed' }) }, refused: /unreviewed/ },
  ])('$name', async ({ say, ...ends }) => {
    const { result } = await playScript(host(say));
    for (const end of ['fixed', 'refused', 'failed'] as const) {
      const expected: Partial<Record<typeof end, RegExp>> = ends;
      const told = result[end].map((unit) => unit.reason ?? unit.commit);
      expect(told).toEqual(expected[end] === undefined ? [] : [expect.stringMatching(expected[end])]);
    }
  });
});

describe('a report', () => {
  const reported = { ...found, failed: 0, failures: [], reports: [claim] };

  test.each([
    { name: 'is mended when nobody refutes it', doubts: { refuted: false, reason: 'real' }, fixed: 1 },
    { name: 'is mended when all its skeptics died: silence refutes nothing', doubts: null, fixed: 1 },
    { name: 'is refused when they refute it', doubts: { refuted: true, reason: 'wished' }, fixed: 0 },
  ])('$name', async ({ doubts, fixed }) => {
    const { result } = await playScript(host({ found: reported, doubts }));
    expect({ fixed: result.fixed.length, refused: result.refused.length }).toEqual({ fixed, refused: 1 - fixed });
  });

  test('is doubted from three sides', async () => {
    const prompts: string[] = [];
    const globals = host({ found: reported });
    await playScript({
      ...globals,
      agent: (prompt, options) => (prompts.push(prompt), globals.agent(prompt, options)),
    });
    const doubts = prompts.filter((prompt) => prompt.includes('Try to refute'));
    expect(new Set(doubts).size).toBe(3);
  });

  test('lands on a green suite only if the whole suite passes with it', async () => {
    const verified: unknown[] = [];
    const land: ScriptGlobals['land'] = async (_, { verify }) => (verified.push(verify), landed);
    await playScript(host({ found: reported, land }));
    await playScript(host({ land }));
    expect(verified).toEqual(['npm test', 'run a']);
  });
});

describe('before there is anything to mend', () => {
  test('an agent that did not finish is told', async () => {
    const { result } = await playScript(host({ found: null }));
    expect(result.message).toMatch(/^Nothing was looked at/);
    expect(result).toMatchObject({ fixed: [], refused: [], failed: [], branch: null, suite: null });
  });

  test('a suite that cannot run fails the run with the reason', async () => {
    const globals = host({ found: { ...found, problem: 'npm: command not found' } });
    await expect(playScript(globals)).rejects.toThrow('The tests could not run: npm: command not found');
  });

  test('a green suite without reports ends at once', async () => {
    const { result } = await playScript(host({ found: { ...found, failed: 0, failures: [] } }));
    expect(result.message).toBe('All 3 tests pass, no bug is reported: nothing to do.');
  });
});

describe('units', () => {
  const several = { ...found, failed: 3, failures: [failure('a'), failure('b'), failure('a two', 'a')] };

  test('tests of one file are one unit, and go to one author', async () => {
    const prompts: string[] = [];
    const change: ScriptGlobals['change'] = async (prompt) => (prompts.push(prompt), made);
    const { result } = await playScript(host({ found: several, change }));
    expect(result.fixed.map(({ title }) => title)).toEqual(['a works; a two works', 'b works']);
    expect(prompts[0]).toMatch(/- a works\n[^]*- a two works\n/);
  });

  test('those beyond maxFailures are counted, not dropped', async () => {
    const { result } = await playScript(host({ found: several }), { maxFailures: 1 });
    expect(result.fixed).toHaveLength(1);
    expect(result.refused).toMatchObject([
      { unit: 'test/b.test.js', reason: 'Left for another run: maxFailures is 1.' },
    ]);
  });

  test('a list that is shorter than the count is said', async () => {
    const { logs } = await playScript(host({ found: { ...found, failed: 5 } }));
    expect(logs).toContain('Only 1 of 5 failures are listed; Verify will show the rest.');
  });
});
