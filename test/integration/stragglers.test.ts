import { describe, expect, test } from 'vitest';
import { resultOf, script, withBench } from '../support/engine.ts';
import { start } from '../support/liveRun.ts';
import { hangs, started, until } from '../support/lives.ts';

describe('a parallel() that does not wait for all', () => {
  const fan = (limits: string): string =>
    script(`const found = await parallel(
  [() => agent('hang'), () => agent('one'), async () => [await agent('two'), await agent('hang after two')]],
  ${limits},
);
return [found, await agent('sum up')];`);

  test.each([
    { name: 'once it has enough', limits: '{atLeast: 1}' },
    { name: 'after its deadline, once it has enough', limits: '{deadlineMs: 20, atLeast: 1}' },
    { name: 'after its deadline', limits: '{deadlineMs: 1500}' },
  ])('X06 it goes on $name; stragglers are stopped, and each has its cause', async ({ limits }) => {
    await withBench({ rules: [hangs] }, async (bench) => {
      const played = await bench.play(fan(limits));
      expect(played.end).toMatchObject({ status: 'degraded', result: [[null, 'did one', null], 'did sum up'] });
      const causes = played.end.failures.map(({ cause }) => cause);
      expect(causes).toEqual(['timeout', 'timeout']);
      await until(() => bench.simulator.requests.every(({ end }) => end !== 'pending'));
    });
  });

  test('X06 stragglers that the script left behind are not said to be forgotten', async () => {
    await withBench({ rules: [hangs] }, async ({ play }) => {
      const body = "return await parallel(['hang 1', 'hang 2'].map((name) => () => agent(name)), {deadlineMs: 50});";
      const { events } = await play(script(body));
      const logged = events.flatMap((event) => (event.type === 'logged' ? [event.message] : []));
      expect(logged).toEqual([expect.stringMatching(/^parallel\(\) goes on without \d of its results/)]);
    });
  });

  test('X06 its deadline stands while the run is paused, and goes on with it', async () => {
    const body = `const wait = (ms) => new Promise((woken) => setTimeout(woken, ms));
return await parallel(
  [() => agent('hang'), async () => { await wait(1500); log('awake'); return 'late'; }],
  {deadlineMs: 1000},
);`;
    await withBench({ rules: [hangs] }, async (bench) => {
      const live = await start(bench, script(body));
      await live.seen(started('a1'));
      live.say({ type: 'run.pause' });
      await Promise.race([live.seen((event) => event.type === 'logged' && event.message === 'awake'), live.ended]);
      live.say({ type: 'run.continue' });
      const { end } = await live.ended;
      expect(end).toMatchObject({ status: 'degraded', result: [null, 'late'], failures: [{ cause: 'timeout' }] });
    });
  });

  test.each([
    { name: 'a stage', inner: "pipeline(['hang'], (it) => agent(it))" },
    { name: 'a pattern', inner: "patterns.fanOutAndSynthesize(['hang'], { each: 'Look.', synthesize: () => 'x' })" },
    {
      name: 'a group within a stage',
      inner: "pipeline([1], () => parallel([() => agent('hang')]), () => agent('too late'))",
    },
  ])('X06 stragglers in $name within it are stopped too', async ({ inner }) => {
    const body = `await parallel([() => agent('one'), () => ${inner}], {atLeast: 1});
return await agent('sum up');`;
    await withBench({ rules: [hangs] }, async ({ play, simulator }) => {
      const { end, events } = await play(script(body));
      expect(end).toMatchObject({ status: 'degraded', result: 'did sum up', failures: [{ cause: 'timeout' }] });
      const straggler = events.find((event) => event.type === 'agent.ended' && event.end.kind === 'null');
      expect(straggler).toMatchObject({ agentId: 'a2', end: { cause: 'timeout' } });
      expect(end.failures).toHaveLength(1);
      const prompts = simulator.requests.map(({ messages }) => JSON.stringify(messages));
      expect(prompts.filter((prompt) => prompt.includes('too late'))).toEqual([]);
    });
  });

  test('X06 nobody whom its functions ask for later begins any more', async () => {
    const body = `await parallel([() => agent('one'), async () => { await agent('hang'); return agent('later'); }], {atLeast: 1});
return await agent('sum up');`;
    await withBench({ rules: [hangs] }, async ({ play, simulator }) => {
      expect(resultOf(await play(script(body)))).toBe('did sum up');
      const prompts = simulator.requests.map(({ messages }) => JSON.stringify(messages));
      expect(prompts.filter((prompt) => prompt.includes('later'))).toEqual([]);
    });
  });

  test.each([
    { limits: '{deadlineMs: 0}', says: /deadlineMs is a whole number from 1, not 0/ },
    { limits: '{atLeast: 4}', says: /atLeast is 4, and there are 3 functions/ },
    { limits: '5', says: /takes an object of options second, not a number/ },
  ])('X06 $limits is refused', async ({ limits, says }) => {
    await withBench({}, async ({ play }) => {
      const played = await play(fan(limits));
      expect(played.end).toMatchObject({ status: 'failed', message: expect.stringMatching(says) as unknown });
    });
  });
});
