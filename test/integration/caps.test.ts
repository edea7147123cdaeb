import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Brain } from '../../src/node/simulator/simulator.ts';
import { failureCount } from '../../src/protocol/failures.ts';
import type { Event } from '../../src/protocol/messages.ts';
import { costOf } from '../../src/protocol/prices.ts';
import type { Bench, Played } from '../support/engine.ts';
import { resultOf, script, withBench } from '../support/engine.ts';
import { withGitRepository } from '../support/gitRepository.ts';

const ok: Brain = () => ({ text: 'ok', usage: { inputTokens: 100, outputTokens: 600 } });
const LOOP = "const seen = []; while (true) { seen.push(await agent('more ' + seen.length)); }";
const FOUR = "const n = []; for (let i = 0; i < 4; i++) n.push(await agent('x' + i)); return n.length;";
/** Of one of `ok`'s replies by the default model. */
const COST =
  costOf({ inputTokens: 100, outputTokens: 600, cacheReadTokens: 0, cacheWriteTokens: 0 }, 'claude-sonnet-5-5') ?? 0;

describe('caps of a run', () => {
  test.each([
    { name: 'money', caps: { usd: 0.1 }, says: /budget of \$0\.1000 is .*spent.*--budget/ },
    { name: 'agents', caps: { agents: 2 }, says: /budget of 2 agents is spent.*--max-agents/ },
  ])('W35 $name: uncaught it stops the run, caught it degrades it', async ({ caps, says }) => {
    await withBench({ rules: [ok] }, async ({ play, simulator }) => {
      const stopped = await play(script(LOOP), { caps });
      expect(stopped.end).toMatchObject({
        status: 'stopped',
        reason: 'budget',
        message: expect.stringMatching(says) as string,
      });
      const answered = simulator.requests.length;
      expect(stopped.end.result).toMatchObject({ finished: Array(answered).fill({ value: 'ok' }) });
      expect(stopped.usage.usd).toBeLessThanOrEqual(caps.usd ?? Infinity);
      const caught = `const n = []; try { while (true) n.push(await agent('y' + n.length)); } catch (error) { return [error.name, n.length, budget.total]; }`;
      const degraded = await play(script(caught), { caps });
      expect(degraded.end).toMatchObject({
        status: 'degraded',
        result: ['BudgetError', answered, null],
        failures: [{ cause: 'budget' }],
      });
    });
  });

  test.each([
    {
      ...{ name: 'its cap is reached', call: 'agent(task)', end: { status: 'stopped', reason: 'budget' }, ended: 2 },
      ...{ logged: 1, last: /^The budget of 2 agents is spent/ },
    },
    {
      ...{ name: 'it asks for what it may not have', call: 'agent(task, 5)', end: { status: 'failed' }, ended: 0 },
      ...{ logged: 9, last: /^parallel\[39\]: TypeError: .* \(10000 times\)$/ },
    },
  ])('W35 a script that tries again for ever is ended: $name', async ({ call, end, ended, logged, last }) => {
    await withBench({ rules: [ok] }, async ({ play }) => {
      const body = `let todo = Array.from({ length: 40 }, (_, n) => 'task ' + n);
        while (todo.length > 0) {
          const results = await parallel(todo.map((task) => () => ${call}));
          todo = todo.filter((_, n) => results[n] === null);
        }`;
      const played = await play(script(body), { caps: { agents: 2 } });
      expect(played.end).toMatchObject({
        ...end,
        message: expect.stringMatching(/goes on asking all the same: 12288 calls/) as string,
        result: { finished: Array(ended).fill({ value: 'ok' }) },
      });
      // What alike failures leave behind is bounded, and their count is true.
      const { failures } = played.end;
      expect(failures.length).toBeLessThan(100);
      expect(failureCount(failures)).toBeGreaterThan(12_200);
      expect(played.events.length).toBeLessThan(500);
      expect(warnings(played.events)).toHaveLength(logged);
      expect(warnings(played.events).at(-1)).toMatch(last);
    });
  });

  test('W23 calls that a cap of agents refuses stand in the census', async () => {
    await withBench({ rules: [ok] }, async ({ play }) => {
      const body = "await parallel(Array.from({ length: 7 }, (_, n) => () => agent('x' + n)));";
      const { events } = await play(script(body), { caps: { agents: 2 } });
      expect(events.at(-1)).toMatchObject({ type: 'run.ended', census: { agents: { done: 2, threw: 0 }, refused: 5 } });
    });
  });

  test('W35 money: 256 at once pass no cap, whatever their prompts cost', async () => {
    const brain: Brain = (view) => ({
      text: 'ok',
      usage: { inputTokens: 900, outputTokens: Math.min(700, view.request.max_tokens) },
    });
    await withBench({ rules: [brain] }, async ({ play, simulator }) => {
      const body = `const all = await Promise.allSettled(Array.from({length: 256}, (_, i) => agent('n' + i)));
        return all.filter((one) => one.status === 'fulfilled').length;`;
      const { end, usage } = await play(script(body), { caps: { usd: 0.4 }, concurrency: 256 });
      expect(usage.usd).toBeLessThanOrEqual(0.4);
      expect(usage.usd).toBeGreaterThan(0.25);
      expect(end).toMatchObject({ status: 'degraded', result: usage.requests });
      expect(simulator.requests).toHaveLength(usage.requests);
    });
  });

  test('W35 minutes: agents under way are ended, nothing more starts, what is done stays', async () => {
    const brain: Brain = (view) =>
      view.prompt.includes('slow') ? { text: 'slow', latencyMs: 60_000 } : { text: 'fast' };
    await withBench({ rules: [brain] }, async ({ play }) => {
      const body = `const one = await agent('fast');
        const all = await Promise.allSettled(['slow 1', 'slow 2', 'slow 3'].map((prompt) => agent(prompt)));
        const later = await agent('later').catch((error) => error.message);
        return [one, ...all.map((slot) => slot.reason.name), later];`;
      const { end, events } = await play(script(body), { caps: { minutes: 0.04 }, concurrency: 2 });
      expect(end).toMatchObject({
        status: 'degraded',
        result: [
          'fast',
          'BudgetError',
          'BudgetError',
          'BudgetError',
          expect.stringMatching(/minutes is spent.*--max-minutes/) as string,
        ],
      });
      expect(endsOf(events)).toEqual(['done', 'threw', 'threw', 'threw']);
      const uncaught = await play(script("await agent('slow'); return 1;"), { caps: { minutes: 0.01 } });
      expect(uncaught.end).toMatchObject({ status: 'stopped', reason: 'budget' });
    });
  });

  test.each([
    { name: 'money', low: { usd: 0.03 }, high: { usd: 5 } },
    { name: 'agents', low: { agents: 2 }, high: { agents: 4 } },
    { name: 'tokens', low: { outputTokens: 1_300 }, high: { outputTokens: 20_000 } },
  ])('W35 a run that a cap of $name stopped goes on with a higher one, and counts on', async ({ low, high }) => {
    await withBench({ rules: [ok] }, async (bench) => {
      const first = await bench.play(script(FOUR), { caps: low });
      expect(first.end).toMatchObject({ status: 'stopped', reason: 'budget' });
      await bench.restart();
      const same = await resumed(bench, first.runId);
      expect(same.end).toMatchObject({ status: 'stopped', reason: 'budget' });
      expect(same.usage.requests).toBe(0);
      await bench.restart();
      const higher = await resumed(bench, first.runId, high);
      expect(higher.end).toMatchObject({ status: 'completed', result: 4 });
      expect(bench.simulator.requests).toHaveLength(4);
      expect((first.usage.usd ?? 0) + (higher.usage.usd ?? 0)).toBeCloseTo(4 * COST, 9);
    });
  });

  test('W35 minutes count on over attempts', async () => {
    await withBench(
      { rules: [(view) => ({ text: 'ok', latencyMs: view.prompt.includes('slow') ? 60_000 : 1_300 })] },
      async (bench) => {
        const first = await bench.play(script("await agent('quick'); await agent('slow'); return 1;"), {
          caps: { minutes: 0.03 },
        });
        expect(first.end).toMatchObject({ status: 'stopped', reason: 'budget' });
        await bench.restart();
        const again = await resumed(bench, first.runId);
        expect(again.end).toMatchObject({ status: 'stopped', reason: 'budget' });
        expect(again.usage.requests).toBe(0);
      },
    );
  });

  test.each([
    {
      ...{ name: 'minutes that are up end a run of commands, too', caps: { minutes: 0.001 } },
      ...{ results: Array<string>(3).fill('BudgetError'), failed: ['gate', 'echo more', 'land it', 'Go on?'] },
    },
    {
      ...{ name: 'tokens that are spent hinder no check and no landing', caps: { outputTokens: 1 } },
      ...{ results: ['checked', 'landed', 'yes'], failed: ['gate'] },
    },
  ])('W35 $name', async ({ caps, results, failed }) => {
    const written = { name: 'Write', input: { path: 'new.txt', content: 'new' } };
    const brain: Brain = (view) => (view.turn === 0 ? { tools: [written] } : { text: 'done' });
    const body = `const made = await change('write');
      const before = await check('true');
      const told = (call, by) => call.then(by, (error) => error.name);
      try { await agent('gate'); } catch (error) { if (error.message.includes('agents')) throw error; }
      return [before.exitCode, await told(check('echo more'), () => 'checked'),
        await told(land(made, { label: 'land it' }), ({ status }) => status),
        await told(ask('Go on?', { default: 'yes' }), (answer) => answer)];`;
    await withGitRepository({ 'a.txt': 'one\n' }, (repo) =>
      withBench({ rules: [brain], cwd: repo.dir }, async (bench) => {
        const first = await bench.play(script(body), { caps: { agents: 1 }, requireReview: false });
        expect(first.end).toMatchObject({ status: 'stopped', reason: 'budget' });
        await bench.restart();
        const { end, usage } = await resumed(bench, first.runId, { agents: 5, ...caps });
        expect(end).toMatchObject({ status: 'degraded', result: [0, ...results] });
        expect(end.failures.map(({ label, times }) => [label, times])).toEqual(
          failed.map((label) => [label, undefined]),
        );
        expect(usage.requests).toBe(0);
      }),
    );
  });

  test('W35 a cap of money is refused where the price is not known, before anything starts', async () => {
    await withBench({ rules: [ok] }, async ({ launch, play, simulator, engine }) => {
      const refused = await launch(script(FOUR), { model: 'qwen3', caps: { usd: 5 } });
      expect(refused).toMatchObject({
        status: 'refused',
        errors: [expect.stringMatching(/\$5\.00 cannot be held: the price of qwen3/)],
      });
      const phase = await launch(
        script(FOUR, "name: 'n', description: 'd', phases: [{ title: 'Find', caps: { usd: 2 } }]"),
        { model: 'qwen3' },
      );
      expect(phase).toMatchObject({ status: 'refused', errors: [expect.stringMatching(/phase "Find" of \$2\.00/)] });
      expect(simulator.requests).toHaveLength(0);
      const one = "return await agent('x', { model: 'qwen3' }).catch((error) => error.message);";
      expect(resultOf(await play(script(one), { caps: { usd: 5 } }))).toMatch(/price of qwen3 is not known/);
      const free = await play(script(FOUR), { model: 'qwen3' });
      const later = await engine.resume({ runId: free.runId, attended: false, caps: { usd: 5 } });
      expect(later).toMatchObject({ status: 'refused', reason: 'request' });
    });
  });
});

describe('a cap that is reached inside a call', () => {
  test('W35 review() throws it like any call, and judges go on where they were', async () => {
    const brain: Brain = (view) => {
      const judges = view.system.includes('You are a reviewer');
      const usage = { outputTokens: judges ? 600 : 100 };
      if (judges && view.turn > 0) return { structured: { findings: [] }, usage };
      if (judges) return { tools: [{ name: 'Glob', input: { pattern: '*' } }], usage };
      if (view.turn > 0) return { text: 'Add a file', usage };
      return { tools: [{ name: 'Write', input: { path: 'new.txt', content: 'new\n' } }], usage };
    };
    const body = "return (await review(await change('write'), { lenses: ['correctness'] })).approved;";
    await withGitRepository({ 'a.txt': 'one\n' }, (repo) =>
      withBench({ rules: [brain], cwd: repo.dir }, async (bench) => {
        const first = await bench.play(script(body), { caps: { outputTokens: 850 } });
        expect(first.end).toMatchObject({ status: 'stopped', reason: 'budget', failures: [{ cause: 'budget' }] });
        expect(endsOf(first.events)).toEqual(['done', 'threw']);
        expect(bench.simulator.requests).toHaveLength(3);
        await bench.restart();
        const higher = await resumed(bench, first.runId, { outputTokens: 20_000 });
        expect(higher.end).toMatchObject({ status: 'completed', result: true });
        expect(bench.simulator.requests).toHaveLength(4);
      }),
    );
  });

  test('W35 the repair of an answer throws it too: what was short was money, not form', async () => {
    let n: string | number = 'seven';
    const brain: Brain = (view) => ({ structured: { n }, usage: { outputTokens: view.turn < 4 ? 100 : 600 } });
    const schema = '{ type: "object", properties: { n: { type: "integer" } }, required: ["n"] }';
    await withBench({ rules: [brain] }, async (bench) => {
      const first = await bench.play(script(`return await agent('count', { schema: ${schema} });`), {
        caps: { outputTokens: 1_000 },
      });
      expect(first.end).toMatchObject({ status: 'stopped', reason: 'budget', failures: [{ cause: 'budget' }] });
      expect(bench.simulator.requests).toHaveLength(5);
      await bench.restart();
      n = 7;
      const higher = await resumed(bench, first.runId, { outputTokens: 20_000 });
      expect(higher.end).toMatchObject({ status: 'completed', result: { n: 7 } });
      expect(bench.simulator.requests).toHaveLength(6);
    });
  });
});

describe('caps of phases and agents', () => {
  test('W35 a phase has caps of its own, in meta', async () => {
    await withBench({ rules: [ok] }, async ({ play }) => {
      const meta =
        "name: 'n', description: 'd', phases: [{ title: 'Find', caps: { outputTokens: 1_200 } }, { title: 'Fix', caps: { agents: 1 } }]";
      const body = `const go = async (phase) => { let n = 0; try { for (; n < 5; n++) await agent(phase + n, { phase }); } catch (error) { return [n, error.message]; } return [n]; };
        return [await go('Find'), await go('Fix'), await go('Other')];`;
      expect(resultOf(await play(script(body, meta)))).toEqual([
        [2, expect.stringMatching(/phase "Find" of 1200 output tokens is spent.*meta\.phases/)],
        [1, expect.stringMatching(/phase "Fix" of 1 agent is spent/)],
        [5],
      ]);
    });
  });

  test('W35 an agent has caps of its own, from its call and from the person', async () => {
    const brain: Brain = (view) => ({
      ...(view.turn < 3 ? { tools: [{ name: 'Glob', input: { pattern: '*' } }] } : { text: 'done' }),
      usage: { outputTokens: 400 },
    });
    await withBench({ rules: [brain] }, async ({ play }) => {
      const body = `const go = (prompt, opts) => agent(prompt, opts).catch((error) => error.message);
        return [await go('a', { caps: { outputTokens: 900 } }), await go('b', { caps: { outputTokens: 5_000 } }), await go('c', { caps: { tokens: 5 } })];`;
      expect(resultOf(await play(script(body)))).toEqual([
        expect.stringMatching(/this agent of 900 output tokens/),
        'done',
        expect.stringMatching(/options: caps/),
      ]);
      expect(resultOf(await play(script(body), { caps: { perAgent: { outputTokens: 700 } } }))).toEqual([
        expect.stringMatching(/this agent of 700 output tokens/),
        expect.stringMatching(/this agent of 700 output tokens/),
        expect.stringMatching(/options: caps/),
      ]);
    });
  });
});

describe('caps while a run goes on', () => {
  test('W46 a raised cap lets a run go on that would have ended', async () => {
    await withBench(
      { rules: [() => ({ text: 'ok', latencyMs: 300, usage: { outputTokens: 600 } })] },
      async (bench) => {
        const launched = await bench.launch(script(FOUR), { caps: { outputTokens: 1_200 } });
        if (launched.status === 'refused') throw new Error(launched.errors.join('\n'));
        const { runId } = launched;
        bench.engine.dispatch({ type: 'run.set', commandId: 'c1', runId, caps: { outputTokens: 9_000, minutes: 5 } });
        const events: Event[] = [];
        bench.engine.subscribe(runId, 1, (batch) => events.push(...batch)).dispose();
        expect(events).toContainEqual(
          expect.objectContaining({ type: 'run.changed', caps: { outputTokens: 9_000, minutes: 5 } }),
        );
        expect((await bench.engine.finished(runId)).end).toMatchObject({ status: 'completed', result: 4 });
      },
    );
  });
});

describe('the safety limit', () => {
  test('W35 without caps and without a person a run ends at the limit, which the script does not see', async () => {
    await withBench({ rules: [ok] }, async ({ play, simulator }) => {
      const body =
        'const n = []; try { while (true) n.push([await agent("x" + n.length), budget.total]); } catch { return "caught"; }';
      const { end, events } = await play(script(body), { safetyTokens: 3_000 });
      expect(end).toMatchObject({
        status: 'stopped',
        reason: 'budget',
        message: expect.stringMatching(/^The safety limit of 3000 output tokens/) as string,
      });
      expect(warnings(events)).toContainEqual(expect.stringMatching(/^2400 of the 3000 output tokens/));
      expect(simulator.requests.length).toBeLessThanOrEqual(5);
    });
  });

  test('W35 with a person it stands still there and goes on when it is told to, as far again', async () => {
    await withBench({ rules: [ok] }, async (bench) => {
      const launched = await bench.engine.launch({
        script: script(FOUR),
        cwd: bench.cwd,
        safetyTokens: 1_200,
        attended: true,
      });
      if (launched.status === 'refused') throw new Error(launched.errors.join('\n'));
      const { runId } = launched;
      await new Promise<void>((resolve) => {
        const listening = bench.engine.subscribe(runId, 1, (batch) => {
          if (batch.some((event) => event.type === 'run.paused' && event.reason === 'limit')) resolve();
        });
        void bench.engine.finished(runId).finally(() => listening.dispose());
      });
      expect(bench.simulator.requests).toHaveLength(2);
      bench.engine.dispatch({ type: 'run.continue', commandId: 'c1', runId });
      expect((await bench.engine.finished(runId)).end).toMatchObject({ status: 'completed', result: 4 });
    });
  });
});

test('W35 a reply that broke off counts against the cap, over attempts too', async () => {
  let asked = 0;
  const brain: Brain = () => {
    asked += 1;
    return asked === 1
      ? { text: 'x'.repeat(2_000), cut: 'mid-text' as const }
      : { text: 'ok', usage: { outputTokens: 100 } };
  };
  await withBench({ rules: [brain] }, async (bench) => {
    const first = await bench.play(script("await agent('x', { maxTokens: 2_000 }); return budget.spent();"), {
      caps: { outputTokens: 9_000 },
    });
    expect(first.end).toMatchObject({ status: 'completed', result: 2_100 });
    expect(first.events).toContainEqual(expect.objectContaining({ type: 'agent.charged', estimated: true }));
    await bench.restart();
    const again = await resumed(bench, first.runId);
    expect(again.end).toMatchObject({ status: 'completed', result: 2_100 });
  });
});

test('W35 X07 a connection that broke before any answer is no end of a small budget', async () => {
  let asked = 0;
  const brain: Brain = () => {
    asked += 1;
    return asked === 1
      ? { text: 'x', cut: 'before-first-byte' as const }
      : { text: 'ok', usage: { outputTokens: 100 } };
  };
  await withBench({ rules: [brain] }, async ({ play }) => {
    const { end } = await play(script("return [await agent('x'), budget.spent()];"), {
      caps: { outputTokens: 10_000 },
    });
    expect(end).toMatchObject({ status: 'completed', result: ['ok', 356] });
  });
});

test('W35 a reply that broke off with the whole budget is named where the budget is spent', async () => {
  await withBench({ rules: [() => ({ text: 'x'.repeat(2_000), cut: 'mid-text' })] }, async ({ play }) => {
    const { end } = await play(script("return await agent('x');"), { caps: { outputTokens: 10_000 } });
    const lost = '(10000 output tokens used, 10000 output tokens of them at most by replies that broke off)';
    expect(end).toMatchObject({ status: 'stopped', message: expect.stringContaining(lost) as string });
  });
});

test('W35 X06 stragglers that are left behind leave the budget to what comes after them', async () => {
  const brain: Brain = ({ prompt }) =>
    prompt.includes('slow') ? { text: 'so far', stall: true } : { text: 'in sum', usage: { outputTokens: 100 } };
  await withBench({ rules: [brain] }, async ({ play }) => {
    const body = `const found = await parallel(['a', 'b'].map((name) => () => agent('slow ' + name)), { deadlineMs: 100 });
      return [found, await agent('sum up')];`;
    const { end, events } = await play(script(body), { caps: { outputTokens: 20_000 } });
    expect(end).toMatchObject({ status: 'degraded', result: [[null, null], 'in sum'] });
    const charged = events.flatMap((event) => (event.type === 'agent.charged' ? [event.usage.outputTokens] : []));
    expect(charged).toEqual([256, 256]);
  });
});

test('W35 a run of an earlier version is read with its cap in output tokens', async () => {
  await withBench({ rules: [ok] }, async (bench) => {
    const first = await bench.play(script(FOUR), { caps: { outputTokens: 1_300 } });
    await bench.restart();
    const dir = join(bench.home, 'projects', ...(await readdir(join(bench.home, 'projects'))), 'runs', first.runId);
    await older(join(dir, 'run.json'), ({ caps: _, ...rest }) => ({ ...rest, version: 1, budget: 1_300 }));
    const path = join(dir, 'events.ndjson');
    const lines = (await readFile(path, 'utf8')).replace('"caps":{"outputTokens":1300}', '"budget":1300');
    await writeFile(path, lines);
    const again = await resumed(bench, first.runId);
    expect(again.end).toMatchObject({ status: 'stopped', reason: 'budget' });
    expect(again.usage.requests).toBe(0);
  });
});

async function older(path: string, change: (value: Record<string, unknown>) => object): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  const value = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  await writeFile(path, JSON.stringify(change(value)));
}

async function resumed(bench: Bench, runId: string, caps: object = {}): Promise<Played> {
  const result = await bench.engine.resume({ runId, attended: false, caps });
  if (result.status === 'refused') throw new Error(result.errors.join('\n'));
  return { ...(await bench.engine.finished(runId)), runId, events: [] };
}

function endsOf(events: readonly Event[]): readonly string[] {
  return events.flatMap((event) => (event.type === 'agent.ended' ? [event.end.kind] : []));
}

function warnings(events: readonly Event[]): readonly string[] {
  return events.flatMap((event) => (event.type === 'logged' && event.level === 'warning' ? [event.message] : []));
}
