import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { queryObjects } from 'node:v8';
import { describe, expect, test } from 'vitest';
import { createEngineCommons } from '../../src/node/engineCommons.ts';
import type { Brain } from '../../src/node/simulator/simulator.ts';
import type { Event, WaitsFor } from '../../src/protocol/messages.ts';
import { DataFlow } from '../../src/workflow/dataFlow.ts';
import { resultOf, script, withBench } from '../support/engine.ts';
import { withGitRepository } from '../support/gitRepository.ts';
import { start } from '../support/liveRun.ts';
import { hangs, last, started, until } from '../support/lives.ts';

const replied = (agentId: string) => (event: Event) => event.type === 'agent.replied' && event.agentId === agentId;
const retried = (event: Event): boolean => event.type === 'agent.retried';

const waitsFor = (path: string): string => `until [ -e ${path} ]; do sleep 0.05; done`;

const TWO = script("return await parallel([() => agent('hang'), () => agent('work')]);");

const waiting = (agentId: string, on: WaitsFor | null) => (event: Event) =>
  event.type === 'agent.waiting' && event.agentId === agentId && event.on === on;

describe('one agent among others', () => {
  test('W37 one that waits for what others do on the machine says so: for its worktree, its command and what its change has to pass', () =>
    withGitRepository({ 'a.txt': 'one\n' }, async ({ dir: cwd }) => {
      const commons = createEngineCommons();
      commons.gate.concurrency = 1;
      let end = (): void => undefined;
      const others = (): void => {
        const work = new Promise<void>((resolve) => (end = resolve));
        void commons.gate.run(() => work, new AbortController().signal);
      };
      const brain: Brain = (view) => {
        const [, path] = /write (\w\.txt)/.exec(view.prompt) ?? [];
        if (path === undefined || (path === 'b.txt' && view.turn === 1)) others();
        if (view.turn > 0) return { text: 'done' };
        if (path === undefined) return { tools: [{ name: 'Bash', input: { command: 'true' } }] };
        return { tools: [{ name: 'Write', input: { path, content: 'two' } }] };
      };
      await withBench({ rules: [brain], cwd, commons }, async (bench) => {
        const body =
          "return [await change('write b.txt', {verify: 'true'}), await agent('run it'), await change('write c.txt')].length;";
        const live = await start(bench, script(body), { worktree: { setup: 'true' } });
        for (const agentId of ['a1', 'a2', 'a3']) {
          await live.seen(waiting(agentId, 'machine'));
          end();
          await live.seen(waiting(agentId, null));
        }
        expect((await live.ended).end).toMatchObject({ status: 'completed', result: 3 });
      });
    }));

  test('W23 W46 one that a person has begin anew is one agent, whether it worked or still waited for its slot', async () => {
    await withBench({ rules: [hangs] }, async (bench) => {
      const live = await start(bench, TWO, { concurrency: 1 });
      await live.seen(started('a1'));
      live.say({ type: 'agent.restart', agentId: 'a2' });
      live.say({ type: 'agent.restart', agentId: 'a1' });
      await until(() => live.events.filter(started('a1')).length === 2);
      live.say({ type: 'agent.skip', agentId: 'a1' });
      const { usage, census } = await live.ended;
      expect([usage.agents, census.agents.done, census.agents.null]).toEqual([2, 1, { skipped: 1 }]);
    });
  });

  test('W46 a person skips one: it is null, the others go on, and a resume does not ask it again', async () => {
    await withBench({ rules: [hangs] }, async (bench) => {
      const live = await start(bench, TWO);
      await live.seen(replied('a2'));
      live.say({ type: 'agent.skip', agentId: 'a1' });
      const played = await live.ended;
      expect(played.end).toMatchObject({ status: 'degraded', result: [null, 'did work'] });
      expect(played.end.failures).toMatchObject([{ cause: 'skipped', agentId: 'a1' }]);
      const before = bench.simulator.count;
      const again = await bench.resume(live.runId);
      expect(again.end).toMatchObject({ status: 'degraded', result: [null, 'did work'] });
      expect(again.end.failures).toMatchObject([{ cause: 'skipped' }]);
      expect(bench.simulator.count).toBe(before);
    });
  });

  test('W46 a person stops one: it is null, and a resume asks it again', async () => {
    let answer = false;
    const brain: Brain = (view) => (answer ? { text: 'at last' } : hangs(view));
    await withBench({ rules: [brain] }, async (bench) => {
      const live = await start(bench, TWO);
      await live.seen(replied('a2'));
      live.say({ type: 'agent.stop', agentId: 'a1' });
      const played = await live.ended;
      expect(played.end).toMatchObject({ status: 'degraded', result: [null, 'did work'] });
      expect(played.end.failures).toMatchObject([{ cause: 'stopped' }]);
      answer = true;
      expect(resultOf(await bench.resume(live.runId))).toEqual(['at last', 'did work']);
    });
  });

  test('W46 one that still waits for its slot is stopped without ever beginning', async () => {
    await withBench({ rules: [hangs] }, async (bench) => {
      const live = await start(bench, TWO, { concurrency: 1 });
      await live.seen(started('a1'));
      live.say({ type: 'agent.stop', agentId: 'a2' });
      live.say({ type: 'agent.stop', agentId: 'a1' });
      const played = await live.ended;
      expect(resultOf(played)).toEqual([null, null]);
      expect(played.events.some(started('a2'))).toBe(false);
    });
  });

  test('W46 a person has one begin anew, and it does', async () => {
    let asked = 0;
    const brain: Brain = () => (asked++ === 0 ? { text: 'x', stall: true } : { text: 'second try' });
    await withBench({ rules: [brain] }, async (bench) => {
      const live = await start(bench, script("return await agent('work');"));
      await live.seen(started('a1'));
      await until(() => bench.simulator.count === 1);
      live.say({ type: 'agent.restart', agentId: 'a1' });
      const played = await live.ended;
      expect(played.end).toMatchObject({ status: 'completed', result: 'second try' });
      expect(played.events.at(-1)).toMatchObject({ type: 'run.ended', usage: { agents: 1 } });
      expect(played.events.filter((event) => event.type === 'agent.restarted')).toMatchObject([{ why: 'person' }]);
    });
  });

  test.each([
    { name: 'skipped', command: { type: 'agent.skip', agentId: 'a1' }, cause: 'skipped' },
    { name: 'finished with its phase', command: { type: 'phase.finish', phase: null }, cause: 'stopped' },
  ] as const)('W46 one that is about to begin anew can be $name instead', async ({ command, cause }) => {
    await withBench({ rules: [hangs] }, async (bench) => {
      const live = await start(bench, script("return await agent('hang');"));
      await live.seen(started('a1'));
      await until(() => bench.simulator.count === 1);
      live.say({ type: 'agent.restart', agentId: 'a1' });
      live.say(command);
      live.say({ type: 'agent.restart', agentId: 'a1' });
      const played = await live.ended;
      expect(played.end).toMatchObject({ result: null, failures: [{ cause }] });
      expect(bench.simulator.count).toBe(1);
      const errors = played.events.flatMap((event) => (event.type === 'refused' ? [event.error] : []));
      expect(errors).toEqual(['The agent a1 is being ended, or begun anew, already.']);
    });
  });

  test('W46 a message reaches an agent before its next turn, and before it ends', async () => {
    const brain: Brain = (view) => {
      if (view.last.includes('mind the docs')) return { text: 'with docs' };
      if (view.turn === 0) return { tools: [{ name: 'Read', input: { path: 'slow.txt' } }], latencyMs: 300 };
      return { text: 'without docs' };
    };
    await withBench({ rules: [brain] }, async (bench) => {
      await writeFile(join(bench.cwd, 'slow.txt'), 'text');
      const live = await start(bench, script("return await agent('work');"));
      await until(() => bench.simulator.count === 1);
      live.say({ type: 'agent.steer', agentId: 'a1', message: 'mind the docs' });
      const played = await live.ended;
      expect(resultOf(played)).toBe('with docs');
      const [steered] = played.events.filter((event) => event.type === 'agent.steered');
      expect(steered).toMatchObject({ agentId: 'a1', message: 'mind the docs' });
      const second = bench.simulator.requests[1]?.messages.at(-1);
      expect(JSON.stringify(second)).toMatch(/tool_result.*person.*mind the docs/);
    });
  });

  test('W46 a message during an answer in a form is heard, and the answer given again', async () => {
    const schema = '{type: "object", properties: {docs: {type: "boolean"}}, required: ["docs"]}';
    const brain: Brain = (view) => ({
      structured: { docs: JSON.stringify(view.messages).includes('mind the docs') },
      latencyMs: 300,
    });
    await withBench({ rules: [brain] }, async (bench) => {
      const live = await start(bench, script(`return await agent('work', {schema: ${schema}});`));
      await until(() => bench.simulator.count === 1);
      live.say({ type: 'agent.steer', agentId: 'a1', message: 'mind the docs' });
      expect(resultOf(await live.ended)).toEqual({ docs: true });
      expect(bench.simulator.count).toBe(2);
    });
  });

  test('W46 a message for which no turn is left is said to be unread', async () => {
    const brain: Brain = () => ({ text: 'without docs', latencyMs: 300 });
    await withBench({ rules: [brain] }, async (bench) => {
      const live = await start(bench, script("return await agent('work', {maxTurns: 1});"));
      await until(() => bench.simulator.count === 1);
      live.say({ type: 'agent.steer', agentId: 'a1', message: 'mind the docs' });
      const played = await live.ended;
      expect(resultOf(played)).toBe('without docs');
      const warnings = played.events.filter((event) => event.type === 'logged' && event.level === 'warning');
      expect(warnings).toMatchObject([{ message: 'The agent a1 ended before it could read "mind the docs".' }]);
    });
  });

  test('W46 nor is one swallowed that comes while the agent refuses', async () => {
    const brain: Brain = () => ({ text: 'I will not', stopReason: 'refusal', latencyMs: 300 });
    await withBench({ rules: [brain] }, async (bench) => {
      const live = await start(bench, script("return await agent('work');"));
      await until(() => bench.simulator.count === 1);
      live.say({ type: 'agent.steer', agentId: 'a1', message: 'mind the docs' });
      const { events, end } = await live.ended;
      expect(end.failures).toMatchObject([{ cause: 'refused' }]);
      const warnings = events.filter((event) => event.type === 'logged' && event.level === 'warning');
      expect(warnings).toMatchObject([{ message: 'The agent a1 ended before it could read "mind the docs".' }]);
    });
  });

  test('W46 a message while verify passes reaches the author, and verify looks at what it makes of it', async () => {
    const brain: Brain = (view) => {
      const heard = JSON.stringify(view.messages).includes('mind the docs');
      const write = (path: string) => ({ tools: [{ name: 'Write', input: { path, content: 'x\n' } }] });
      if (view.turn === 0) return write('code.txt');
      if (view.turn === 2) return write('docs.txt');
      return { text: heard ? 'Add both' : 'Add the code' };
    };
    await withGitRepository({ 'a.txt': 'a\n' }, async (repo) => {
      await withBench({ rules: [brain], cwd: repo.dir }, async (bench) => {
        const at = (name: string): string => join(repo.dir, '.git', name);
        const verify = `ls >> ${at('seen')}; ${waitsFor(at('go'))}`;
        const body = `return (await change('write', {verify: ${JSON.stringify(verify)}})).summary;`;
        const live = await start(bench, script(body));
        await until(() => existsSync(at('seen')));
        live.say({ type: 'agent.steer', agentId: 'a1', message: 'mind the docs' });
        await writeFile(at('go'), '');
        expect(resultOf(await live.ended)).toBe('Add both');
        expect(await readFile(at('seen'), 'utf8')).toBe('a.txt\ncode.txt\na.txt\ncode.txt\ndocs.txt\n');
      });
    });
  });

  test('W46 one that begins anew hears what it had not heard before', async () => {
    let asked = 0;
    const brain: Brain = (view) =>
      asked++ === 0 ? { text: 'x', stall: true } : { text: view.last.includes('mind the docs') ? 'docs' : 'none' };
    await withBench({ rules: [brain] }, async (bench) => {
      const live = await start(bench, script("return await agent('work');"));
      await until(() => bench.simulator.count === 1);
      live.say({ type: 'agent.steer', agentId: 'a1', message: 'mind the docs' });
      live.say({ type: 'agent.restart', agentId: 'a1' });
      expect(resultOf(await live.ended)).toBe('docs');
      expect(bench.simulator.count).toBe(2);
    });
  });

  test('W46 one that has answered is told nothing more, though its call is not over', async () => {
    await withGitRepository({ 'a.txt': 'a\n' }, async (repo) => {
      const at = (name: string): string => join(repo.dir, '.git', name);
      const command = `touch ${at('began')}; ${waitsFor(at('go'))}; false`;
      const finding = { path: 'new.txt', line: 1, quote: 'x', severity: 'major', title: 'Wrong', body: 'See.' };
      const brain: Brain = (view) => {
        if (view.system.includes('You are a reviewer')) return { structured: { findings: [finding] } };
        const proves = view.system.includes('You are a skeptic');
        const path = proves ? 'proof.sh' : 'new.txt';
        if (view.turn === 0) return { tools: [{ name: 'Write', input: { path, content: 'x\n' } }] };
        if (!proves) return { text: 'Add x' };
        return { structured: { verdict: 'upheld', reason: 'So.', reproduction: { path, command } } };
      };
      await withBench({ rules: [brain], cwd: repo.dir }, async (bench) => {
        const body = "return await review(await change('write'), {lenses: ['correctness'], votes: 1});";
        const live = await start(bench, script(body));
        await until(() => existsSync(at('began')));
        live.say({ type: 'agent.steer', agentId: 'a3', message: 'mind the docs' });
        await writeFile(at('go'), '');
        const played = await live.ended;
        expect(resultOf(played)).toMatchObject({ findings: [{ status: 'reproduced' }] });
        expect(played.events.filter(({ type }) => type === 'agent.steered')).toEqual([]);
        expect(played.events).toContainEqual(
          expect.objectContaining({
            type: 'refused',
            error: expect.stringContaining('a3 has given its answer') as unknown,
          }),
        );
      });
    });
  });

  test('W46 what cannot be done is refused in a sentence', async () => {
    await withBench({ rules: [hangs] }, async (bench) => {
      const live = await start(bench, script("return await agent('hang');"));
      await live.seen(started('a1'));
      live.say({ type: 'agent.stop', agentId: 'a9' });
      live.say({ type: 'run.continue' });
      live.say({ type: 'agent.steer', agentId: 'a1', message: '  ' });
      live.say({ type: 'phase.finish', phase: 'Nowhere' });
      live.say({ type: 'run.set', concurrency: 0 });
      live.say({ type: 'run.stop' });
      const played = await live.ended;
      const errors = played.events.flatMap((event) => (event.type === 'refused' ? [event.error] : []));
      expect(errors).toEqual([
        expect.stringContaining('a9'),
        'The run is not paused.',
        expect.stringContaining('empty'),
        expect.stringContaining('Nowhere'),
        expect.stringContaining('1 to 256'),
      ]);
    });
  });
});

describe('a run under way', () => {
  test('W46 paused, it sends nothing and starts nobody; it goes on where it was', async () => {
    const slow: Brain = (view) => ({ text: `did ${last(view.prompt)}`, latencyMs: 150 });
    await withBench({ rules: [slow] }, async (bench) => {
      const text = script("return await parallel(['a', 'b', 'c'].map((it) => () => agent(it)));");
      const live = await start(bench, text, { concurrency: 1 });
      await until(() => bench.simulator.count === 1);
      live.say({ type: 'run.pause' });
      const paused = live.events.find((event) => event.type === 'run.paused');
      expect(paused).toMatchObject({ reason: 'person', until: null });
      await live.seen((event) => event.type === 'agent.ended' && event.agentId === 'a1');
      live.say({ type: 'run.continue' });
      const played = await live.ended;
      expect(resultOf(played)).toEqual(['did a', 'did b', 'did c']);
      const order = played.events.flatMap((event) =>
        event.type === 'run.paused' || event.type === 'run.continued' || event.type === 'agent.started'
          ? [event.type]
          : [],
      );
      const began = 'agent.started';
      expect(order).toEqual([began, 'run.paused', 'run.continued', began, began]);
    });
  });

  test('W46 more agents at once count from now on', async () => {
    await withBench({ rules: [hangs] }, async (bench) => {
      const text = script("return await parallel([1, 2, 3].map((n) => () => agent('hang ' + n)));");
      const live = await start(bench, text, { concurrency: 1 });
      await live.seen(started('a1'));
      expect(live.events.filter((event) => event.type === 'agent.started')).toHaveLength(1);
      live.say({ type: 'run.set', concurrency: 3 });
      await live.seen(started('a3'));
      expect(live.events.find((event) => event.type === 'run.changed')).toMatchObject({ concurrency: 3 });
      live.say({ type: 'run.stop' });
      await live.ended;
    });
  });

  test('W35 W46 the script sees the cap that a person changes, from the next answer on', async () => {
    await withBench({ rules: [hangs] }, async (bench) => {
      const text = script(
        "const before = budget.total; await agent('hang'); return [before, budget.total, budget.remaining()];",
      );
      const live = await start(bench, text, { caps: { outputTokens: 50_000 } });
      await live.seen(started('a1'));
      live.say({ type: 'run.set', caps: { outputTokens: 90_000 } });
      live.say({ type: 'agent.skip', agentId: 'a1' });
      const { end } = await live.ended;
      const [before, total, rest] = end.result as readonly number[];
      expect([before, total]).toEqual([50_000, 90_000]);
      expect(rest).toBeGreaterThan(50_000);
    });
  });

  test('X06 a phase is finished without its stragglers, and what waits for them goes on', async () => {
    await withBench({ rules: [hangs] }, async (bench) => {
      const text = script(`phase('Find');
const found = await parallel([() => agent('hang', {phase: 'Find'}), () => agent('look', {phase: 'Find'})]);
return await agent('sum up ' + found.filter(Boolean).length, {phase: 'Sum'});`);
      const live = await start(bench, text);
      await live.seen(replied('a2'));
      live.say({ type: 'phase.finish', phase: 'Find' });
      const played = await live.ended;
      expect(played.end).toMatchObject({ status: 'degraded', result: 'did sum up 1' });
      expect(played.end.failures).toMatchObject([{ cause: 'stopped', agentId: 'a1' }]);
    });
  });
});

describe('limits of one agent', () => {
  test('X06 an agent that takes too long is null, and the others go on', async () => {
    await withBench({ rules: [hangs] }, async ({ play }) => {
      const body = "return await parallel([() => agent('hang', {timeoutMs: 200}), () => agent('work')]);";
      const played = await play(script(body));
      expect(played.end).toMatchObject({ status: 'degraded', result: [null, 'did work'] });
      expect(played.end.failures).toMatchObject([
        { cause: 'timeout', message: expect.stringContaining('200 ms') as unknown },
      ]);
    });
  });

  test('X06 a request without a byte is made again with the same conversation; nothing is done twice', async () => {
    const brain: Brain = (view) => {
      if (view.turn === 0) return { tools: [{ name: 'Read', input: { path: 'a.txt' } }] };
      return stalled++ === 0 ? { text: 'x', stall: true } : { text: 'after the stall' };
    };
    let stalled = 0;
    await withBench({ rules: [brain] }, async (bench) => {
      await writeFile(join(bench.cwd, 'a.txt'), 'text');
      const played = await bench.play(script("return await agent('work', {stallMs: 300});"));
      expect(played.end).toMatchObject({ status: 'completed', result: 'after the stall' });
      const [, second, third] = bench.simulator.requests;
      expect(third?.messages).toEqual(second?.messages);
      expect(played.events.filter((event) => event.type === 'tool.started')).toHaveLength(1);
      expect(played.events.filter(retried)).toMatchObject([{ message: expect.stringContaining('silent') as unknown }]);
    });
  }, 20_000);
});

describe('an answer out of form', () => {
  const SCHEMA = '{type: "object", properties: {n: {type: "integer"}}, required: ["n"]}';

  test('W21 gets one cheap request of its own, without the conversation, before it counts as failed', async () => {
    const brain: Brain = (view) =>
      view.system.includes('bring an answer into the form') ? { structured: { n: 7 } } : { structured: { n: 'seven' } };
    await withBench({ rules: [brain] }, async ({ play, simulator }) => {
      const played = await play(script(`return await agent('count', {schema: ${SCHEMA}});`));
      expect(played.end).toMatchObject({ status: 'completed', result: { n: 7 } });
      const repair = simulator.requests.at(-1);
      expect(repair?.messages).toHaveLength(1);
      expect(JSON.stringify(repair?.messages)).toContain('seven');
      expect(simulator.count).toBe(6);
    });
  });

  test('W21 text alone is reminded five times, and what cannot be repaired throws and says where the text is', async () => {
    const brain: Brain = () => ({ text: 'it is seven' });
    await withBench({ rules: [brain] }, async ({ play, simulator }) => {
      const body = `try { await agent('count', {schema: ${SCHEMA}}); } catch (error) { return error.message; }`;
      const played = await play(script(body));
      expect(resultOf(played)).toMatch(/transcript of a1/);
      expect(simulator.count).toBe(7);
    });
  });

  describe('W21 of an agent whose turns are up', () => {
    const look = { tools: [{ name: 'Glob', input: { pattern: '*' } }] };
    const body = `return await agent('count', {schema: ${SCHEMA}, maxTurns: 2});`;

    test('is taken from its last words, if they hold it', async () => {
      const brain: Brain = (view) =>
        view.system.includes('bring an answer into the form')
          ? { structured: { n: 7 } }
          : { ...look, text: 'so it is 7' };
      await withBench({ rules: [brain] }, async ({ play, simulator }) => {
        const played = await play(script(body));
        expect(played.end).toMatchObject({ status: 'completed', result: { n: 7 } });
        const repair = JSON.stringify(simulator.requests.at(-1)?.messages);
        expect(repair).toMatch(/ended after 2 turns.*so it is 7.*had no turn left/);
        expect(simulator.count).toBe(3);
      });
    });

    test.each([
      { name: 'is in the transcript, if they do not', said: 'I look around', message: /transcript of a1/, requests: 3 },
      { name: 'is nowhere, if it has said nothing', said: '', message: /had written nothing/, requests: 2 },
    ])('$name', async ({ said, message, requests }) => {
      const brain: Brain = (view) =>
        view.system.includes('bring an answer into the form') ? { text: 'no answer' } : { ...look, text: said };
      await withBench({ rules: [brain] }, async ({ play, simulator }) => {
        const { end } = await play(script(body));
        const [failure] = end.failures;
        expect(failure).toMatchObject({ cause: 'max-turns', message: expect.stringMatching(message) as string });
        expect(simulator.count).toBe(requests);
      });
    });
  });
});

test('a run that has ended keeps nothing in memory but what it said', async () => {
  // Counted from here: other tests of this file have made some.
  const living = (): number => queryObjects(DataFlow, { format: 'count' });
  await withBench({ rules: [hangs] }, async (bench) => {
    const before = living();
    const live = await start(bench, TWO);
    await live.seen(replied('a2'));
    expect(living()).toBe(before + 1);
    live.say({ type: 'agent.skip', agentId: 'a1' });
    expect((await live.ended).end.status).toBe('degraded');
    expect(living()).toBeLessThanOrEqual(before);
    expect(await bench.engine.finished(live.runId)).toMatchObject({ end: { status: 'degraded' } });
  });
});
