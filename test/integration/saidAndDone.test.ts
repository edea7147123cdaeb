import { describe, expect, test } from 'vitest';
import type { Brain } from '../../src/node/simulator/simulator.ts';
import type { Event } from '../../src/protocol/messages.ts';
import { ELASTIC_AGENTS } from '../../src/protocol/run.ts';
import { resultOf, script, withBench, type Bench } from '../support/engine.ts';
import { withGitRepository } from '../support/gitRepository.ts';
import { start, type Live } from '../support/liveRun.ts';
import { hangs, last, started, until } from '../support/lives.ts';

const refusals = (events: readonly Event[]): readonly string[] =>
  events.flatMap((event) => (event.type === 'refused' ? [event.error] : []));

/** An interrupted run goes on. */
const goOn = (bench: Bench, runId: string): Promise<Live> =>
  start({ ...bench, launch: () => bench.engine.resume({ runId, attended: false }) }, '');

/** Who began, in that order. */
const starts = (events: readonly Event[]): readonly string[] =>
  events.flatMap((event) => (event.type === 'agent.started' ? [event.agentId] : []));

describe('an agent that a person has begin anew', () => {
  const MANY = script("return await parallel(['hang', 'b', 'c', 'd'].map((name) => () => agent(name)));");

  test('W46 does so in the slot it has, before all that have not started', async () => {
    await withBench({ rules: [hangs] }, async (bench) => {
      const live = await start(bench, MANY, { concurrency: 1 });
      await until(() => bench.simulator.count === 1);
      live.say({ type: 'agent.restart', agentId: 'a1' });
      await until(() => bench.simulator.count === 2);
      live.say({ type: 'agent.skip', agentId: 'a1' });
      expect(resultOf(await live.ended)).toEqual([null, 'did b', 'did c', 'did d']);
      expect(starts(live.events)).toEqual(['a1', 'a1', 'a2', 'a3', 'a4']);
    });
  });

  test('W46 waits for its slot while the run is paused', async () => {
    await withBench({ rules: [hangs] }, async (bench) => {
      const live = await start(bench, MANY, { concurrency: 1 });
      await until(() => bench.simulator.count === 1);
      live.say({ type: 'run.pause' });
      live.say({ type: 'agent.restart', agentId: 'a1' });
      await live.seen(({ type }) => type === 'agent.restarted');
      live.say({ type: 'agent.steer', agentId: 'a1', message: 'mind the docs' });
      live.say({ type: 'agent.restart', agentId: 'a1' });
      expect(live.events.filter(started('a1'))).toHaveLength(1);
      live.say({ type: 'run.continue' });
      await until(() => bench.simulator.count === 2);
      live.say({ type: 'agent.skip', agentId: 'a1' });
      const { events, usage } = await live.ended;
      expect(refusals(events)).toEqual([]);
      expect(usage.agents).toBe(4);
      expect(JSON.stringify(bench.simulator.requests[1]?.messages)).toContain('mind the docs');
    });
  });

  test('W46 keeps its turn when it still waits for its slot', async () => {
    await withBench({ rules: [hangs] }, async (bench) => {
      const live = await start(bench, MANY, { concurrency: 1 });
      await until(() => bench.simulator.count === 1);
      live.say({ type: 'agent.restart', agentId: 'a2' });
      live.say({ type: 'agent.skip', agentId: 'a1' });
      expect(resultOf(await live.ended)).toEqual([null, 'did b', 'did c', 'did d']);
      expect(starts(live.events)).toEqual(['a1', 'a2', 'a3', 'a4']);
    });
  });
});

test('W46 until its last event a run does what it is told, or says that it does not', () =>
  withGitRepository({ 'a.txt': 'one\n' }, ({ dir: cwd }) =>
    withBench({ rules: [hangs], cwd }, async (bench) => {
      const live = await start(bench, script("return await agent('work');"));
      const hasEnded = (): boolean => live.events.at(-1)?.type === 'run.ended';
      let unanswered = 0;
      while (!hasEnded()) {
        const { length } = live.events;
        live.say({ type: 'run.set', concurrency: 3 });
        if (live.events.length === length) unanswered += 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(unanswered).toBe(0);
      expect(refusals(live.events).at(-1)).toBe('The run is ending.');
      await live.ended;
    }),
  ));

test.each([
  { name: 'so many', said: [2, 5], resumed: 5 },
  { name: 'what the machine bears', said: [2, 'elastic'], resumed: ELASTIC_AGENTS },
] as const)('W37 W42 what a person has set at once holds for a resume too: $name', ({ said, resumed }) =>
  withBench({ rules: [hangs] }, async (bench) => {
    const live = await start(bench, script("return await agent('hang');"), { concurrency: 1 });
    await until(() => bench.simulator.count === 1);
    for (const concurrency of said) live.say({ type: 'run.set', concurrency });
    live.say({ type: 'run.set', caps: { agents: 9 } });
    await bench.restart();
    const again = await goOn(bench, live.runId);
    expect(await again.seen(({ type }) => type === 'run.started')).toMatchObject({
      concurrency: resumed,
      caps: { agents: 9 },
    });
  }),
);

describe('what is said of an agent', () => {
  const author: Brain = (view) =>
    view.turn === 0 ? { tools: [{ name: 'Write', input: { path: 'b.txt', content: 'two\n' } }] } : { text: 'done' };

  test.each([
    { type: 'agent.skip', result: null },
    { type: 'agent.stop', result: null },
    { type: 'agent.restart', result: 'done' },
  ] as const)('W46 $type is done when it is accepted, also of one whose work is committed', ({ type, result }) =>
    withGitRepository({ 'a.txt': 'one\n' }, ({ dir: cwd }) =>
      withBench({ rules: [author], cwd }, async (bench) => {
        const live = await start(bench, script("return await agent('work', {isolation: 'worktree'});"));
        let isSaid = false;
        const listening = bench.engine.subscribe(live.runId, 1, (batch) => {
          if (isSaid || !batch.some((event) => event.type === 'change.committed')) return;
          isSaid = true;
          live.say({ type, agentId: 'a1' });
        });
        const played = await live.ended;
        listening.dispose();
        expect(refusals(played.events)).toEqual([]);
        expect(resultOf(played)).toBe(result);
        expect(played.events.filter(started('a1'))).toHaveLength(type === 'agent.restart' ? 2 : 1);
      }),
    ),
  );

  test.each([
    { type: 'agent.skip', result: [null, 'did b'], asked: ['b'] },
    { type: 'agent.restart', result: ['did a', 'did b'], asked: ['a', 'b'] },
  ] as const)('W46 $type holds although the run is stopped before it is done', async ({ type, result, asked }) => {
    let stall = true;
    const prompts: string[] = [];
    const brain: Brain = (view) => {
      if (stall && view.turn > 0) return { text: 'x', stall: true };
      prompts.push(last(view.prompt));
      return stall ? { tools: [{ name: 'Glob', input: { pattern: '*' } }] } : { text: `did ${last(view.prompt)}` };
    };
    await withBench({ rules: [brain] }, async (bench) => {
      const live = await start(bench, script("return [await agent('a'), await agent('b')];"));
      await until(() => bench.simulator.count === 2);
      live.say({ type, agentId: 'a1' });
      live.say({ type: 'run.stop' });
      await live.ended;
      stall = false;
      prompts.length = 0;
      const again = await bench.resume(live.runId);
      expect(resultOf(again)).toEqual(result);
      expect(prompts).toEqual(asked);
      expect(again.events.some((event) => event.type === 'agent.restarted')).toBe(false);
    });
  });

  test.each([
    { whose: 'the script', agentId: 'a1', ends: [['a1', 'skipped']] },
    {
      whose: 'another agent',
      agentId: 'a2',
      ends: [
        ['a2', 'skipped'],
        ['a1', undefined],
      ],
    },
  ])('W46 one of $whose that is skipped with its last reply gives no answer', async ({ agentId, ends }) => {
    const brain: Brain = (view) => {
      if (agentId === 'a1' || view.prompt.includes('child') || view.turn > 0) return { text: 'done', latencyMs: 300 };
      return { tools: [{ name: 'Agent', input: { prompt: 'child', agentType: 'Explore' } }] };
    };
    await withBench({ rules: [brain] }, async (bench) => {
      const live = await start(bench, script("return await agent('work');"));
      const listening = bench.engine.subscribe(live.runId, 1, (batch) => {
        const replied = batch.some((event) => event.type === 'agent.replied' && event.agentId === agentId);
        if (replied) live.say({ type: 'agent.skip', agentId });
      });
      const { events } = await live.ended;
      listening.dispose();
      expect(refusals(events)).toEqual([]);
      const ended = events.flatMap((event) => (event.type === 'agent.ended' ? [event] : []));
      expect(ended.map(({ agentId: id, end }) => [id, 'cause' in end ? end.cause : undefined])).toEqual(ends);
    });
  });

  test('W46 one of another agent is skipped when it was, although that agent ends right behind it', async () => {
    const brain: Brain = (view) =>
      view.prompt.includes('child')
        ? { text: 'x', stall: true }
        : { tools: [{ name: 'Agent', input: { prompt: 'child', agentType: 'Explore' } }] };
    await withBench({ rules: [brain] }, async (bench) => {
      const live = await start(bench, script("return await agent('work');"));
      await until(() => bench.simulator.count === 2);
      live.say({ type: 'agent.skip', agentId: 'a2' });
      live.say({ type: 'agent.stop', agentId: 'a1' });
      const { events } = await live.ended;
      const ended = events.flatMap((event) => (event.type === 'agent.ended' ? [event] : []));
      expect(ended.map(({ agentId, end }) => [agentId, 'cause' in end && end.cause])).toEqual([
        ['a2', 'skipped'],
        ['a1', 'stopped'],
      ]);
    });
  });

  test('W46 what one had committed before it began anew is not given back to it after a crash', () => {
    let now: 'writes' | 'stalls' | 'looks' = 'writes';
    const brain: Brain = (view) => {
      if (now === 'stalls') return { text: 'x', stall: true };
      if (view.turn > 0)
        return {
          text: view.results
            .map(({ content }) => content)
            .join('')
            .includes('two')
            ? 'there'
            : 'gone',
        };
      if (now === 'looks') return { tools: [{ name: 'Glob', input: { pattern: '*' } }] };
      return { tools: [{ name: 'Write', input: { path: 'two.txt', content: '2' } }] };
    };
    return withGitRepository({ 'a.txt': 'one\n' }, ({ dir: cwd }) =>
      withBench({ rules: [brain], cwd }, async (bench) => {
        const live = await start(bench, script("return await agent('work', {isolation: 'worktree'});"));
        const listening = bench.engine.subscribe(live.runId, 1, (batch) => {
          if (now !== 'writes' || !batch.some((event) => event.type === 'change.committed')) return;
          now = 'stalls';
          live.say({ type: 'agent.restart', agentId: 'a1' });
        });
        await until(() => bench.simulator.count === 3);
        listening.dispose();
        await bench.restart();
        now = 'looks';
        expect(resultOf(await bench.resume(live.runId))).toBe('gone');
      }),
    );
  });
});
