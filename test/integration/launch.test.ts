import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Brain } from '../../src/node/simulator/simulator.ts';
import { withGitRepository } from '../support/gitRepository.ts';
import { resultOf, script, withBench } from '../support/engine.ts';

const ok: Brain = (view) => ({ text: `echo: ${view.prompt.split('\n').at(-1) ?? ''}` });

describe('launch', () => {
  test('W08 a script with an error is refused with line and column, and nothing is asked', async () => {
    await withBench({}, async ({ launch, simulator }) => {
      const launched = await launch(script("await agent('a');\nimport fs from 'node:fs';"));
      expect(launched).toMatchObject({ status: 'refused', reason: 'script' });
      expect(JSON.stringify(launched)).toMatch(/:3:1 error W05/);
      expect(simulator.requests).toHaveLength(0);
    });
  });

  test('W36 workflow() runs another one inline, by name and by path, sharing counters', async () => {
    await withBench({ rules: [ok] }, async ({ play, cwd }) => {
      await mkdir(join(cwd, '.claude/workflows'), { recursive: true });
      const inner = script('return {got: await agent(`inner ${args.n}`), args};', "name: 'inner', description: 'd'");
      await writeFile(join(cwd, '.claude/workflows/inner.js'), inner);
      await writeFile(join(cwd, 'by-path.js'), inner);
      const body =
        "return [await workflow('inner', {n: 1}), await workflow({scriptPath: 'by-path.js'}, {n: 2}), args];";
      const played = await play(script(body), { args: { outer: true } });
      expect(resultOf(played)).toEqual([
        { got: 'echo: inner 1', args: { n: 1 } },
        { got: 'echo: inner 2', args: { n: 2 } },
        { outer: true },
      ]);
      expect(played.usage.agents).toBe(2);
    });
  });

  test.each([
    { name: 'an unknown name', call: "workflow('nowhere')", says: /nowhere/ },
    { name: 'a path as a name', call: "workflow('flows/x.js')", says: /workflow\(\{ scriptPath: "flows\/x\.js" \}\)/ },
    { name: 'a bad file', call: "workflow({scriptPath: 'bad.js'})", says: /bad\.js:1:1/ },
    { name: 'arguments that do not fit', call: "workflow({scriptPath: 'asks.js'}, {n: 'one'})", says: /args of asks/ },
    { name: 'nesting', call: "workflow({scriptPath: 'nests.js'})", says: /one level/ },
  ])('W36 workflow() throws on $name', async ({ call, says }) => {
    await withBench({}, async ({ play, cwd }) => {
      await writeFile(join(cwd, 'bad.js'), 'const x = 1;');
      await writeFile(
        join(cwd, 'nests.js'),
        script("return await workflow('other');", "name: 'nests', description: 'd'"),
      );
      const asks = "name: 'asks', description: 'd', args: {type: 'object', properties: {n: {type: 'integer'}}}";
      await writeFile(join(cwd, 'asks.js'), script('return 1;', asks));
      const played = await play(
        script(`try { await ${call}; return 'no error'; } catch (error) { return error.message; }`),
      );
      expect(resultOf(played)).toMatch(says);
    });
  });

  test.each([
    { body: 'const { files } = args;\nreturn files;', at: '2:7' },
    { body: "await agent('x');\nreturn args.files;", at: '3:8' },
  ])('W36 a nested script that needs args and got none says so, and where: $body', async ({ body, at }) => {
    await withBench({ rules: [ok] }, async ({ play, cwd }) => {
      await writeFile(join(cwd, 'needs.js'), script(body, "name: 'needs', description: 'd'"));
      const { end } = await play(script("return await workflow({ scriptPath: 'needs.js' });"), { args: { n: 1 } });
      const says =
        /^The workflow needs reads `args`, and workflow\(\) gave it none .* second argument \(`\{"files": …\}`\)/;
      expect(end).toMatchObject({ status: 'failed', message: expect.stringMatching(says) as unknown });
      expect(end).toMatchObject({ message: expect.stringMatching(`needs\\.js:${at}$`) as unknown });
    });
  });

  test('W40 scriptPath wins over script, which wins over name; none is an error', async () => {
    await withBench({}, async ({ launch, play, cwd }) => {
      await writeFile(join(cwd, 'file.js'), script("return 'file';"));
      const text = script("return 'text';");
      expect(resultOf(await play(text, { scriptPath: 'file.js', name: 'fix-failing-tests' }))).toBe('file');
      expect(resultOf(await play(text, { name: 'fix-failing-tests' }))).toBe('text');
      expect(await launch('')).toMatchObject({ status: 'refused', reason: 'script' });
    });
  });

  test('W40 launch answers at once, while the agents are still at work', async () => {
    await withBench({ rules: [() => ({ text: 'late', latencyMs: 60_000 })] }, async ({ launch, engine }) => {
      const launched = await launch(script("return await agent('a');", "name: 'slow one', description: 'd'"));
      if (launched.status === 'refused') throw new Error(launched.errors.join());
      expect(launched.workflowName).toBe('slow one');
      expect(launched.runDir).toContain(launched.runId);
      engine.dispatch({ type: 'run.stop', runId: launched.runId, commandId: 'c1' });
      const { end } = await engine.finished(launched.runId);
      // W45: stopping a run fails no agent.
      expect(end).toMatchObject({ status: 'stopped', reason: 'person', failures: [] });
    });
  });

  test('a workflow that makes changes is refused where there is no repository; any other runs', async () => {
    await withBench({ rules: [ok] }, async ({ launch, play }) => {
      const launched = await launch(script("return await change('x');"));
      expect(launched).toMatchObject({ status: 'refused', reason: 'place' });
      expect(JSON.stringify(launched)).toContain('git init');
      expect((await play(script("return await agent('x');"))).end.status).toBe('completed');
    });
  });

  test('a repository without a commit is refused before anything is made in it', async () => {
    await withGitRepository({}, async (repo) => {
      await withBench({ cwd: repo.dir }, async ({ launch }) => {
        expect(await launch(script("return await change('x');"))).toMatchObject({ status: 'refused', reason: 'place' });
      });
      expect(await repo.git('for-each-ref')).toBe('');
    });
  });
});

describe('resume', () => {
  const twoAgents = script("const a = await agent('one'); const b = await agent('two'); return [a, b];");

  test('W42 the same script and args again: no request, the same result', async () => {
    await withBench({ rules: [ok] }, async ({ play, resume, restart, simulator }) => {
      const first = await play(twoAgents);
      await restart();
      const again = await resume(first.runId);
      expect(again.end).toEqual(first.end);
      expect(simulator.requests).toHaveLength(2);
      expect(again.events.filter((event) => event.type === 'agent.ended' && event.fromJournal)).toHaveLength(2);
    });
  });

  test('W42 what failed runs again, what finished does not', async () => {
    let broken = true;
    const brain: Brain = (view) =>
      broken && view.prompt.includes('two') ? { error: { status: 400 } } : { text: 'ok' };
    await withBench({ rules: [brain] }, async ({ play, resume, restart, simulator }) => {
      const first = await play(twoAgents);
      expect(first.end).toMatchObject({ status: 'degraded', result: ['ok', null] });
      broken = false;
      await restart();
      expect((await resume(first.runId)).end).toMatchObject({ status: 'completed', result: ['ok', 'ok'] });
      expect(simulator.requests.map((request) => JSON.stringify(request.messages[0]).includes('one'))).toEqual([
        true,
        false,
        false,
      ]);
    });
  });

  test('W42 an edited script: an inserted call costs only itself', async () => {
    await withBench({ rules: [ok] }, async ({ play, resume, cwd, simulator }) => {
      const first = await play(twoAgents);
      const edited = join(cwd, 'edited.js');
      await writeFile(
        edited,
        script(
          "const b = await agent('two'); const c = await agent('three'); const a = await agent('one'); return [a, b, c];",
        ),
      );
      const again = await resume(first.runId, edited);
      expect(resultOf(again)).toEqual(['echo: one', 'echo: two', 'echo: three']);
      expect(simulator.requests).toHaveLength(3);
    });
  });

  test('W43 the preview counts the calls that the journal will answer', async () => {
    await withBench({ rules: [ok] }, async ({ play, engine }) => {
      const { runId } = await play(twoAgents);
      expect(await engine.previewResume(runId)).toMatchObject({ kind: 'ready', finishedCalls: 2 });
    });
  });

  test('W45 an unknown run: nothing to resume', async () => {
    await withBench({}, async ({ engine }) => {
      const answer = await engine.resume({ runId: 'never-was', attended: false });
      expect(answer).toMatchObject({ status: 'refused', reason: 'unknown' });
      expect(JSON.stringify(answer)).toContain('nothing to resume');
    });
  });

  test('W45 a run whose agents are still at work cannot be resumed', async () => {
    await withBench({ rules: [() => ({ text: 'late', latencyMs: 60_000 })] }, async ({ launch, engine }) => {
      const launched = await launch(script("return await agent('a');"));
      if (launched.status === 'refused') throw new Error(launched.errors.join());
      expect(await engine.resume({ runId: launched.runId, attended: false })).toMatchObject({
        status: 'refused',
        reason: 'busy',
      });
    });
  });
});
