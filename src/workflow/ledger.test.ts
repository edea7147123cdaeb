import { describe, expect, test } from 'vitest';
import { fakeModel, hangs } from '../engine/model.fake.ts';
import type { Model } from '../engine/model.ts';
import type { BudgetError } from './budget.ts';
import { bench, MINUTE, needing, never, request, turn } from './ledgerBench.fake.ts';

describe('caps of phases and agents', () => {
  test.each([
    {
      name: "the phase's",
      phases: { Find: { outputTokens: 700 } },
      caps: {},
      own: {},
      says: /phase "Find" of 700 output tokens/,
    },
    {
      name: "the agent's",
      phases: {},
      caps: {},
      own: { outputTokens: 700 },
      says: /budget of this agent of 700 output tokens/,
    },
    {
      name: 'what each agent may',
      phases: {},
      caps: { perAgent: { outputTokens: 700 } },
      own: { outputTokens: 9_000 },
      says: /this agent of 700/,
    },
    {
      name: "the run's",
      phases: { Find: { outputTokens: 900 } },
      caps: { outputTokens: 700 },
      own: {},
      says: /^The budget of 700/,
    },
  ])('W35 a request is held to $name', async ({ phases, caps, own, says: expected }) => {
    const { enter } = bench({ phases, caps });
    const model = fakeModel([needing(600)]);
    const bound = enter({ phase: 'Find', caps: own }).bind(model);
    await bound.reply(request(), never);
    expect(model.requests[0]?.maxTokens).toBe(700);
    expect(await bound.reply(request(), never)).toMatchObject({
      code: 'budget',
      message: expect.stringMatching(expected) as string,
    });
  });

  test('W35 a phase that is spent stops its own agents only', async () => {
    const { enter, ledger } = bench({ phases: { Find: { outputTokens: 500 } } });
    await enter({ phase: 'Find' })
      .bind(fakeModel([needing(500)]))
      .reply(request(), never);
    expect(ledger.exceeded('Find')?.message).toMatch(/phase "Find".*meta\.phases/);
    expect([ledger.exceeded('Fix'), ledger.exceeded(null)]).toEqual([null, null]);
  });

  test('W38 no more agents start than a cap allows, in the run and in a phase', () => {
    const { enter } = bench({ caps: { agents: 3 }, phases: { Find: { agents: 1 } } });
    enter({ phase: 'Find' });
    expect(() => enter({ phase: 'Find' })).toThrow(/phase "Find" of 1 agent is spent/);
    enter();
    enter();
    expect(() => enter()).toThrow(/The budget of 3 agents is spent \(3 agents used\).*--max-agents/);
    enter({ goesOn: true });
  });

  test('W38 where nobody says, a run may start 1,000 agents', () => {
    const { enter } = bench({ before: { agents: 999 } });
    enter();
    expect(() => enter()).toThrow(/1000 agents/);
  });

  test('W35 what earlier attempts have used counts', () => {
    const before = { outputTokens: 600, phases: new Map([['Find', { outputTokens: 90, usd: 0, agents: 2, ms: 0 }]]) };
    const { ledger, enter } = bench({ caps: { outputTokens: 600 }, phases: { Find: { agents: 2 } }, before });
    expect(ledger.exceeded(null)?.message).toMatch(/600 output tokens is spent/);
    expect(() => enter({ phase: 'Find' })).toThrow(/2 agents/);
  });
});

describe('caps of time', () => {
  const ending = (errors: string[]) => ({ onTimeUp: (error: BudgetError) => void errors.push(error.message) });

  test('W35 when the minutes are up every agent is told, no more may start, and later the script is ended', async () => {
    const { ledger, enter, pass, overtime } = bench({ caps: { minutes: 2 } });
    const errors: string[] = [];
    ledger.start();
    enter(ending(errors));
    enter({ ...ending(errors), phase: 'Find' });
    await pass(2 * MINUTE - 1);
    expect([errors, ledger.exceeded(null), ledger.timeUp()]).toEqual([[], null, null]);
    await pass(1);
    expect(errors).toEqual(Array(2).fill(expect.stringMatching(/2 minutes is spent.*--max-minutes/)));
    expect(ledger.exceeded(null)?.message).toMatch(/2 minutes/);
    expect(overtime).toEqual([]);
    await pass(MINUTE);
    expect(overtime).toHaveLength(1);
    ledger.dispose();
  });

  test('W35 what a run stands still does not count, and what earlier attempts took does', async () => {
    const { ledger, enter, pass, pause } = bench({ caps: { minutes: 3 }, before: { ms: MINUTE } });
    const errors: string[] = [];
    ledger.start();
    enter(ending(errors));
    await pass(MINUTE);
    pause(MINUTE);
    await pass(2 * MINUTE - 2);
    expect(errors).toEqual([]);
    await pass(1_000);
    expect(errors).toHaveLength(1);
    ledger.dispose();
  });

  test('W35 a phase is timed while any of its agents is under way, an agent from when it has its slot', async () => {
    const { enter, pass, ledger, clock } = bench({
      caps: { perAgent: { minutes: 5 } },
      phases: { Find: { minutes: 2 } },
    });
    const errors: string[] = [];
    const first = enter({ ...ending(errors), phase: 'Find' });
    await pass(MINUTE);
    first.seat.dispose();
    await pass(10 * MINUTE);
    const second = enter({ ...ending(errors), phase: 'Find' });
    const other = enter(ending(errors));
    await pass(MINUTE);
    expect(errors).toEqual([expect.stringMatching(/phase "Find" of 2 minutes/)]);
    second.seat.dispose();
    other.seat.started();
    await pass(5 * MINUTE);
    expect(errors.slice(1)).toEqual([expect.stringMatching(/this agent of 5 minutes/)]);
    other.seat.dispose();
    ledger.dispose();
    expect(clock.sleeping).toBe(0);
  });

  test('W35 nothing sleeps on after the end', async () => {
    const { ledger, enter, clock, pass } = bench({ caps: { minutes: 1, perAgent: { minutes: 1 } } });
    ledger.start();
    const agent = enter();
    agent.seat.started();
    await pass(MINUTE);
    agent.seat.dispose();
    ledger.dispose();
    await turn();
    expect(clock.sleeping).toBe(0);
  });
});

describe('caps that change', () => {
  test('W46 a raised cap lets go on what waits, a lowered one holds new requests', async () => {
    const { ledger, enter } = bench({ caps: { outputTokens: 2_000 } });
    const abort = new AbortController();
    const first = enter()
      .bind(fakeModel([hangs()]))
      .reply(request(1_500), abort.signal);
    await turn();
    const model = fakeModel([needing(10)]);
    const second = enter().bind(model).reply(request(1_500), never);
    await turn();
    expect(model.requests).toHaveLength(0);
    expect(ledger.setCaps({ outputTokens: 4_000 })).toBeNull();
    await second;
    expect(model.requests[0]?.maxTokens).toBe(1_500);
    abort.abort();
    await expect(first).rejects.toThrow();
    ledger.setCaps({ outputTokens: 100 });
    expect(ledger.exceeded(null)?.message).toMatch(/100 output tokens is spent \(266 output tokens used\)/);
    ledger.setCaps({ outputTokens: null });
    expect([ledger.exceeded(null), ledger.total, ledger.caps]).toEqual([null, null, {}]);
  });

  test('W46 agents and minutes change as well; what is not named stays', async () => {
    const { ledger, enter, pass } = bench({ caps: { agents: 1, minutes: 1, perAgent: { outputTokens: 9 } } });
    ledger.start();
    enter();
    expect(() => enter()).toThrow();
    ledger.setCaps({ agents: 2 });
    enter();
    ledger.setCaps({ minutes: 10 });
    await pass(MINUTE);
    expect(ledger.timeUp()).toBeNull();
    ledger.setCaps({ minutes: 0.5 });
    expect(ledger.timeUp()).not.toBeNull();
    ledger.setCaps({ agents: null });
    expect(ledger.caps).toEqual({ minutes: 0.5, perAgent: { outputTokens: 9 } });
    ledger.dispose();
  });
});

test('W35 minutes of a phase are up for what is in it alone', async () => {
  const { ledger, enter, pass } = bench({ phases: { Fix: { minutes: 1 } } });
  ledger.start();
  enter({ phase: 'Fix' });
  expect(ledger.timeUp('Fix')).toBeNull();
  await pass(MINUTE);
  expect(ledger.timeUp('Fix')?.message).toMatch(/^The budget of phase "Fix" of 1 minute/);
  expect([ledger.timeUp(), ledger.timeUp(null), ledger.timeUp('Other')]).toEqual([null, null, null]);
  ledger.dispose();
});

describe('the safety limit', () => {
  test('W35 a run without caps is warned of at four fifths, once, and held at the limit until a person decides', async () => {
    const { ledger, enter, said } = bench({ safetyTokens: 1_000 });
    const model = fakeModel([needing(700), needing(150), needing(100), needing(60), needing(60)]);
    const agent = enter().bind(model);
    await agent.reply(request(700), never);
    expect(said).toEqual([]);
    await agent.reply(request(150), never);
    await agent.reply(request(100), never);
    expect(said).toEqual([expect.stringMatching(/^warn: 850 of the 1000 output tokens/)]);
    const held = agent.reply(request(60), never);
    await turn();
    expect({ sent: model.requests.length, stopped: ledger.isStopped }).toEqual({ sent: 3, stopped: true });
    expect(said.slice(1)).toEqual([expect.stringMatching(/^reached: The safety limit of 1000 output tokens/)]);
    expect([ledger.total, ledger.exceeded(null)]).toEqual([null, null]);
    expect(ledger.extendSafety()).toBe(true);
    expect(await held).toMatchObject({ kind: 'replied' });
    expect(ledger.extendSafety()).toBe(false);
  });

  test("W35 a person's cap takes its place, at the start and while it stands still", async () => {
    const capped = bench({ safetyTokens: 100, caps: { usd: 900 } });
    expect(
      await capped
        .enter()
        .bind(fakeModel([needing(500)]))
        .reply(request(500), never),
    ).toMatchObject({ kind: 'replied' });
    const { ledger, enter, said } = bench({ safetyTokens: 300 });
    const agent = enter().bind(fakeModel([needing(300), needing(300)]));
    await agent.reply(request(300), never);
    const held = agent.reply(request(300), never);
    await turn();
    expect(said.at(-1)).toMatch(/^reached/);
    ledger.setCaps({ outputTokens: 5_000 });
    expect(await held).toMatchObject({ kind: 'replied' });
    expect(ledger.isStopped).toBe(false);
  });

  test('W35 the end of the run lets go who waits for a person', async () => {
    const { enter } = bench({ safetyTokens: 100 });
    const end = new AbortController();
    const held = enter().bind(fakeModel([])).reply(request(500), end.signal);
    await turn();
    end.abort();
    await expect(held).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('X07 who waits for a person holds no place among the requests of other runs', async () => {
    const { ledger } = bench({ safetyTokens: 100 });
    let inside = 0;
    const limited = (through: (model: Model) => Model): Model => {
      const below = through(fakeModel([]));
      return {
        reply: async (asked, signal) => {
          inside += 1;
          try {
            return await below.reply(asked, signal);
          } finally {
            inside -= 1;
          }
        },
      };
    };
    const end = new AbortController();
    const heard = { onCharge: () => undefined, onWaiting: () => undefined };
    const held = ledger.bind({ agentId: 'a1', kind: 'agent' }, limited, heard).reply(request(500), end.signal);
    await turn();
    expect(inside).toBe(0);
    end.abort();
    await expect(held).rejects.toThrow();
  });
});
