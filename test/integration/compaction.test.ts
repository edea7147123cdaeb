import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Brain } from '../../src/node/simulator/simulator.ts';
import { resultOf, script, withBench } from '../support/engine.ts';

const OLD = 'the old line\n'.repeat(300);
const TOO_LONG = { error: { status: 400, message: 'prompt is too long: 210000 tokens > 200000 maximum' } } as const;

describe('an agent whose conversation has become too long', () => {
  test('sums it up at its own cost, keeps its task word for word, and the run tells that it did', async () => {
    let refused = 0;
    const brain: Brain = (view) => {
      if (view.last.includes('Room runs out')) return { text: 'I have read a.txt.' };
      if (view.prompt.includes('I have read a.txt')) return { text: view.prompt };
      // Text alone: no tool output can be dropped.
      if (view.turn < 4) return { text: 'x'.repeat(3_000), tools: [{ name: 'Glob', input: { pattern: '*.none' } }] };
      refused += 1;
      return TOO_LONG;
    };
    await withBench({ rules: [brain] }, async ({ play, simulator }) => {
      const played = await play(script("return await agent('Look around. Never touch b.txt.');"));
      expect(played.end).toMatchObject({ status: 'completed' });
      expect(resultOf(played)).toMatch(/Look around\. Never touch b\.txt\.[^]*word for word:\n- Never touch b\.txt\./);
      expect(refused).toBe(1);
      const paid = played.events.filter((event) => event.type === 'agent.charged');
      expect(paid).toMatchObject([{ agentId: 'a1', estimated: false }]);
      expect(played.usage.requests).toBe(simulator.count - refused);
      const waits = played.events.flatMap((event) => (event.type === 'agent.waiting' ? [event.on] : []));
      expect(waits).toEqual(['compaction', null]);
    });
  });

  test('W42 goes on after an interruption with the shorter conversation', async () => {
    let stall = true;
    const brain: Brain = (view) => {
      if (view.turn < 4) return { tools: [{ name: 'Read', input: { path: 'a.txt' } }] };
      const { content = '' } = view.messages[2]?.results[0] ?? {};
      if (content.includes('the old line')) return TOO_LONG;
      return stall ? { text: 'x', stall: true } : { text: content };
    };
    await withBench({ rules: [brain] }, async (bench) => {
      await writeFile(join(bench.cwd, 'a.txt'), OLD);
      const launched = await bench.launch(script("return await agent('work');"));
      if (launched.status === 'refused') throw new Error(launched.errors.join());
      // Four reads, one refusal, and the request that hangs.
      await expect.poll(() => bench.simulator.count).toBe(6);
      await bench.restart();
      stall = false;
      const played = await bench.resume(launched.runId);
      expect(resultOf(played)).toMatch(/characters of output dropped/);
      expect(bench.simulator.count).toBe(7);
    });
  });
});
