import { describe, expect, test } from 'vitest';
import type { Brain, Reply, RequestView } from '../../src/node/simulator/simulator.ts';
import type { Review } from '../../src/protocol/change.ts';
import { resultOf, script, withBench } from '../support/engine.ts';
import { withGitRepository } from '../support/gitRepository.ts';

const FILES = { 'a.txt': 'one\n', 'b.txt': 'two\n' };

const isReviewer = (view: RequestView): boolean => view.system.includes('You are a reviewer');
const isSkeptic = (view: RequestView): boolean => view.system.includes('You are a skeptic');
const lensOf = (view: RequestView): string => /one lens: (\w+)/.exec(view.prompt)?.[1] ?? '';

/** Writes three lines into a.txt. */
const author: Brain = (view) => {
  if (isReviewer(view) || isSkeptic(view)) return undefined;
  const steps: readonly Reply[] = [
    { tools: [{ name: 'Read', input: { path: 'a.txt' } }] },
    { tools: [{ name: 'Write', input: { path: 'a.txt', content: 'first\nsecond\nthird\n' } }] },
  ];
  return steps[view.turn] ?? { text: 'Set a.txt because I secretly think so' };
};

const FINDING = { path: 'a.txt', line: 2, quote: 'second', severity: 'major', title: 'Second is wrong', body: 'See.' };
const reviewer =
  (...findings: readonly object[]): Brain =>
  (view) =>
    isReviewer(view) ? { structured: { findings: findings as never } } : undefined;
const skeptic =
  (vote: object): Brain =>
  (view) =>
    isSkeptic(view) ? { structured: { reason: 'I looked.', ...vote } } : undefined;
/** A skeptic that writes a test and names it. */
const prover =
  (verdict: string, { path = 'proof.sh', content = '! grep second a.txt\n', command = 'sh proof.sh' }): Brain =>
  (view) => {
    if (!isSkeptic(view)) return undefined;
    if (view.turn === 0) return { tools: [{ name: 'Write', input: { path, content } }] };
    return { structured: { verdict, reason: 'I tried.', reproduction: { path, command } } };
  };

async function reviewWith(rules: readonly Brain[], options: string, more = ''): Promise<Review> {
  return withGitRepository(FILES, (repo) =>
    withBench({ rules: [...rules, author], cwd: repo.dir }, async ({ play, simulator }) => {
      const played = await play(
        script(`const made = await change('write'); return await review(made, ${options});${more}`),
      );
      const judged = simulator.requests.filter(({ system }) =>
        /You are a (reviewer|skeptic)/.test(JSON.stringify(system)),
      );
      expect(JSON.stringify(judged.map(({ messages }) => messages))).not.toContain('secretly think');
      expect((await repo.git('worktree', 'list')).split('\n')).toHaveLength(1);
      return resultOf(played) as unknown as Review;
    }),
  );
}

const ONE = "{lenses: ['correctness'], votes: 1}";

describe('review()', () => {
  test('X02 three lenses by default; what they all find is voted on once', async () => {
    const rules = [reviewer(FINDING), skeptic({ verdict: 'upheld' })];
    const { approved, findings } = await reviewWith(rules, '{}');
    expect({ approved, findings }).toMatchObject({
      approved: false,
      findings: [{ lens: 'correctness, security, tests', status: 'argued', votes: { upheld: 3 } }],
    });
    expect(findings[0]?.reasons).toEqual(['upheld: I looked.', 'upheld: I looked.', 'upheld: I looked.']);
  });

  test('X02 W21 the last words of a reviewer whose turns are up are no verdict', async () => {
    const looks: Brain = (view) =>
      isReviewer(view) ? { text: 'all fine so far', tools: [{ name: 'Glob', input: { pattern: '*' } }] } : undefined;
    const repair: Brain = (view) =>
      view.system.includes('bring an answer into the form') ? { structured: { findings: [] } } : undefined;
    const { approved } = await reviewWith([repair, looks], ONE);
    expect(approved).toBe(false);
  });

  test('X02 its reviewers are named by its label', async () => {
    await withGitRepository(FILES, (repo) =>
      withBench({ rules: [reviewer(), author], cwd: repo.dir }, async ({ play }) => {
        const options = "{lenses: ['correctness', 'tests'], label: 'the lines'}";
        const { events } = await play(script(`return await review(await change('write'), ${options});`));
        const labels = events.flatMap((event) => (event.type === 'agent.queued' ? [event.label] : []));
        expect(labels.slice(1)).toEqual(['correctness: the lines', 'tests: the lines']);
      }),
    );
  });

  test('X02 a test that fails on the change, run again on a clean copy, makes a finding reproduced; no vote drops it', async () => {
    const proves = prover('upheld', {});
    let asked = 0;
    const one: Brain = (view) => {
      if (!isSkeptic(view)) return undefined;
      if (view.turn > 0) return proves(view);
      asked += 1;
      return asked === 1 ? proves(view) : { structured: { verdict: 'refuted', reason: 'No.' } };
    };
    const { approved, findings } = await reviewWith([reviewer(FINDING), one], "{lenses: ['correctness']}");
    expect({ approved, findings }).toMatchObject({
      approved: false,
      findings: [
        {
          status: 'reproduced',
          votes: { upheld: 1, refuted: 2 },
          reproduction: { path: 'proof.sh', content: '! grep second a.txt\n', command: 'sh proof.sh' },
        },
      ],
    });
    expect(findings[0]?.reasons.join()).toContain('`sh proof.sh` failed (exit code 1)');
  });

  test.each([
    { name: 'passes', proof: { content: 'true\n' }, says: 'passed (exit code 0)' },
    { name: 'is not there', proof: { command: 'no-such-program proof.sh' }, says: 'could not run (exit code 127)' },
    { name: 'lies outside', proof: { path: '../proof.sh' }, says: '../proof.sh is no file of the repository' },
  ])('X02 a test that $name shows nothing, whatever its skeptic says', async ({ proof, says }) => {
    const { findings } = await reviewWith([reviewer(FINDING), prover('upheld', proof)], ONE);
    expect(findings).toMatchObject([{ status: 'argued', votes: { upheld: 1 } }]);
    expect(findings[0]?.reproduction).toBeUndefined();
    expect(findings[0]?.reasons[0]).toContain(says);
  });

  test('X02 what a skeptic broke in its own copy proves nothing', async () => {
    const breaks: Brain = (view) => {
      if (!isSkeptic(view)) return undefined;
      const command = "echo 'grep third a.txt' > proof.sh && echo broken > a.txt && ! sh proof.sh";
      if (view.turn === 0) return { tools: [{ name: 'Bash', input: { command } }] };
      expect(view.results.map(({ isError }) => isError)).toEqual([false]);
      return {
        structured: { verdict: 'upheld', reason: 'So.', reproduction: { path: 'proof.sh', command: 'sh proof.sh' } },
      };
    };
    const { findings } = await reviewWith([reviewer(FINDING), breaks], ONE);
    expect(findings).toMatchObject([{ status: 'argued' }]);
  });

  test('X02 a test does not replace a file of the change: its skeptic is told, and may write a new one', async () => {
    const says: string[] = [];
    const replaces: Brain = (view) => {
      if (!isSkeptic(view)) return undefined;
      says.push(...view.results.map(({ content }) => content));
      const path = view.turn < 2 ? 'b.txt' : 'proof.sh';
      if (view.turn % 2 === 0) return { tools: [{ name: 'Write', input: { path, content: 'exit 1\n' } }] };
      return {
        structured: { verdict: 'upheld', reason: 'So.', reproduction: { path, command: `sh ${path}` } },
      };
    };
    const { findings } = await reviewWith([reviewer(FINDING), replaces], ONE);
    expect(findings).toMatchObject([{ status: 'reproduced', reproduction: { path: 'proof.sh' } }]);
    expect(says.join()).toContain('The change has a file b.txt already');
  });

  test.each(['b.txt', './b.txt', './/b.txt'])(
    'X02 a test that would replace a file of the change, by the name %s, shows nothing',
    async (path) => {
      const { findings } = await reviewWith(
        [reviewer(FINDING), prover('upheld', { path, content: 'exit 1\n', command: 'sh b.txt' })],
        ONE,
      );
      expect(findings).toMatchObject([{ status: 'argued', votes: { upheld: 1 } }]);
      expect(findings[0]?.reproduction).toBeUndefined();
      expect(findings[0]?.reasons[0]).toContain('no test replaces it');
    },
  );

  test('X02 a refutation whose own test fails does not count', async () => {
    const { findings } = await reviewWith([reviewer(FINDING), prover('refuted', {})], ONE);
    expect(findings).toMatchObject([{ status: 'argued', votes: { upheld: 0, refuted: 0, abstained: 1 } }]);
  });

  test('X02 a line is where its quote stands', async () => {
    const far = { ...FINDING, line: 40, endLine: 41, quote: '  third ' };
    const { findings } = await reviewWith([reviewer(far), skeptic({ verdict: 'upheld' })], ONE);
    expect(findings).toMatchObject([{ line: 3, endLine: 4 }]);
  });

  test.each([
    {
      name: 'corrected',
      second: [{ ...FINDING, title: 'Was wrong' }],
      kept: [{ title: 'Right' }, { title: 'Was wrong', line: 2 }],
    },
    { name: 'taken back', second: [], kept: [{ title: 'Right' }] },
    {
      name: 'wrong again',
      second: null,
      kept: [{ title: 'Right' }, { title: 'Was wrong', line: 1, unplaced: true, status: 'argued' }],
    },
  ])('X02 a quote that is not there is sent back once: $name', async ({ second, kept }) => {
    const right = { ...FINDING, line: 3, quote: 'third', title: 'Right' };
    const wrong = { ...FINDING, quote: 'nowhere', title: 'Was wrong' };
    let rounds = 0;
    const brain: Brain = (view) => {
      if (!isReviewer(view)) return undefined;
      rounds += 1;
      if (rounds === 2) expect(JSON.stringify(view.messages.at(-1))).toContain('the quote does not stand in a.txt');
      const findings = rounds === 1 ? [right, wrong] : (second ?? [wrong]);
      return { structured: { findings: findings as never } };
    };
    const { findings } = await reviewWith([brain, skeptic({ verdict: 'upheld' })], ONE);
    expect(rounds).toBe(2);
    expect(findings).toMatchObject(kept);
    expect(findings).toHaveLength(kept.length);
  });

  test('X02 judges write and run in copies of their own: no other sees it, and nothing stays', async () => {
    const messy: Brain = (view) => {
      if (!isReviewer(view)) return undefined;
      const command = 'cat a.txt; ls; echo mine > mine.txt; echo x > a.txt';
      if (view.turn === 0)
        return { tools: [{ name: 'Bash', input: { command } }], latencyMs: lensOf(view) === 'b' ? 50 : 0 };
      const seen = view.results.map(({ content }) => content).join();
      const clean = seen.includes('third') && !seen.includes('mine.txt');
      return { structured: { findings: clean ? [] : [FINDING] } };
    };
    const review = await reviewWith([messy], "{lenses: ['a', 'b']}");
    expect(review).toEqual({ approved: true, findings: [] });
  });

  test('X02 voters are of another family than the author, where one is named', async () => {
    const rules = [author, reviewer(FINDING), skeptic({ verdict: 'upheld' })];
    await withGitRepository(FILES, (repo) =>
      withBench({ rules: [...rules.slice(1), author], cwd: repo.dir }, async ({ play, simulator }) => {
        const models = "{models: ['sonnet', 'gpt-x', 'gemini-y'], lenses: ['correctness'], votes: 3}";
        await play(script(`await review(await change('write'), ${models});`));
        const asked = simulator.requests
          .filter(({ system }) => JSON.stringify(system).includes('You are a skeptic'))
          .map(({ model }) => model);
        expect(asked.sort()).toEqual(['gemini-y', 'gpt-x', 'gpt-x']);
      }),
    );
  });
});
