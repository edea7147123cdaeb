import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { patternBench } from './guestPatterns.fake.ts';

const levelsOf = (n: number): number => Math.ceil(Math.log2(n));
/** By strength; equal ones keep their order, as in a stable sort. */
const strongest = (a: readonly number[], b: readonly number[]): number => (b[0] ?? 0) - (a[0] ?? 0);
const judge = (a: readonly number[], b: readonly number[]): string =>
  strongest(a, b) < 0 ? 'a' : strongest(a, b) > 0 ? 'b' : 'tie';
/** [strength, place], many of equal strength. */
const entries = fc
  .array(fc.nat(20), { maxLength: 40 })
  .map((strengths) => strengths.map((strength, place) => [strength, place]));

class BudgetError extends Error {
  override readonly name = 'BudgetError';
}

describe('tournament', () => {
  test('X05 a ranking equals a stable sort for any consistent judge, within n × ⌈log2 n⌉ comparisons', async () => {
    await fc.assert(
      fc.asyncProperty(entries, async (list) => {
        const { ranking, winner, matches } = await patternBench().tournament(list, { judge, rank: true });
        expect(ranking).toEqual(list.toSorted(strongest));
        expect(winner).toEqual(list.toSorted(strongest)[0] ?? null);
        if (list.length > 1) expect(matches.length).toBeLessThanOrEqual(list.length * levelsOf(list.length));
      }),
    );
  });

  test('X05 a winner takes n − 1 comparisons, and is the first of the strongest', async () => {
    await fc.assert(
      fc.asyncProperty(entries, async (list) => {
        const { ranking, winner, matches } = await patternBench().tournament(list, { judge });
        expect([winner, ranking]).toEqual([list.toSorted(strongest)[0] ?? null, null]);
        expect(matches).toHaveLength(Math.max(0, list.length - 1));
      }),
    );
  });

  test('X05 judges that die, throw or talk nonsense lose no entry, and the same ones give the same ranking', async () => {
    const fates = ['a', 'b', 'tie', null, undefined, 7, 'throws'] as const;
    const plan = fc.array(fc.constantFrom(...fates), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(fc.nat(20), plan, async (n, fate) => {
        const list = Array.from({ length: n }, (_, place) => place);
        const bad = (a: number, b: number): unknown => {
          const now = fate[(a * 31 + b) % fate.length];
          if (now === 'throws') throw new Error('no judge');
          return now;
        };
        const play = () => patternBench().tournament(list, { judge: bad, rank: true });
        const first = await play();
        expect(first.ranking?.toSorted((a, b) => a - b)).toEqual(list);
        expect(await play()).toEqual(first);
      }),
    );
  });

  test('X05 without any answer the order given stands, and each thrown one is listed', async () => {
    const bench = patternBench();
    const thrown = () => Promise.reject(new Error('gone'));
    const { ranking, matches } = await bench.tournament(['x', 'y', 'z'], { judge: thrown, rank: true });
    expect(ranking).toEqual(['x', 'y', 'z']);
    expect(matches.every(({ winner }) => winner === null)).toBe(true);
    expect(bench.failures).toEqual(matches.map(() => 'tournament, judge: Error: gone'));
  });

  test('X05 the comparisons of one level run at once', async () => {
    const open: number[] = [];
    let now = 0;
    const slow = async (): Promise<string> => {
      open.push((now += 1));
      await Promise.resolve();
      now -= 1;
      return 'a';
    };
    await patternBench().tournament([1, 2, 3, 4, 5, 6, 7, 8], { judge: slow });
    expect(open).toEqual([1, 2, 3, 4, 1, 2, 1]);
  });

  test('X05 an agent is asked in form, every second pair the other way round', async () => {
    const asked: (readonly [string, unknown])[] = [];
    const bench = patternBench((prompt, options) => {
      asked.push([prompt, options['schema']]);
      const [, a = '', b = ''] = /a:\n(\w+)\n\nb:\n(\w+)/.exec(prompt) ?? [];
      return { winner: a.length < b.length ? 'a' : b.length < a.length ? 'b' : 'tie', reason: 'shorter' };
    });
    const { winner, matches } = await bench.tournament(['long', 'x', 'long', 'y'], {
      judge: 'Which is shorter?',
      phase: 'P',
    });
    expect(winner).toBe('x');
    expect(asked[0]?.[0]).toBe('Which is shorter?\n\na:\nlong\n\nb:\nx');
    expect(asked[2]?.[0]).toBe('Which is shorter?\n\na:\ny\n\nb:\nx');
    expect(asked[0]?.[1]).toMatchObject({ properties: { winner: { enum: ['a', 'b', 'tie'] } } });
    expect(matches[0]).toEqual({ a: 'long', b: 'x', winner: 'b', reason: 'shorter' });
  });
});

describe('adversarialVerify', () => {
  const verdict = fc.constantFrom('upheld', 'refuted', 'abstained', null, 'nonsense');

  test('X05 drops a claim only when more than half of all its votes refute it, and keeps votes and reasons of all', async () => {
    const casts = fc.integer({ min: 1, max: 7 }).chain((votes) =>
      fc.record({
        votes: fc.constant(votes),
        cast: fc.array(fc.array(verdict, { minLength: votes, maxLength: votes }), { maxLength: 8 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(casts, async ({ votes, cast }) => {
        const claims = cast.map((_, index) => index);
        const refute = (claim: number, n: number) => {
          const word = cast[claim]?.[n];
          return word === null ? null : { verdict: word, reason: `r${n}` };
        };
        const { kept, dropped } = await patternBench().adversarialVerify(claims, { refute, votes });
        const refuted = claims.filter((claim) => (cast[claim] ?? []).filter((w) => w === 'refuted').length * 2 > votes);
        expect(dropped.map(({ claim }) => claim)).toEqual(refuted);
        expect(kept.map(({ claim }) => claim)).toEqual(claims.filter((claim) => !refuted.includes(claim)));
        for (const entry of [...kept, ...dropped]) {
          expect(entry.votes.upheld + entry.votes.refuted + entry.votes.abstained).toBe(votes);
          expect(entry.reasons).toHaveLength(votes);
        }
      }),
    );
  });

  test.each([
    { name: 'half of four', cast: ['refuted', 'refuted', 'upheld', 'upheld'], kept: true },
    { name: 'two of three', cast: ['refuted', 'refuted', 'upheld'], kept: false },
    { name: 'one, and two dead skeptics', cast: ['refuted', null, null], kept: true },
    { name: 'nobody answers', cast: [null, null, null], kept: true },
  ])('X05 $name refute: kept $kept', async ({ cast, kept }) => {
    const refute = (_claim: unknown, n: number) => cast[n];
    const result = await patternBench().adversarialVerify(['c'], { refute, votes: cast.length });
    expect(result.kept).toHaveLength(kept ? 1 : 0);
    expect(result.dropped).toHaveLength(kept ? 0 : 1);
  });
});

describe('loopUntilDone', () => {
  test('X05 always ends; what it found is what was new, in order, and it goes on for K dry rounds', async () => {
    const rounds = fc.array(fc.array(fc.nat(6), { maxLength: 4 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(rounds, fc.integer({ min: 1, max: 3 }), fc.array(fc.nat(6)), async (plan, dryRounds, seen) => {
        const round = (n: number) => plan[n] ?? null;
        const { found, rounds: made, ended } = await patternBench().loopUntilDone({ round, dryRounds, seen });
        const played = plan.slice(0, made).flat();
        expect(found).toEqual([...new Set(played)].filter((item) => !seen.includes(item)));
        expect(ended).toBe('dry');
        const before = new Set([...seen, ...plan.slice(0, made - dryRounds).flat()]);
        expect(
          plan
            .slice(made - dryRounds, made)
            .flat()
            .every((item) => before.has(item)),
        ).toBe(true);
      }),
    );
  });

  test('X05 a check that passes ends it, also while rounds still bring something', async () => {
    let n = 0;
    const checks: string[] = [];
    const bench = patternBench((command) => {
      checks.push(command);
      return { exitCode: checks.length === 3 ? 0 : 1 };
    });
    const result = await bench.loopUntilDone({ round: () => (n += 1), check: 'npm test' });
    expect(result).toEqual({ found: [1, 2, 3], rounds: 3, ended: 'check' });
    expect(checks).toEqual(['npm test', 'npm test', 'npm test']);
  });

  test('X05 what keep refuses does not come back, and rounds have an end', async () => {
    const seen: unknown[] = [];
    const keep = (fresh: readonly number[]) => {
      seen.push(...fresh);
      return fresh.filter((item) => item % 2 === 0);
    };
    const { found } = await patternBench().loopUntilDone({ round: () => [1, 2, 3, 4], keep });
    expect([found, seen]).toEqual([
      [2, 4],
      [1, 2, 3, 4],
    ]);
    let n = 0;
    const endless = await patternBench().loopUntilDone({ round: () => (n += 1), maxRounds: 5 });
    expect(endless).toMatchObject({ rounds: 5, ended: 'rounds' });
  });
});

describe('inDependencyOrder', () => {
  /** Edges lead to earlier units only; the order in which units are given is another one. */
  const graphs = fc.integer({ min: 1, max: 12 }).chain((n) =>
    fc.record({
      order: fc.shuffledSubarray(
        Array.from({ length: n }, (_, place) => `u${place}`),
        { minLength: n, maxLength: n },
      ),
      edges: fc.array(fc.tuple(fc.nat(n - 1), fc.nat(n - 1)), { maxLength: 3 * n }),
      failing: fc.uniqueArray(fc.nat(n - 1), { maxLength: 3 }),
    }),
  );
  const edgesOf = (edges: readonly (readonly [number, number])[]): Record<string, string[]> => {
    const of: Record<string, string[]> = {};
    for (const [a, b] of edges) if (a !== b) (of[`u${Math.max(a, b)}`] ??= []).push(`u${Math.min(a, b)}`);
    return of;
  };

  test('X05 every unit begins after its dependencies, with their results; what depends on a failed one never begins', async () => {
    await fc.assert(
      fc.asyncProperty(graphs, async ({ order, edges, failing }) => {
        const dependsOn = edgesOf(edges);
        const failed = failing.map((place) => `u${place}`);
        const ended = new Set<string>();
        const work = async (unit: string, before: readonly unknown[]) => {
          expect((dependsOn[unit] ?? []).every((dependency) => ended.has(dependency))).toBe(true);
          expect(before).toEqual([...new Set(dependsOn[unit] ?? [])].map((dependency) => `done ${dependency}`));
          await Promise.resolve();
          ended.add(unit);
          return failed.includes(unit) ? null : `done ${unit}`;
        };
        const bench = patternBench();
        const { results, done, failed: told, blocked } = await bench.inDependencyOrder(order, dependsOn, work);
        const isBlocked = (unit: string): boolean =>
          (dependsOn[unit] ?? []).some((dependency) => failed.includes(dependency) || isBlocked(dependency));
        expect(blocked).toEqual(order.filter(isBlocked));
        expect(told).toEqual(order.filter((unit) => failed.includes(unit) && !isBlocked(unit)));
        expect([...done, ...told, ...blocked].toSorted()).toEqual(order.toSorted());
        expect(results).toEqual(order.map((unit) => (done.includes(unit) ? `done ${unit}` : null)));
        expect(bench.failures).toHaveLength(blocked.length);
      }),
    );
  });

  test('X05 a cycle is found and named before anything starts', async () => {
    await fc.assert(
      fc.asyncProperty(graphs, fc.nat(11), fc.nat(11), async ({ order, edges }, a, b) => {
        const [low, high] = [Math.min(a, b) % order.length, Math.max(a, b) % order.length];
        const dependsOn = edgesOf(edges);
        // There and back again, or to itself.
        (dependsOn[`u${high}`] ??= []).push(`u${low}`);
        (dependsOn[`u${low}`] ??= []).push(`u${high}`);
        let started = 0;
        const playing = patternBench().inDependencyOrder(
          order,
          (unit: string) => dependsOn[unit],
          () => (started += 1),
        );
        const message = await playing.then(
          () => '',
          (error: unknown) => String(error),
        );
        const named = /in a cycle: (.*)\.$/.exec(message)?.[1]?.split(' → ') ?? [];
        expect(named.length).toBeGreaterThan(1);
        expect(named[0]).toBe(named.at(-1));
        named.slice(1).forEach((unit, index) => expect(dependsOn[named[index] ?? '']).toContain(unit));
        expect(started).toBe(0);
      }),
    );
  });

  test('X05 independent units run at once, and a long chain does not overflow', async () => {
    const events: string[] = [];
    const work = async (unit: string) => {
      events.push(`+${unit}`);
      await Promise.resolve();
      events.push(`-${unit}`);
      return unit;
    };
    await patternBench().inDependencyOrder(['c', 'b', 'a'], { c: ['a'] }, work);
    expect(events.slice(0, 2).toSorted()).toEqual(['+a', '+b']);
    const chain = Array.from({ length: 4_000 }, (_, place) => String(place));
    const dependsOn = (unit: string) => (unit === '3999' ? [] : [String(Number(unit) + 1)]);
    const { done } = await patternBench().inDependencyOrder(chain, dependsOn, (unit: string) => unit);
    expect(done).toHaveLength(4_000);
  });
});

describe('generateAndFilter', () => {
  test('X05 kept and dropped are all candidates, the kept ones the best, none twice', async () => {
    const made = fc.array(fc.array(fc.nat(9), { maxLength: 4 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(made, fc.integer({ min: 1, max: 5 }), async (batches, keep) => {
        const generate = (n: number) => batches[n];
        // An odd candidate's judge dies.
        const score = (candidate: number) => (candidate % 2 === 0 ? candidate : null);
        const options = { generate, count: batches.length, score, keep };
        const { kept, dropped } = await patternBench().generateAndFilter(options);
        const best = [...new Set(batches.flat())].filter((one) => one % 2 === 0).toSorted((a, b) => b - a);
        expect(kept.map(({ candidate }) => candidate)).toEqual(best.slice(0, keep));
        const all = [...kept, ...dropped].map(({ candidate }) => Number(candidate)).toSorted();
        expect(all).toEqual(batches.flat().toSorted());
        const odd = new Set(batches.flat().filter((one) => one % 2 === 1));
        expect(dropped.filter(({ why }) => why === 'no score')).toHaveLength(odd.size);
      }),
    );
  });

  test('X05 prompts alone are asked as they are, a key finds duplicates, keep may be a function', async () => {
    const bench = patternBench((prompt) => ({ idea: prompt.toUpperCase() }));
    const { kept, dropped } = await bench.generateAndFilter({
      prompts: ['a', 'b', 'A'],
      key: ({ idea }: { idea: string }) => idea,
      keep: ({ idea }: { idea: string }) => idea !== 'B',
    });
    expect(kept.map(({ candidate }) => candidate)).toEqual([{ idea: 'A' }]);
    expect(dropped.map(({ candidate, why }) => [candidate, why])).toEqual([
      [{ idea: 'A' }, 'duplicate'],
      [{ idea: 'B' }, 'not kept'],
    ]);
  });
});

describe('coverage', () => {
  const results = fc.array(fc.constantFrom('ok', 0, '', false, null, undefined), { maxLength: 20 });

  test('X11 puts every unit into exactly one list, in order', () => {
    fc.assert(
      fc.property(fc.nat(20), results, (n, given) => {
        const units = Array.from({ length: n }, (_, place) => `u${place}`);
        const bench = patternBench();
        const { done, failed, unvisited, total } = bench.coverage(units, given);
        expect([...done, ...failed, ...unvisited].toSorted()).toEqual(units.toSorted());
        expect(failed).toEqual(units.filter((_, place) => given[place] === null));
        expect(unvisited).toEqual(units.filter((_, place) => given[place] === undefined));
        expect(total).toBe(n);
        expect([...bench.visited].filter(([, is]) => !is).map(([key]) => key)).toEqual(unvisited);
      }),
    );
  });

  const key = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && 'file' in value ? value.file : value;
  test.each([
    { name: 'by key, in any order', results: [{ file: 'c' }, null, { file: 'a' }], options: { key }, failed: [] },
    {
      name: 'in a Map',
      results: new Map<string, unknown>([
        ['a', 1],
        ['b', null],
        ['c', 2],
      ]),
      failed: ['b'],
    },
    { name: 'in an object', results: { a: 1, b: null, c: 2 }, failed: ['b'] },
  ])('X11 finds results $name', ({ results: given, options, failed }) => {
    const sorted = patternBench().coverage(['a', 'b', 'c'], given, options);
    expect(sorted).toEqual({ done: ['a', 'c'], failed, unvisited: failed.length === 0 ? ['b'] : [], total: 3 });
  });
});

describe('classifyAndAct and fanOutAndSynthesize', () => {
  const classifier = (route: string) => (prompt: string, options: Readonly<Record<string, unknown>>) =>
    String(options['label']).startsWith('classify') ? { route, reason: 'because' } : { prompt, options };

  test('X05 routes to a function, to an agent type, to a model', async () => {
    const routes = {
      bug: { when: 'it is broken', act: (item: string) => `fixed ${item}` },
      question: { agentType: 'Explore', prompt: 'Answer this.' },
      chat: { model: 'haiku' },
    };
    const play = (route: string) =>
      patternBench(classifier(route)).classifyAndAct(...(['it', { routes, phase: 'P' }] as never[]));
    expect(await play('bug')).toEqual({ route: 'bug', reason: 'because', form: null, result: 'fixed it' });
    expect(await play('question')).toMatchObject({
      result: { prompt: 'Answer this.\n\nit', options: { agentType: 'Explore', phase: 'P', label: 'question: it' } },
    });
    expect(await play('chat')).toMatchObject({ result: { prompt: 'it', options: { model: 'haiku' } } });
    expect(await play('other')).toEqual({ route: null, reason: 'because', form: null, result: null });
  });

  test('X05 falls back where nobody can tell, and chooses the form of the result', async () => {
    const asked: unknown[] = [];
    const classify = (...input: unknown[]) => void asked.push(['classify', ...input]);
    const classifyForm = (...input: unknown[]) => asked.push(['classifyForm', ...input]) && 'short';
    const forms = { short: (result: string) => result.slice(0, 3), long: { schema: { type: 'object' } } };
    const routes = { act: (item: string) => `acted on ${item}` };
    const options = { routes, classify, otherwise: 'act', forms, classifyForm };
    const bench = patternBench();
    expect(await bench.classifyAndAct(...(['it', options] as never[]))).toEqual({
      route: 'act',
      reason: '',
      form: 'short',
      result: 'act',
    });
    expect(asked).toEqual([
      ['classify', 'it', ['act']],
      ['classifyForm', 'acted on it', ['short', 'long']],
    ]);
  });

  test('X05 an agent chooses the form where only `classify` is given, which knows routes', async () => {
    const asked: string[] = [];
    const bench = patternBench((prompt) => asked.push(prompt) && 'long');
    const forms = { short: (result: string) => result.slice(0, 3), long: { act: (result: string) => `${result}!` } };
    const options = { routes: { act: () => 'done' }, classify: () => 'act', forms };
    expect(await bench.classifyAndAct(...(['it', options] as never[]))).toMatchObject({
      form: 'long',
      result: 'done!',
    });
    expect(asked).toEqual(['Which of these forms fits the result below them?\n\n- short\n- long\n\ndone']);
  });

  test('X05 a synthesis goes without the parts that came to nothing, and is not asked without any', async () => {
    const asked: string[] = [];
    const bench = patternBench((prompt) => asked.push(prompt) && 'sum');
    const each = (item: number) => {
      if (item === 2) throw new Error('bad part');
      return item === 3 ? null : item * 10;
    };
    const play = (items: readonly number[]) =>
      bench.fanOutAndSynthesize(...([items, { each, synthesize: 'Sum up.' }] as never[]));
    expect(await play([1, 2, 3])).toEqual({ result: 'sum', parts: [10, null, null] });
    expect(asked).toEqual([`Sum up.\n\n${JSON.stringify([{ item: 1, result: 10 }], null, 2)}`]);
    expect(bench.failures).toEqual(['fanOutAndSynthesize, each: Error: bad part']);
    expect(await play([2, 3])).toEqual({ result: null, parts: [null, null] });
    expect(asked).toHaveLength(1);
  });
});

describe('mistakes and caps', () => {
  const bench = patternBench();
  const later =
    (work: (...given: never[]) => unknown, ...given: unknown[]) =>
    async () =>
      work(...(given as never[]));

  test.each([
    { says: 'entries must be an array, not a string', call: later(bench.tournament, 'abc', { judge: () => 'a' }) },
    { says: 'judge must be a function, a prompt', call: later(bench.tournament, [], {}) },
    { says: 'judge.prompt must be a text', call: later(bench.tournament, [], { judge: { model: 'haiku' } }) },
    { says: 'does not know maxRound;', call: later(bench.loopUntilDone, { round: () => 1, maxRound: 3 }) },
    {
      says: 'dryRounds must be a whole number above 0, not 0',
      call: later(bench.loopUntilDone, { round: 'x', dryRounds: 0 }),
    },
    { says: 'takes an object of options, not undefined', call: later(bench.loopUntilDone) },
    { says: 'takes either count or prompts', call: later(bench.generateAndFilter, { generate: 'x' }) },
    {
      says: 'otherwise names b, which is none',
      call: later(bench.classifyAndAct, 1, { routes: { a: 'x' }, otherwise: 'b' }),
    },
    {
      says: 'both act and options',
      call: later(bench.classifyAndAct, 1, { routes: { a: { act: () => 1, model: 'm' } } }),
    },
    { says: 'votes must be a whole number', call: later(bench.adversarialVerify, [], { votes: 2.5 }) },
    { says: 'each must be', call: later(bench.fanOutAndSynthesize, [], { synthesize: 'x' }) },
    { says: 'a depends on b, which is none', call: later(bench.inDependencyOrder, ['a'], { a: ['b'] }, 'x') },
    { says: 'two units have the key', call: later(bench.inDependencyOrder, ['a', 'a'], {}, 'x') },
    { says: 'results must be an array', call: later(bench.coverage, ['a'], 'abc') },
  ])('X05 tells of: $says', async ({ says, call }) => {
    const error = await call().then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toContain(says);
  });

  test('X05 at most 4,096 at once', async () => {
    const many = Array.from({ length: 4_097 }, (_, place) => place);
    await expect(bench.tournament(many, { judge: () => 'a' })).rejects.toThrow(RangeError);
    await expect(bench.adversarialVerify(many.slice(0, 2_000), { votes: 3 })).rejects.toThrow(/6000/);
  });

  test('W35 a cap ends a pattern, once what is under way has ended', async () => {
    const ended: number[] = [];
    const each = async (item: number) => {
      if (item === 1) throw new BudgetError('spent');
      await new Promise((resolve) => setTimeout(resolve, 5));
      ended.push(item);
      return item;
    };
    const own = patternBench();
    const playing = own.fanOutAndSynthesize(...([[1, 2, 3], { each, synthesize: 'x' }] as never[]));
    await expect(playing).rejects.toBeInstanceOf(BudgetError);
    expect(ended).toEqual([2, 3]);
    expect(own.failures).toEqual([]);
  });
});
