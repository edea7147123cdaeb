import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fails, fakeModel, says, type Scripted } from '../engine/model.fake.ts';
import type { Model, ModelRequest } from '../engine/model.ts';
import { userText } from '../protocol/conversation.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { Budget } from './budget.ts';
import { budgeted } from './budgetedModel.ts';

const never = new AbortController().signal;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function request(maxTokens = 32_000): ModelRequest {
  return { model: 'fake', system: '', tools: [], messages: [userText('task')], maxTokens };
}

/** A reply that needs so many tokens, cut where the request's limit says, as a service does it. */
function needing(tokens: number): Scripted {
  return ({ maxTokens }) => {
    const outputTokens = Math.min(tokens, maxTokens);
    const stopReason = tokens > maxTokens ? 'max-tokens' : 'end';
    return says('x'.repeat(10), { usage: { ...NO_USAGE, outputTokens }, stopReason });
  };
}

describe('budget', () => {
  test('W35 without a cap every request gets what it wants, and is counted', async () => {
    const budget = new Budget(null, () => 1);
    const model = fakeModel([needing(700)]);
    expect(await budgeted(model, budget, 'agent').reply(request(), never)).toMatchObject({ kind: 'replied' });
    expect(model.requests[0]?.maxTokens).toBe(32_000);
    expect(budget.spent).toBe(700);
    expect(budget.exceeded()).toBeNull();
  });

  test('W35 a grant is a fair share of what is left, and at least the floor', async () => {
    const budget = new Budget(16_000, () => 4);
    expect((await budget.grant({ kind: 'a', wanted: 32_000 }, never))?.tokens).toBe(4_000);
    const many = new Budget(16_000, () => 100);
    expect((await many.grant({ kind: 'a', wanted: 32_000 }, never))?.tokens).toBe(1_024);
  });

  test('W35 the floor follows what replies of that kind have needed', async () => {
    const budget = new Budget(100_000, () => 1_000);
    (await budget.grant({ kind: 'author', wanted: 32_000 }, never))?.settle(3_000);
    expect((await budget.grant({ kind: 'author', wanted: 32_000 }, never))?.tokens).toBe(6_000);
    expect((await budget.grant({ kind: 'skeptic', wanted: 32_000 }, never))?.tokens).toBe(1_024);
  });

  test('W35 who finds too little waits while grants are out, and goes on with what comes back', async () => {
    const budget = new Budget(2_000, () => 1);
    const first = await budget.grant({ kind: 'a', wanted: 1_500 }, never);
    const second = budget.grant({ kind: 'a', wanted: 1_500 }, never);
    const early = await Promise.race([second.then(() => 'granted'), turn().then(() => 'waits')]);
    expect(early).toBe('waits');
    first?.settle(100);
    expect((await second)?.tokens).toBe(1_500);
  });

  test('W35 the last tokens are sent when there are at least 256, and nothing below', async () => {
    const budget = new Budget(1_000, () => 1);
    (await budget.grant({ kind: 'a', wanted: 700 }, never))?.settle(700);
    expect((await budget.grant({ kind: 'a', wanted: 32_000 }, never))?.tokens).toBe(300);
    const poor = new Budget(1_000, () => 1);
    (await poor.grant({ kind: 'a', wanted: 800 }, never))?.settle(800);
    expect(await poor.grant({ kind: 'a', wanted: 32_000 }, never)).toBeNull();
  });

  test('W35 an aborted wait leaves nobody waiting', async () => {
    const budget = new Budget(1_100, () => 1);
    const held = await budget.grant({ kind: 'a', wanted: 1_100 }, never);
    const abort = new AbortController();
    const waiting = budget.grant({ kind: 'a', wanted: 1_100 }, abort.signal);
    await turn();
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    held?.settle(10);
    expect((await budget.grant({ kind: 'a', wanted: 500 }, never))?.tokens).toBe(500);
  });

  test('W35 a reply that its grant cut is asked for again with more, and all of it is paid', async () => {
    const budget = new Budget(10_000, () => 8);
    const model = fakeModel([needing(2_000), needing(2_000), needing(2_000)]);
    const reply = await budgeted(model, budget, 'agent').reply(request(), never);
    expect(reply).toMatchObject({ kind: 'replied', stopReason: 'end', usage: { outputTokens: 1_250 + 2_000 } });
    expect(model.requests.map(({ maxTokens }) => maxTokens)).toEqual([1_250, 2_500]);
    expect(budget.spent).toBe(3_250);
  });

  test('W35 a reply that no grant can hold any more is a budget failure that keeps the text', async () => {
    const budget = new Budget(3_000, () => 2);
    const model = fakeModel([needing(9_000), needing(9_000)]);
    const reply = await budgeted(model, budget, 'agent').reply(request(), never);
    expect(reply).toMatchObject({ kind: 'failed', code: 'budget', message: expect.stringContaining('xxxx') as string });
    expect(budget.spent).toBeLessThanOrEqual(3_000);
  });

  test.each([
    { name: 'a stream that broke off costs its whole grant', failure: fails('network'), costs: 5_000 },
    { name: 'no connection costs nothing', failure: fails('network', { unreachable: true }), costs: 0 },
    { name: 'a refusal costs nothing', failure: fails('rate-limited', { status: 429 }), costs: 0 },
    { name: 'a wrong request costs nothing', failure: fails('invalid', { status: 400 }), costs: 0 },
  ])('W35 $name', async ({ failure, costs }) => {
    const budget = new Budget(5_000, () => 1);
    await budgeted(fakeModel([failure]), budget, 'agent').reply(request(), never);
    expect(budget.spent).toBe(costs);
  });

  test('W35 whatever agents ask, in whatever order, at whatever price: the cap is never passed and nobody waits for ever', async () => {
    const call = fc.record({
      needs: fc.integer({ min: 1, max: 6_000 }),
      wanted: fc.integer({ min: 1, max: 8_000 }),
      turns: fc.nat(4),
      breaks: fc.boolean(),
      kind: fc.constantFrom('agent', 'author'),
    });
    const model = (total: number, spent: () => number, turns: number, needs: number, breaks: boolean): Model => ({
      reply: async (asked) => {
        for (let i = 0; i < turns; i += 1) await turn();
        expect(spent()).toBeLessThanOrEqual(total);
        if (breaks) return fails('network');
        const outputTokens = Math.min(needs, asked.maxTokens);
        const usage = { ...NO_USAGE, outputTokens };
        const message = { role: 'assistant', content: [{ type: 'text', text: 'x' }] } as const;
        return {
          kind: 'replied',
          message,
          usage,
          stopReason: needs > asked.maxTokens ? 'max-tokens' : 'end',
          model: 'm',
        };
      },
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 40_000 }),
        fc.integer({ min: 1, max: 256 }),
        fc.array(call, { maxLength: 40 }),
        async (total, sharers, calls) => {
          const budget = new Budget(total, () => sharers);
          const replies = await Promise.all(
            calls.map(({ needs, wanted, turns, breaks, kind }) =>
              budgeted(
                model(total, () => budget.spent, turns, needs, breaks),
                budget,
                kind,
              ).reply(request(wanted), never),
            ),
          );
          expect(replies).toHaveLength(calls.length);
          expect(budget.spent).toBeLessThanOrEqual(total);
        },
      ),
      { numRuns: 200 },
    );
  });
});
