import { describe, expect, test } from 'vitest';
import { type AgentNeeds, ASSUMED, Figures, usdOf } from './figures.ts';
import type { PastRun } from './pastRun.ts';

const READER: AgentNeeds = {
  ...{ kind: 'agent', phase: 'Look', access: 'read', effort: null, promptTokens: 1_000, replies: 1 },
};

function run(runId: string, outputs: Readonly<Record<string, readonly number[]>>): PastRun {
  const agents = Object.entries(outputs).flatMap(([phase, each]) =>
    each.map((outputTokens) => ({
      ...{ kind: 'agent' as const, phase, requests: 2, ms: 1_000 },
      usage: { inputTokens: 10, outputTokens, cacheReadTokens: 0, cacheWriteTokens: 0 },
    })),
  );
  return { runId, agents, observed: new Map() };
}

describe('X08 what an agent is thought to use', () => {
  test('nothing known: by what it may do, from little to much', () => {
    const figures = new Figures();
    for (const access of ['none', 'read', 'write'] as const) {
      const [min, likely, max] = (['min', 'likely', 'max'] as const).map((level) =>
        figures.of({ ...READER, access }, level),
      );
      expect(likely?.usage.outputTokens).toBe(ASSUMED[access].likely.outputTokens);
      expect(min?.usage.outputTokens).toBeLessThan(likely?.usage.outputTokens ?? 0);
      expect(max?.usage.outputTokens).toBeGreaterThan(likely?.usage.outputTokens ?? 0);
      expect(min?.ms).toBeLessThan(max?.ms ?? 0);
    }
  });

  test('each request writes what is new to the cache and reads the rest from it', () => {
    const { requests, usage } = new Figures().of(READER, 'likely');
    expect(requests).toBe(8);
    expect(usage.cacheWriteTokens).toBe(1_000 + 7 * 1_500);
    expect(usage.cacheReadTokens).toBe([0, 1, 2, 3, 4, 5, 6].reduce((sum, turn) => sum + 1_000 + turn * 1_500, 0));
  });

  test('thinking harder, and being spoken to twice, cost more', () => {
    const figures = new Figures();
    const plain = figures.of(READER, 'likely').usage.outputTokens;
    expect(figures.of({ ...READER, effort: 'max' }, 'likely').usage.outputTokens).toBe(2 * plain);
    expect(figures.of({ ...READER, replies: 2 }, 'likely').usage.outputTokens).toBe(2 * plain);
  });

  test('past runs: the same phase first, then the same kind anywhere, then what is assumed', () => {
    const figures = new Figures([run('r1', { Look: [100, 300], Other: [4_000] }), run('r2', { Look: [400] })]);
    const likely = (needs: Partial<AgentNeeds>) => figures.of({ ...READER, ...needs }, 'likely').usage.outputTokens;
    expect(likely({})).toBe(300);
    expect(likely({ phase: 'Unseen' })).toBeCloseTo((4_400 / 3 + 400) / 2);
    expect(likely({ kind: 'author' })).toBe(ASSUMED.read.likely.outputTokens);
    expect(figures.of(READER, 'min').usage.outputTokens).toBe(200 * 0.8);
    expect(figures.of(READER, 'max').usage.outputTokens).toBe(400 * 1.3);
  });

  test('money is of each request, since some prices depend on its length', () => {
    const usage = { inputTokens: 150_000, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };
    expect(usdOf({ requests: 2, usage, ms: 0 }, 'claude-haiku-5-5')).toBeCloseTo(0.015);
    expect(usdOf({ requests: 1, usage, ms: 0 }, 'claude-haiku-5-5')).toBeCloseTo(0.075);
    expect(usdOf({ requests: 1, usage, ms: 0 }, 'unheard-of')).toBeNull();
  });
});
