import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AbortError } from '../base/abort.ts';
import { FakeClock } from '../engine/clock.fake.ts';
import { fails } from '../engine/model.fake.ts';
import type { Model, ModelReply, ModelRequest } from '../engine/model.ts';
import { userText } from '../protocol/conversation.ts';
import type { Caps, RunCaps } from '../protocol/run.ts';
import type { Usage } from '../protocol/usage.ts';
import type { Prices } from './grants.ts';
import { Ledger } from './ledger.ts';
import { NEVER_STARTED } from './spending.ts';

const NANO = 1_000_000_000;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Billionths of a dollar a token, as whole as real prices are. */
interface Rates {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
}

const rate = fc.integer({ min: 0, max: 50_000 });
const rates: fc.Arbitrary<Rates> = fc.record({ input: rate, cacheRead: rate, cacheWrite: rate, output: rate });

function nanoOf(usage: Usage, each: Rates): number {
  const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens } = usage;
  return (
    inputTokens * each.input +
    cacheReadTokens * each.cacheRead +
    cacheWriteTokens * each.cacheWrite +
    outputTokens * each.output
  );
}

function pricesOf(each: Rates): Prices {
  return {
    costOf: (usage) => nanoOf(usage, each) / NANO,
    ceilingOf: (tokens) => ({
      prompt: (tokens * Math.max(each.input, each.cacheRead, each.cacheWrite)) / NANO,
      outputToken: each.output / NANO,
    }),
  };
}

const cap = (max: number): fc.Arbitrary<number | undefined> =>
  fc.option(fc.integer({ min: 1, max }), { nil: undefined });
const caps = (tokens: number, nano: number): fc.Arbitrary<Caps> =>
  fc.record({ outputTokens: cap(tokens), nano: cap(nano) }).map(({ outputTokens, nano: money }) => ({
    ...(outputTokens === undefined ? {} : { outputTokens }),
    ...(money === undefined ? {} : { usd: money / NANO }),
  }));

const attempt = fc.record({
  /** Tokens that the reply needs. */
  needs: fc.integer({ min: 1, max: 6_000 }),
  turns: fc.nat(3),
  end: fc.constantFrom('answers', 'answers', 'answers', 'breaks', 'refuses', 'aborts'),
  /** Of the prompt's bytes, how many hundredths are tokens that are read, written to the cache, read from it. */
  parts: fc.tuple(fc.nat(34), fc.nat(33), fc.nat(33)),
});
type Attempt = typeof attempt extends fc.Arbitrary<infer T> ? T : never;

const agent = fc.record({
  phase: fc.constantFrom(null, 'Find', 'Fix'),
  kind: fc.constantFrom('agent', 'author'),
  wanted: fc.integer({ min: 1, max: 8_000 }),
  prompt: fc.nat(400),
  caps: caps(9_000, 200_000_000),
  attempts: fc.array(attempt, { minLength: 1, maxLength: 3 }),
});
type Agent = typeof agent extends fc.Arbitrary<infer T> ? T : never;

interface Spent {
  tokens: number;
  nano: number;
}

/** Plays the agents at once and keeps books of its own. */
async function play(
  agents: readonly Agent[],
  runCaps: RunCaps,
  phases: ReadonlyMap<string, Caps>,
  each: Rates,
  sharers: number,
): Promise<void> {
  const ledger = new Ledger(
    {
      clock: new FakeClock(),
      pausedMs: () => 0,
      sharers: () => sharers,
      onSafety: () => undefined,
      onOvertime: () => undefined,
      prices: pricesOf(each),
    },
    { caps: runCaps, phaseCaps: phases, before: NEVER_STARTED, safetyTokens: null },
  );
  const run: Spent = { tokens: 0, nano: 0 };
  const books = new Map([...phases.keys()].map((title) => [title, { tokens: 0, nano: 0 }]));
  await Promise.all(
    agents.map(async (one, index) => {
      const own: Spent = { tokens: 0, nano: 0 };
      const over = [run, own, ...(one.phase === null ? [] : [books.get(one.phase)])].filter(
        (book) => book !== undefined,
      );
      const pay = (usage: Usage): void => {
        for (const book of over) {
          book.tokens += usage.outputTokens;
          book.nano += nanoOf(usage, each);
        }
        expectWithin(run, runCaps);
        expectWithin(own, one.caps);
        if (one.phase !== null) expectWithin(books.get(one.phase), phases.get(one.phase));
      };
      const agentId = `a${index}`;
      const seat = ledger.enter({ agentId, phase: one.phase, caps: one.caps, onTimeUp: () => undefined });
      for (const [at, step] of one.attempts.entries()) {
        const abort = new AbortController();
        const model = ledger.bind({ agentId, kind: one.kind }, (through) => through(service(step, abort, pay)), {
          onCharge: ({ estimated, usage }) => {
            if (estimated) pay(usage);
          },
          onWaiting: () => undefined,
        });
        const asked = requestOf(one, at);
        await model.reply(asked, abort.signal).catch((error: unknown) => {
          if (!(error instanceof AbortError)) throw error;
        });
      }
      seat.dispose();
    }),
  );
  expect(ledger.spent).toMatchObject({ outputTokens: run.tokens, usd: run.nano / NANO });
  ledger.dispose();
}

function expectWithin(spent: Spent | undefined, within: Caps | undefined): void {
  if (!spent || !within) return;
  if (within.outputTokens !== undefined) expect(spent.tokens).toBeLessThanOrEqual(within.outputTokens);
  if (within.usd !== undefined) expect(spent.nano).toBeLessThanOrEqual(Math.round(within.usd * NANO));
}

function requestOf({ wanted, prompt }: Agent, turns: number): ModelRequest {
  return {
    model: 'm',
    system: 'ä'.repeat(turns),
    tools: [],
    messages: [userText('x'.repeat(prompt))],
    maxTokens: wanted,
  };
}

/** Stops where it is told to, makes no more tokens than there are bytes, and says what it used. */
function service(step: Attempt, abort: AbortController, pay: (usage: Usage) => void): Model {
  return {
    reply: async ({ system, tools, messages, maxTokens }, signal): Promise<ModelReply> => {
      for (let i = 0; i < step.turns; i += 1) await turn();
      if (step.end === 'breaks') return fails('network');
      if (step.end === 'refuses') return fails('overloaded', { status: 529 });
      if (step.end === 'aborts') {
        abort.abort();
        throw new AbortError(signal.reason);
      }
      const bytes = Buffer.byteLength(JSON.stringify({ system, tools, messages }));
      const [inputTokens, cacheReadTokens, cacheWriteTokens] = step.parts.map((part) =>
        Math.floor((bytes * part) / 100),
      );
      const usage = {
        inputTokens: inputTokens ?? 0,
        cacheReadTokens: cacheReadTokens ?? 0,
        cacheWriteTokens: cacheWriteTokens ?? 0,
        outputTokens: Math.min(step.needs, maxTokens),
      };
      pay(usage);
      return {
        kind: 'replied',
        message: { role: 'assistant', content: [{ type: 'text', text: 'x' }] },
        usage,
        stopReason: step.needs > maxTokens ? 'max-tokens' : 'end',
        model: 'm',
      };
    },
  };
}

const phaseCaps = fc
  .record({ Find: caps(20_000, 400_000_000), Fix: caps(20_000, 400_000_000) })
  .map((all) => new Map(Object.entries(all)));
const runCaps = caps(60_000, 2_000_000_000);

test('W35 whatever agents ask, in whatever order, at whatever price: no cap is ever passed, money is exact, nobody waits for ever', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(agent, { maxLength: 40 }),
      runCaps,
      phaseCaps,
      rates,
      fc.integer({ min: 1, max: 256 }),
      play,
    ),
    { numRuns: 300 },
  );
}, 120_000);

test('W35 256 agents at once pass no cap either', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(agent, { minLength: 256, maxLength: 256 }),
      runCaps,
      phaseCaps,
      rates,
      (all, run, phases, each) => play(all, run, phases, each, 256),
    ),
    { numRuns: 10 },
  );
}, 120_000);
