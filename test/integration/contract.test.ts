import { describe, expect, test } from 'vitest';
import type { Brain } from '../../src/node/simulator/simulator.ts';
import { resultOf, script, withBench } from '../support/engine.ts';

/** Answers with the task's last line, so that a test sees which agent said what. */
const echo: Brain = (view) => ({ text: `echo: ${view.prompt.split('\n').at(-1) ?? ''}` });
const ok: Brain = () => ({ text: 'ok' });

const PERSON = {
  type: 'object',
  properties: { name: { type: 'string' }, age: { type: 'integer' } },
  required: ['name', 'age'],
};

describe('globals of a script', () => {
  test('W20 agent() resolves to the final text of one subagent', async () => {
    await withBench({ rules: [echo] }, async ({ play, simulator }) => {
      const played = await play(script("return await agent('say hi');"));
      expect(played.end).toMatchObject({ status: 'completed', result: 'echo: say hi', failures: [] });
      expect(played.usage).toMatchObject({ agents: 1, requests: 1 });
      expect(simulator.requests).toHaveLength(1);
    });
  });

  test('W20 agent() without a prompt is the mistake of the script, and nothing is asked', async () => {
    await withBench({}, async ({ play, simulator }) => {
      const body = "try { await agent('  '); } catch (error) { return `${error.name}: ${error.message}`; }";
      expect(resultOf(await play(script(body)))).toMatch(/^TypeError: agent\(\) takes a prompt first/);
      expect(simulator.requests).toHaveLength(0);
    });
  });

  test('W21 a schema is answered through StructuredOutput; a wrong answer goes back into the same conversation', async () => {
    const brain: Brain = (view) => ({ structured: view.turn === 0 ? { name: 'Ada' } : { name: 'Ada', age: 36 } });
    await withBench({ rules: [brain] }, async ({ play, simulator }) => {
      const played = await play(script(`return await agent('who?', {schema: ${JSON.stringify(PERSON)}});`));
      expect(played.end).toMatchObject({ status: 'completed', result: { name: 'Ada', age: 36 } });
      expect(JSON.stringify(simulator.requests[1]?.messages)).toContain('age');
    });
  });

  test('W21 after five wrong answers agent() throws with the last validation error', async () => {
    await withBench({ rules: [() => ({ structured: { name: 7 } })] }, async ({ play, simulator }) => {
      const body = `try { await agent('who?', {schema: ${JSON.stringify(PERSON)}}); } catch (error) { return error.message; }`;
      const played = await play(script(body));
      expect(resultOf(played)).toMatch(/age/);
      expect(played.end).toMatchObject({ status: 'degraded', failures: [{ cause: 'schema' }] });
      // Five answers, and one attempt to bring the last of them into form.
      expect(simulator.requests).toHaveLength(6);
    });
  });

  test.each([
    { name: 'a root that is no object', schema: { type: 'string' } },
    {
      name: 'a required member that may not be there',
      schema: { type: 'object', properties: {}, required: ['gone'], additionalProperties: false },
    },
    { name: 'an invalid keyword value', schema: { type: 'object', properties: { a: { type: 'strnig' } } } },
  ])('W22 a schema that cannot be satisfied throws before any request: $name', async ({ schema }) => {
    await withBench({}, async ({ play, simulator }) => {
      const body = `try { await agent('x', {schema: ${JSON.stringify(schema)}}); return 'no error'; } catch (error) { return error.message; }`;
      expect(resultOf(await play(script(body)))).toMatch(/^agent\(\) schema: /);
      expect(simulator.requests).toHaveLength(0);
    });
  });

  test('W23 an agent that dies of the API is null with its cause, and the run is degraded', async () => {
    const brain: Brain = (view) =>
      view.prompt.includes('bad') ? { error: { status: 400, message: 'no' } } : { text: 'ok' };
    await withBench({ rules: [brain] }, async ({ play }) => {
      const played = await play(script("return [await agent('good'), await agent('bad', {label: 'the bad one'})];"));
      expect(played.end).toMatchObject({
        status: 'degraded',
        result: ['ok', null],
        failures: [{ cause: 'api', label: 'the bad one' }],
      });
    });
  });

  test('W23 a refused key ends the run as failed after the first request', async () => {
    await withBench({ rules: [() => ({ error: { status: 401 } })] }, async ({ play, simulator }) => {
      const played = await play(script("await agent('a'); return await agent('b');"));
      expect(played.end.status).toBe('failed');
      expect(played.end).toMatchObject({ message: expect.stringContaining('key') as string });
      expect(simulator.requests).toHaveLength(1);
      expect(JSON.stringify(played)).not.toContain('test-key');
    });
  });

  test('W24 label and phase name the agent; the option wins over phase()', async () => {
    await withBench({ rules: [ok] }, async ({ play }) => {
      const body = "phase('One'); await agent('a', {label: 'first'}); await agent('b', {phase: 'Two'});";
      const { events } = await play(script(body));
      const agents = events.filter((event) => event.type === 'agent.queued');
      expect(agents.map(({ label, phase }) => ({ label, phase }))).toEqual([
        { label: 'first', phase: 'One' },
        { label: 'b', phase: 'Two' },
      ]);
    });
  });

  test('W25 models by alias, by id, and inherited; effort is passed on', async () => {
    await withBench({ rules: [ok] }, async ({ play, simulator }) => {
      const body = `await agent('a'); await agent('b', {model: 'haiku'}); await agent('c', {model: 'some-local-model'});
        await agent('d', {model: 'inherit', effort: 'high'});`;
      await play(script(body), { model: 'opus' });
      const models = simulator.requests.map((request) => request.model);
      expect(models).toEqual([models[0], expect.stringContaining('haiku'), 'some-local-model', models[0]]);
      expect(models[0]).toContain('opus');
    });
  });

  test('W28 options that nobody knows are ignored with one warning a run', async () => {
    await withBench({ rules: [ok] }, async ({ play }) => {
      const { events, end } = await play(
        script("await agent('a', {colour: 'red'}); return await agent('b', {shape: 1});"),
      );
      const warnings = events.filter((event) => event.type === 'logged' && event.level === 'warning');
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatchObject({ message: expect.stringContaining('colour') as string });
      expect(end.status).toBe('completed');
    });
  });

  test('W30 parallel() keeps order and turns a throwing thunk into null, and the run into degraded', async () => {
    await withBench({ rules: [echo] }, async ({ play }) => {
      const body = "return await parallel([() => agent('a'), () => { throw new Error('oops'); }, () => agent('c')]);";
      expect((await play(script(body))).end).toMatchObject({
        status: 'degraded',
        result: ['echo: a', null, 'echo: c'],
        failures: [{ cause: 'script', message: expect.stringContaining('oops') as string }],
      });
    });
  });

  test('W31 pipeline() lets one item through all stages while another waits in the first', async () => {
    const order: string[] = [];
    const brain: Brain = (view) => {
      const task = view.prompt.split('\n').at(-1) ?? '';
      order.push(task);
      return { text: task, latencyMs: task === 'slow 1' ? 400 : 0 };
    };
    await withBench({ rules: [brain] }, async ({ play }) => {
      const body = `return await pipeline(['slow', 'fast'],
        (name, item, index) => agent(name + ' 1').then(() => [name, item, index]),
        ([name]) => agent(name + ' 2'));`;
      expect(resultOf(await play(script(body)))).toEqual(['slow 2', 'fast 2']);
      expect(order.indexOf('fast 2')).toBeLessThan(order.indexOf('slow 2'));
      expect(order.slice(0, 2).sort()).toEqual(['fast 1', 'slow 1']);
    });
  });

  test('W34 args arrive as they were given; the JSON text of an object arrives parsed', async () => {
    await withBench({}, async ({ play }) => {
      const body = 'return {type: typeof args, args};';
      expect(resultOf(await play(script(body), { args: { list: [1, 'two'] } }))).toEqual({
        type: 'object',
        args: { list: [1, 'two'] },
      });
      expect(resultOf(await play(script(body), { args: '{"a": 1}' }))).toEqual({ type: 'object', args: { a: 1 } });
      expect(resultOf(await play(script(body), { args: 'plain' }))).toEqual({ type: 'string', args: 'plain' });
      expect(resultOf(await play(script(body)))).toEqual({ type: 'undefined' });
    });
  });

  test('W34 a workflow that asks for a string gets the text as it was given', async () => {
    await withBench({}, async ({ play }) => {
      const meta = "name: 'x', description: 'd', args: {type: 'string'}";
      const { end } = await play(script('return [typeof args, args];', meta), { args: '{"a": 1}' });
      expect(end).toMatchObject({ status: 'completed', result: ['string', '{"a": 1}'] });
    });
  });

  test('W34 an error that only looks as if args were missing keeps its words and its place', async () => {
    await withBench({}, async ({ play }) => {
      const body = "const table = {};\nreturn (args ? args.files : ['a']).map((file) =>\n  table[file].title);";
      const { end } = await play(script(body));
      expect(end).toMatchObject({
        status: 'failed',
        message: expect.stringMatching(/^TypeError: cannot read property 'title' of undefined/) as string,
      });
    });
  });

  test('W34 args that do not fit meta.args are refused before anything runs', async () => {
    await withBench({}, async ({ launch, simulator }) => {
      const meta =
        "name: 'x', description: 'd', args: {type: 'object', required: ['path'], properties: {path: {type: 'string'}}}";
      const launched = await launch(script("return await agent('a');", meta), { args: { path: 3 } });
      expect(launched).toMatchObject({ status: 'refused', reason: 'request' });
      expect(JSON.stringify(launched)).toContain('path');
      expect(simulator.requests).toHaveLength(0);
    });
  });

  test('W35 agent() throws once the budget is spent; uncaught it stops the run, caught it degrades it', async () => {
    const brain: Brain = () => ({ text: 'ok', usage: { outputTokens: 600 } });
    const loop = "const seen = []; while (true) { seen.push(await agent('more ' + seen.length)); }";
    await withBench({ rules: [brain] }, async ({ play }) => {
      const stopped = await play(script(loop), { caps: { outputTokens: 1_200 } });
      expect(stopped.end).toMatchObject({ status: 'stopped', reason: 'budget' });
      expect(stopped.end.result).toMatchObject({ finished: [{ value: 'ok' }, { value: 'ok' }] });
      const caught =
        "const n = []; try { while (true) n.push(await agent('x' + n.length)); } catch (error) { return [error.name, n.length, budget.total, budget.spent(), budget.remaining()]; }";
      const degraded = await play(script(caught), { caps: { outputTokens: 1_200 } });
      expect(degraded.end).toMatchObject({ status: 'degraded', result: ['BudgetError', 2, 1_200, 1_200, 0] });
    });
  });

  test('W23 W35 each call that a cap refuses in a parallel is one failure by its name, and the log says why once', async () => {
    await withBench({}, async ({ play }) => {
      const body = "return await parallel(['a', 'b', 'c', 'd'].map((name) => () => agent(name)));";
      const { end, events } = await play(script(body), { caps: { agents: 1 } });
      expect(end).toMatchObject({ status: 'degraded', result: [expect.any(String), null, null, null] });
      expect(end.failures.map(({ cause, label }) => [cause, label])).toEqual(
        ['b', 'c', 'd'].map((name) => ['budget', name]),
      );
      const logged = events.flatMap((event) => (event.type === 'logged' ? [event.message] : []));
      expect(logged).toEqual([expect.stringMatching(/^The budget of 1 agent is spent/)]);
    });
  });

  test('W30 a thunk that throws in many slots is logged a few times and then now and then, with the count', async () => {
    await withBench({}, async ({ play }) => {
      const body = 'return (await parallel(Array.from({length: 30}, () => () => null.x))).length;';
      const { end, events } = await play(script(body));
      expect(end.failures).toHaveLength(30);
      const logged = events.flatMap((event) => (event.type === 'logged' ? [event.message] : []));
      expect(logged).toHaveLength(6);
      expect(logged.at(-1)).toMatch(/^parallel\[9\]: TypeError: .* \(10 times\)$/);
    });
  });

  test('W35 256 agents at once do not pass the cap, since each request says where to stop', async () => {
    const brain: Brain = (view) => ({ text: 'ok', usage: { outputTokens: Math.min(900, view.request.max_tokens) } });
    await withBench({ rules: [brain] }, async ({ play, simulator }) => {
      const body = `const all = await Promise.allSettled(Array.from({length: 256}, (_, i) => agent('n' + i)));
        return [all.filter((one) => one.status === 'fulfilled').length, budget.spent()];`;
      const { end, usage } = await play(script(body), { caps: { outputTokens: 50_000 }, concurrency: 256 });
      expect(end.status).toBe('degraded');
      expect(usage.outputTokens).toBeLessThanOrEqual(50_000);
      expect(usage.outputTokens).toBeGreaterThan(48_000);
      expect(simulator.requests.length).toBeLessThan(60);
    });
  });

  test('W35 a run that its cap stopped goes on with a higher one, and counts what it had spent', async () => {
    const brain: Brain = () => ({ text: 'ok', usage: { outputTokens: 600 } });
    await withBench({ rules: [brain] }, async (bench) => {
      const body =
        "const n = []; for (let i = 0; i < 4; i++) n.push(await agent('x' + i)); return [n.length, budget.spent()];";
      const first = await bench.play(script(body), { caps: { outputTokens: 1_200 } });
      expect(first.end).toMatchObject({ status: 'stopped', reason: 'budget' });
      await bench.restart();
      const again = await bench.engine.resume({
        ...{ runId: first.runId, attended: false },
        caps: { outputTokens: 5_000 },
      });
      expect(again.status).toBe('started');
      expect((await bench.engine.finished(first.runId)).end).toMatchObject({ status: 'completed', result: [4, 2_400] });
      expect(bench.simulator.requests).toHaveLength(4);
    });
  });

  test('W38 the agent after the thousandth throws', async () => {
    await withBench({ rules: [ok] }, async ({ play, simulator }) => {
      const body = `const all = await Promise.allSettled(Array.from({length: 1002}, (_, i) => agent('n' + i)));
        return all.filter((one) => one.status === 'rejected').map((one) => one.reason.message);`;
      const played = await play(script(body), { concurrency: 64 });
      expect(resultOf(played)).toEqual([
        expect.stringContaining('1000 agents'),
        expect.stringContaining('1000 agents'),
      ]);
      expect(simulator.count).toBe(1_000);
    });
  });

  test('W39 the losers of a race are abandoned, not failed', async () => {
    const brain: Brain = (view) =>
      view.prompt.includes('slow') ? { text: 'slow', latencyMs: 60_000 } : { text: 'fast' };
    await withBench({ rules: [brain] }, async ({ play }) => {
      const played = await play(script("return await Promise.race([agent('slow'), agent('fast')]);"));
      expect(played.end).toEqual({ status: 'completed', result: 'fast', failures: [] });
    });
  });

  test('W39 who is still under way when the script returns is named in the log', async () => {
    const brain: Brain = () => ({ text: 'slow', latencyMs: 60_000 });
    await withBench({ rules: [brain] }, async ({ play }) => {
      const forgotten = await play(script("[1, 2].forEach(async (n) => { await agent('n' + n); }); return 'done';"));
      expect(forgotten.end).toEqual({ status: 'completed', result: 'done', failures: [] });
      const warnings = forgotten.events.filter((event) => event.type === 'logged' && event.level === 'warning');
      expect(warnings.slice(1)).toMatchObject([
        { message: expect.stringContaining('2 agents were still under way when the script returned') as string },
      ]);
    });
  });

  test.each([
    { body: 'const { path } = args;\nreturn path;', example: '{"path": …}' },
    { body: 'return args.path + args.limit;', example: '{"path": …, "limit": …}' },
  ])('W34 a script that needs args and got none says so: $body', async ({ body, example }) => {
    await withBench({ rules: [ok] }, async ({ play }) => {
      const played = await play(script(body));
      expect(played.end).toMatchObject({
        status: 'failed',
        message: expect.stringContaining(`--args '${example}'`) as string,
      });
    });
  });

  test.each([
    {
      body: 'return [1].map(async (n) => n);',
      says: '$[0] (a promise) of the result is no JSON and became null: write `await` before it, or `await Promise.all(list)` for a list',
    },
    {
      body: 'return new Map([[1, 2]]);',
      says: '$ (a Map) of the result is no JSON and became null: return `Object.fromEntries(map)`, or `[...map]`',
    },
    {
      body: 'return { seen: new Set() };',
      says: '$.seen (a Set) of the result is no JSON and became null: return `[...set]`',
    },
    {
      body: 'return await Promise.allSettled([agent("")]);',
      says: '$[0].reason (an error) of the result is no JSON and became null: return its `message`',
    },
    { body: 'return { f() {} };', says: '$.f of the result is no JSON and became null' },
  ])('W04 what is no JSON in the result is called by its name, with what to return: $body', async ({ body, says }) => {
    await withBench({ rules: [ok] }, async ({ play }) => {
      const played = await play(script(body));
      expect(played.end.failures).toMatchObject([{ cause: 'not-json', message: says }]);
    });
  });
});
