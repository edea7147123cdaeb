import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Brain } from '../../src/node/simulator/simulator.ts';
import { resultOf, script, withBench } from '../support/engine.ts';
import { withGitRepository } from '../support/gitRepository.ts';
import { start } from '../support/liveRun.ts';
import { until } from '../support/lives.ts';

describe('an agent that was interrupted', () => {
  test('W42 goes on where its transcript ends: what it asked and read is not asked and read again', async () => {
    let stall = true;
    const brain: Brain = (view) => {
      if (view.turn === 0) return { tools: [{ name: 'Read', input: { path: 'a.txt' } }] };
      return stall ? { text: 'x', stall: true } : { text: `read ${view.messages[2]?.results[0]?.content.trim()}` };
    };
    await withBench({ rules: [brain] }, async (bench) => {
      await writeFile(join(bench.cwd, 'a.txt'), 'text');
      const live = await start(bench, script("return await agent('work');"));
      await until(() => bench.simulator.count === 2);
      await bench.restart();
      stall = false;
      const played = await bench.resume(live.runId);
      expect(played.end).toMatchObject({ status: 'completed' });
      expect(resultOf(played)).toMatch(/^read .*text/);
      expect(bench.simulator.count).toBe(3);
      expect(played.events.filter((event) => event.type === 'tool.started')).toEqual([]);
      const [again] = played.events.filter((event) => event.type === 'agent.restarted');
      expect(again).toMatchObject({
        agentId: 'a1',
        why: 'resumed',
        message: expect.stringContaining('1 turn') as unknown,
      });
    });
  });

  test('W42 one that was interrupted before its first reply is asked once, with what it was told meanwhile', async () => {
    const brain: Brain = () => (stall ? { text: 'x', stall: true } : { text: 'done' });
    let stall = true;
    await withBench({ rules: [brain] }, async (bench) => {
      const live = await start(bench, script("return await agent('work');"));
      await until(() => bench.simulator.count === 1);
      live.say({ type: 'agent.steer', agentId: 'a1', message: 'mind the docs' });
      live.say({ type: 'agent.restart', agentId: 'a1' });
      await until(() => bench.simulator.count === 2);
      await bench.restart();
      stall = false;
      expect(resultOf(await bench.resume(live.runId))).toBe('done');
      const [first, second, third] = bench.simulator.requests.map(({ messages }) => JSON.stringify(messages));
      expect(first).not.toContain('mind the docs');
      expect(third).toBe(second);
      expect(third).toContain('mind the docs');
    });
  });

  test('W42 what one was told and had not heard is told to it when it goes on, once', async () => {
    let stall = true;
    const brain: Brain = (view) => {
      if (view.turn === 0) return { tools: [{ name: 'Glob', input: { pattern: '*.md' } }] };
      return stall ? { text: 'x', stall: true } : { text: 'done' };
    };
    await withBench({ rules: [brain] }, async (bench) => {
      const live = await start(bench, script("return await agent('work');"));
      await until(() => bench.simulator.count === 2);
      live.say({ type: 'agent.steer', agentId: 'a1', message: 'mind the docs' });
      await live.seen((event) => event.type === 'agent.steered');
      await bench.restart();
      const second = bench.resume(live.runId);
      await until(() => bench.simulator.count === 3);
      await bench.restart();
      stall = false;
      await second;
      expect(resultOf(await bench.resume(live.runId))).toBe('done');
      const asked = bench.simulator.requests.slice(2).map(({ messages }) => JSON.stringify(messages));
      expect(asked.map((text) => text.split('mind the docs').length - 1)).toEqual([1, 1]);
    });
  });

  test('W42 one that begins anew has nothing of its worktree back, also after an interruption', async () => {
    let asked = 0;
    const brain: Brain = (view) => {
      if (view.system.includes('You are a reviewer')) return undefined;
      asked += 1;
      const write = (path: string) => ({ tools: [{ name: 'Write', input: { path, content: 'x\n' } }] });
      if (asked === 1) return write('stray.txt');
      if (asked === 3) return write('good.txt');
      return asked === 2 || asked === 4 ? { text: 'x', stall: true } : { text: 'Add it' };
    };
    await withGitRepository({ 'a.txt': 'a\n' }, async (repo) => {
      await withBench({ rules: [brain], cwd: repo.dir }, async (bench) => {
        const live = await start(bench, script("return (await change('write')).files.map(({path}) => path);"));
        await until(() => bench.simulator.count === 2);
        live.say({ type: 'agent.restart', agentId: 'a1' });
        await until(() => bench.simulator.count === 4);
        await bench.restart();
        expect(resultOf(await bench.resume(live.runId))).toEqual(['good.txt']);
        const kept = await repo.git(
          'for-each-ref',
          '--format=%(refname)',
          `refs/dynamic-workflows/${live.runId}/rescued/`,
        );
        const [stray = ''] = kept.split('\n').filter((name) => name.includes('a1.left-'));
        expect(await repo.git('diff', '--name-only', 'main', stray)).toBe('stray.txt');
      });
    });
  });

  test('W42 a command in flight is not repeated but told, and what reaches outside is to be looked up', async () => {
    let stop: () => void = () => undefined;
    const running = new Promise<void>((resolve) => (stop = resolve));
    const brain: Brain = (view) => {
      if (view.turn === 0)
        return { tools: [{ name: 'Bash', input: { command: 'echo once >> log.txt; git push; sleep 30' } }] };
      return { text: view.last };
    };
    await withBench({ rules: [brain] }, async (bench) => {
      const live = await start(bench, script("return await agent('work');"));
      void live.seen((event) => event.type === 'tool.started').then(stop);
      await running;
      await bench.restart();
      const told = resultOf(await bench.resume(live.runId));
      expect(told).toMatch(/not known whether this ran/);
      expect(told).toMatch(/- echo once >> log.txt; git push; sleep 30/);
      expect(bench.simulator.count).toBe(2);
    });
  });

  test('W42 an author finds again in its worktree what it had written, and its change has all of it', async () => {
    let stall = true;
    const brain: Brain = (view) => {
      if (view.turn === 0) return { tools: [{ name: 'Write', input: { path: 'one.txt', content: 'one\n' } }] };
      if (stall) return { text: 'x', stall: true };
      if (view.turn === 1) return { tools: [{ name: 'Write', input: { path: 'two.txt', content: 'two\n' } }] };
      return { text: 'Wrote both' };
    };
    await withGitRepository({ 'a.txt': 'a\n' }, async (repo) => {
      await withBench({ rules: [brain], cwd: repo.dir }, async (bench) => {
        const live = await start(bench, script("return (await change('write both')).files.map((file) => file.path);"));
        await until(() => bench.simulator.count === 2);
        await bench.restart();
        stall = false;
        expect(resultOf(await bench.resume(live.runId))).toEqual(['one.txt', 'two.txt']);
        expect(bench.simulator.count).toBe(4);
        expect(await repo.git('status', '--porcelain')).toBe('');
      });
    });
  });
});
