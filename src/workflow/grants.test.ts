import { describe, expect, test } from 'vitest';
import { fails, fakeModel, hangs, says } from '../engine/model.fake.ts';
import type { Model, ModelRequest } from '../engine/model.ts';
import { userText } from '../protocol/conversation.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import type { Charge, HeldBack } from './budgetedModel.ts';
import { createLimiter } from './limiter.ts';
import type { BoundListener } from './ledger.ts';
import { bench, needing, never, request, turn } from './ledgerBench.fake.ts';

describe('grants', () => {
  test('W35 without a cap every request gets what it wants, and is counted', async () => {
    const { ledger, enter } = bench();
    const model = fakeModel([needing(700)]);
    expect(await enter().bind(model).reply(request(), never)).toMatchObject({ kind: 'replied' });
    expect(model.requests[0]?.maxTokens).toBe(32_000);
    expect(ledger.spent).toMatchObject({ outputTokens: 700, usd: 7, agents: 1 });
    expect(ledger.exceeded(null)).toBeNull();
    expect(ledger.total).toBeNull();
  });

  test.each([
    { name: 'a fair share of what is left', total: 16_000, sharers: 4, wanted: 32_000, gets: 4_000 },
    { name: 'at least the floor', total: 16_000, sharers: 100, wanted: 32_000, gets: 1_024 },
    { name: 'no more than it wants', total: 16_000, sharers: 4, wanted: 900, gets: 900 },
    { name: 'the last that there is', total: 300, sharers: 4, wanted: 32_000, gets: 300 },
  ])('W35 a grant is $name', async ({ total, sharers, wanted, gets }) => {
    const { enter } = bench({ caps: { outputTokens: total }, sharers });
    const model = fakeModel([needing(1)]);
    await enter().bind(model).reply(request(wanted), never);
    expect(model.requests[0]?.maxTokens).toBe(gets);
  });

  test('W35 nothing is sent for less than 256 tokens', async () => {
    const { enter, ledger } = bench({ caps: { outputTokens: 255 } });
    const model = fakeModel([]);
    expect(await enter().bind(model).reply(request(), never)).toMatchObject({ kind: 'failed', code: 'budget' });
    expect(model.requests).toHaveLength(0);
    expect(ledger.exceeded(null)).toBeNull();
  });

  test('W35 the floor follows what replies of that kind have needed', async () => {
    const { enter } = bench({ caps: { outputTokens: 100_000 }, sharers: 1_000 });
    const model = fakeModel([needing(900), needing(1), needing(1)]);
    const agent = enter();
    await agent.bind(model, 'author').reply(request(), never);
    await agent.bind(model, 'author').reply(request(), never);
    await agent.bind(model, 'skeptic').reply(request(), never);
    expect(model.requests.map(({ maxTokens }) => maxTokens)).toEqual([1_024, 1_800, 1_024]);
  });

  test('W35 who finds too little waits while others hold it, and goes on with what comes back', async () => {
    const { enter, waits } = bench({ caps: { outputTokens: 2_000 } });
    let answer: () => void = () => undefined;
    const slow: Model = {
      reply: async (asked, signal) => {
        await new Promise<void>((resolve) => (answer = resolve));
        return fakeModel([needing(100)]).reply(asked, signal);
      },
    };
    const first = enter().bind(slow).reply(request(1_500), never);
    await turn();
    const quick = fakeModel([needing(10)]);
    const second = enter().bind(quick).reply(request(1_500), never);
    await turn();
    expect({ sent: quick.requests.length, waits }).toEqual({ sent: 0, waits: [true] });
    answer();
    await Promise.all([first, second]);
    expect({ sent: quick.requests[0]?.maxTokens, waits }).toEqual({ sent: 1_500, waits: [true, false] });
  });

  test('W35 an aborted wait leaves nothing held, an aborted request costs about what it has used', async () => {
    const { enter, ledger, charges } = bench({ caps: { outputTokens: 1_100 } });
    const [running, waiting] = [new AbortController(), new AbortController()];
    const first = enter()
      .bind(fakeModel([hangs()]))
      .reply(request(600), running.signal);
    await turn();
    const second = enter().bind(fakeModel([])).reply(request(600), waiting.signal);
    await turn();
    waiting.abort();
    await expect(second).rejects.toMatchObject({ name: 'AbortError' });
    running.abort();
    await expect(first).rejects.toMatchObject({ name: 'AbortError' });
    expect(charges).toMatchObject([{ estimated: true, usage: { outputTokens: 256 } }]);
    const last = fakeModel([needing(10)]);
    await enter().bind(last).reply(request(500), never);
    expect({ granted: last.requests[0]?.maxTokens, spent: ledger.spent.outputTokens }).toEqual({
      granted: 500,
      spent: 266,
    });
  });

  test('W35 X07 a request that is ended while a hold keeps it back has not been sent and costs nothing', async () => {
    const { enter, ledger, charges, clock } = bench({ caps: { outputTokens: 10_000 } });
    const inner = fakeModel([needing(10), fails('rate-limited', { status: 429, retryAfterMs: 5_000 }), needing(10)]);
    const limiter = createLimiter(inner, { clock, random: () => 0.5 });
    const ask = (signal: AbortSignal, granted = Promise.resolve()) => {
      const limit = (through: (model: HeldBack) => Model): Model =>
        limiter.bind(
          () => undefined,
          (model) => ({ reply: (...asked) => granted.then(() => through(model).reply(...asked)) }),
        );
      const heard: BoundListener = { onCharge: (charge) => charges.push(charge), onWaiting: () => undefined };
      return ledger.bind({ agentId: enter().agentId, kind: 'agent' }, limit, heard).reply(request(600), signal);
    };
    await ask(never);
    let grant = (): void => undefined;
    const late = new Promise<void>((resolve) => (grant = resolve));
    const ended = new AbortController();
    const held = ask(ended.signal, late);
    const refused = ask(never);
    await clock.advance(0);
    // It had its turn before the refusal that holds everybody.
    grant();
    await clock.advance(0);
    expect(inner.requests).toHaveLength(2);
    ended.abort();
    await expect(held).rejects.toMatchObject({ name: 'AbortError' });
    expect(charges).toEqual([]);
    await clock.advance(10_000);
    await refused;
    expect({ spent: ledger.spent.outputTokens, charges, asked: inner.requests.length }).toEqual({
      ...{ spent: 20, charges: [], asked: 3 },
    });
  });

  test('W35 what is ended from here in the middle of a reply counts by all that had come of it, the input of a tool too', async () => {
    const { enter, ledger, charges } = bench({ caps: { outputTokens: 50_000 } });
    const writing: Model = {
      reply: (_request, signal, onDelta) => {
        onDelta?.('I write it. ', 'text');
        onDelta?.('x'.repeat(24_000), 'unshown');
        return fakeModel([hangs()]).reply(request(), signal);
      },
    };
    const heard = {
      onCharge: (charge: Charge) => charges.push(charge),
      onWaiting: () => undefined,
    };
    const asked = { agentId: enter().agentId, kind: 'agent' };
    const ended = new AbortController();
    const reply = ledger.bind(asked, (through) => through(writing), heard).reply(request(), ended.signal);
    await turn();
    ended.abort();
    await expect(reply).rejects.toMatchObject({ name: 'AbortError' });
    expect(charges).toMatchObject([{ estimated: true, usage: { outputTokens: 8_004 } }]);
  });

  test('W35 one that was ended before it asks waits for nothing that others hold', async () => {
    const { enter, waits } = bench({ caps: { outputTokens: 1_000 }, sharers: 2 });
    const ended = new AbortController();
    const holding = enter()
      .bind(fakeModel([hangs()]))
      .reply(request(1_000), ended.signal);
    await turn();
    const late = enter().bind(fakeModel([])).reply(request(1_000), AbortSignal.abort());
    await expect(late).rejects.toMatchObject({ name: 'AbortError' });
    expect(waits.at(-1)).toBe(false);
    ended.abort();
    await expect(holding).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('W35 a reply that its grant cut is asked for again with more, and both are paid', async () => {
    const { enter, ledger, charges } = bench({ caps: { outputTokens: 10_000 }, sharers: 8 });
    const model = fakeModel([needing(2_000), needing(2_000)]);
    const reply = await enter().bind(model).reply(request(), never);
    expect(reply).toMatchObject({ kind: 'replied', stopReason: 'end', usage: { outputTokens: 2_000 } });
    expect(model.requests.map(({ maxTokens }) => maxTokens)).toEqual([1_250, 2_500]);
    expect(charges).toMatchObject([{ estimated: false, usage: { outputTokens: 1_250 } }]);
    expect(ledger.spent.outputTokens).toBe(3_250);
  });

  test('W35 a reply that needs more than its share is asked for with twice as much each time, not with a little more', async () => {
    const { enter } = bench({ caps: { outputTokens: 100_000 }, sharers: 16 });
    const model = fakeModel(Array.from({ length: 16 }, () => needing(20_000)));
    expect(await enter().bind(model).reply(request(), never)).toMatchObject({ kind: 'replied', stopReason: 'end' });
    expect(model.requests.map(({ maxTokens }) => maxTokens)).toEqual([6_250, 12_500, 25_000]);
  });

  test('W35 a reply that was cut is not asked for again where what is left is hardly more', async () => {
    const { enter, ledger } = bench({ caps: { outputTokens: 10_000 }, sharers: 2 });
    const model = fakeModel([needing(9_000), needing(9_000)]);
    expect(await enter().bind(model).reply(request(), never)).toMatchObject({ kind: 'failed', code: 'budget' });
    expect(model.requests.map(({ maxTokens }) => maxTokens)).toEqual([5_000]);
    expect(ledger.spent.outputTokens).toBe(5_000);
  });

  test('W35 a reply that ended because the window was full is not asked for again', async () => {
    const { enter } = bench({ caps: { outputTokens: 10_000 }, sharers: 8 });
    const full = says('x', { usage: { ...NO_USAGE, outputTokens: 100 }, stopReason: 'max-tokens', windowFull: true });
    const model = fakeModel([full]);
    expect(await enter().bind(model).reply(request(), never)).toMatchObject({ stopReason: 'max-tokens' });
  });

  test('W35 a reply that no grant can hold any more is a budget failure that keeps the text', async () => {
    const { enter, ledger } = bench({ caps: { outputTokens: 3_000 }, sharers: 2 });
    const reply = await enter()
      .bind(fakeModel([needing(9_000), needing(9_000)]))
      .reply(request(), never);
    expect(reply).toMatchObject({ kind: 'failed', code: 'budget', message: expect.stringContaining('xxxx') as string });
    expect(ledger.spent.outputTokens).toBeLessThanOrEqual(3_000);
  });

  test('W35 what was silent for long before it was ended may have thought all the while', async () => {
    const { enter, charges, clock } = bench({ caps: { outputTokens: 50_000 } });
    const ended = new AbortController();
    const reply = enter()
      .bind(fakeModel([hangs()]))
      .reply(request(40_000), ended.signal);
    await turn();
    await clock.advance(60_000);
    ended.abort();
    await expect(reply).rejects.toMatchObject({ name: 'AbortError' });
    expect(charges).toMatchObject([{ estimated: true, usage: { outputTokens: 6_000 } }]);
  });

  test.each([
    { name: 'a stream that broke off costs its whole grant', failure: fails('network'), costs: 5_000 },
    {
      name: 'a request without any answer costs its prompt and little more',
      failure: fails('network', { unanswered: true }),
      costs: 256,
    },
    { name: 'silence without any answer costs the same', failure: fails('stalled', { unanswered: true }), costs: 256 },
    { name: 'no connection costs nothing', failure: fails('network', { unreachable: true }), costs: 0 },
    { name: 'a refusal costs nothing', failure: fails('rate-limited', { status: 429 }), costs: 0 },
    { name: 'a wrong request costs nothing', failure: fails('invalid', { status: 400 }), costs: 0 },
  ])('W35 $name', async ({ failure, costs }) => {
    const { enter, ledger, charges } = bench({ caps: { outputTokens: 5_000 } });
    await enter()
      .bind(fakeModel([failure]))
      .reply(request(), never);
    expect(ledger.spent.outputTokens).toBe(costs);
    expect(charges).toHaveLength(costs === 0 ? 0 : 1);
  });
});

describe('caps of money', () => {
  const [bytes] = [JSON.stringify({ system: '', tools: [], messages: [userText('task')] }).length];

  test('W35 the prompt is reserved at a token a byte, the reply as granted; what is paid is what it cost', async () => {
    const { enter, ledger } = bench({ caps: { usd: 5 } });
    const model = fakeModel([says('x', { usage: { ...NO_USAGE, inputTokens: 10, outputTokens: 20 } })]);
    await enter().bind(model).reply(request(), never);
    expect(model.requests[0]?.maxTokens).toBe(Math.floor((5 - bytes / 1_000) * 100));
    expect(ledger.spent.usd).toBe(0.21);
  });

  test('W35 a cap that is given while requests are under way holds for what those may cost, too', async () => {
    const { enter, ledger } = bench({ sharers: 2 });
    let answer = (): void => undefined;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const inner = fakeModel([needing(400), needing(100)]);
    const slow: Model = { reply: (...asked) => answered.then(() => inner.reply(...asked)) };
    const first = enter().bind(slow).reply(request(500), never);
    await turn();
    expect(ledger.setCaps({ usd: 9 })).toBeNull();
    const second = enter().bind(inner).reply(request(500), never);
    await turn();
    expect(inner.requests).toEqual([]);
    answer();
    await first;
    await second;
    expect(inner.requests.map(({ maxTokens }) => maxTokens)).toEqual([500, Math.floor((5 - bytes / 1_000) * 100)]);
    expect(ledger.spent.usd).toBe(5);
  });

  test('W35 a cap in money cannot be given while a model without a price is asked', async () => {
    const { enter, ledger } = bench();
    const ended = new AbortController();
    const asked = enter()
      .bind(fakeModel([hangs()]))
      .reply(request(500, 'unpriced'), ended.signal);
    await turn();
    expect(ledger.setCaps({ usd: 5 })).toMatch(/price of unpriced is not known/);
    expect(ledger.caps).toEqual({});
    ended.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('W35 a request that may search the web holds the pages and the fees of all its searches', async () => {
    const asked = async (usd: number): Promise<number> => {
      const model = fakeModel([says('x')]);
      const search: ModelRequest = { ...request(), webSearch: true };
      await bench({ caps: { usd } }).enter().bind(model).reply(search, never);
      return model.requests.length;
    };
    expect(await Promise.all([104, 108.5].map(asked))).toEqual([0, 1]);
  });

  test('W35 a picture is reserved at most at what services count, not by its bytes', async () => {
    const sent = async (data: string) => {
      const { enter } = bench({ caps: { usd: 50 } });
      const model = fakeModel([says('x')]);
      const image = { mediaType: 'image/png', data } as const;
      const shown = { type: 'tool_result', toolUseId: 't', content: '', isError: false, images: [image] } as const;
      const messages = [...request().messages, { role: 'user', content: [shown] } as const];
      await enter()
        .bind(model)
        .reply({ ...request(), messages }, never);
      return model.requests[0]?.maxTokens;
    };
    const small = await sent('a'.repeat(16_000));
    expect(small).toBeGreaterThan(0);
    expect(await sent('a'.repeat(5_000_000))).toBe(small);
    expect(await sent('a'.repeat(15_000))).toBe((small ?? 0) + 100);
  });

  test('W35 an agent without anything left gets an error with the figures and what to do', async () => {
    const { enter, ledger } = bench({ caps: { usd: 5 }, before: { usd: 4.9 } });
    const reply = await enter().bind(fakeModel([])).reply(request(), never);
    const message =
      'The budget of $5.00 is all but spent ($4.90 used). Return what there is, or resume the run with a higher --budget.';
    expect(reply).toMatchObject({ kind: 'failed', code: 'budget', message });
    expect(ledger.exceeded(null)).toBeNull();
    expect(bench({ caps: { usd: 5 }, before: { usd: 5 } }).ledger.exceeded(null)?.message).toMatch(
      /^The budget of \$5\.00 is spent/,
    );
  });

  test('W35 a model without a known price is refused under a cap of money, and counted without one', async () => {
    const capped = bench({ caps: { usd: 5 } });
    const refused = await capped.enter().bind(fakeModel([])).reply(request(500, 'unpriced'), never);
    expect(refused).toMatchObject({
      code: 'budget',
      message: expect.stringMatching(/price of unpriced is not known/) as string,
    });
    const free = bench();
    await free
      .enter()
      .bind(fakeModel([needing(3)]))
      .reply(request(500, 'unpriced'), never);
    expect(free.ledger.spent).toMatchObject({ outputTokens: 3, usd: null });
    expect(free.ledger.setCaps({ usd: 5 })).toMatch(/price of unpriced is not known/);
    expect(free.ledger.caps).toEqual({});
  });

  test('W35 a service that names the model otherwise is paid by the name it was asked by', async () => {
    const { enter, ledger } = bench({ caps: { usd: 500 } });
    const usage = { ...NO_USAGE, outputTokens: 100 };
    await enter()
      .bind(fakeModel([says('x', { usage, model: 'unpriced' })]))
      .reply(request(), never);
    expect(ledger.spent.usd).toBe(1);
  });
});
