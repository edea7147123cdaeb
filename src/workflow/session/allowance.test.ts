import { budgetOf } from '../budgetWords.ts';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calls, says } from '../../engine/model.fake.ts';
import type { ModelRequest } from '../../engine/model.ts';
import type { TurnSource } from '../../protocol/session.ts';
import { NO_USAGE } from '../../protocol/usage.ts';
import { Allowance } from './allowance.ts';
import { lastSaid, sessionStage, type SessionStage, type SessionStageOptions } from './session.fake.ts';
import type { WorkflowInput } from './workflowDoor.ts';

const MINUTE_MS = 60_000;
const used = (outputTokens: number, usd: number | null = 0) => ({ outputTokens, usd });

describe('W35 what words allow to all that comes of them', () => {
  test('a run under way keeps what it was given, and at its end gives back what it has not used', () => {
    const allowance = new Allowance(budgetOf('audit it, at most $5'));
    expect([allowance.left(), allowance.refusal()]).toEqual([{ usd: 5 }, null]);
    allowance.give('one', allowance.left());
    expect([allowance.left(), allowance.left('one')]).toEqual([{ usd: 0 }, { usd: 5 }]);
    expect(allowance.refusal()).toMatch(/^The limit "at most \$5" .* nothing of it is left/);
    allowance.settle('one', used(900, 2));
    expect(allowance.left()).toEqual({ usd: 3 });
    allowance.give('two', allowance.left());
    allowance.settle('two', used(10, 2.99));
    expect(allowance.refusal()).not.toBeNull();
  });

  test('attempts of one run add up; of what nobody can count, all was used', () => {
    const allowance = new Allowance(budgetOf('+100k'));
    for (const outputTokens of [20_000, 30_000]) {
      allowance.give('one', allowance.left('one'));
      allowance.settle('one', used(outputTokens, null));
    }
    expect(allowance.left()).toEqual({ outputTokens: 50_000 });
    const money = new Allowance(budgetOf('at most $5'));
    money.give('one', { usd: 4 });
    money.settle('one', used(1, null));
    expect(money.left()).toEqual({ usd: 1 });
  });

  test('words without a budget allow anything', () => {
    const allowance = new Allowance(budgetOf('audit it'));
    allowance.give('one', allowance.left());
    allowance.settle('one', used(1e9, 1e9));
    expect([allowance.left(), allowance.refusal(), allowance.isLimited]).toEqual([{}, null, false]);
  });

  test.each([
    { name: 'goes on within what is left', kept: { usd: 5 }, caps: { usd: 3 } },
    { name: 'keeps a cap that a person has lowered', kept: { usd: 1 }, caps: { usd: 1 } },
    { name: 'keeps a cap that a person has raised', kept: { usd: 20 }, caps: {} },
    { name: 'stays without one that a person has lifted', kept: {}, caps: {} },
  ])('a run of these words $name', ({ kept, caps }) => {
    const allowance = new Allowance(budgetOf('at most $5'));
    allowance.give('other', {});
    allowance.settle('other', used(1, 2));
    expect(allowance.leftWithin('one', kept)).toEqual(caps);
  });

  test('runs that keep to what they are given never use more than was said, in whatever order they come and end', () => {
    const steps = fc.array(
      fc.record({ run: fc.integer({ min: 0, max: 4 }), part: fc.double({ min: 0, max: 1, noNaN: true }) }),
    );
    fc.assert(
      fc.property(steps, (all) => {
        const allowance = new Allowance({ caps: { outputTokens: 1_000 }, words: ['x'] });
        const given = new Map<number, number>();
        const spent = new Map<number, number>();
        for (const { run, part } of all) {
          const cap = given.get(run);
          const before = spent.get(run) ?? 0;
          if (cap === undefined) {
            const left = allowance.left(String(run));
            allowance.give(String(run), left);
            given.set(run, left.outputTokens ?? 0);
          } else {
            const now = Math.max(0, cap - before) * part;
            allowance.settle(String(run), used(now));
            spent.set(run, before + now);
            given.delete(run);
          }
          expect([...spent.values()].reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(1_000.001);
        }
      }),
    );
  });
});

const meta = (name: string) => `export const meta = { name: '${name}', description: 'x' };\n`;
const LIBRARY = {
  asks: `${meta('asks')}return await agent('say something');`,
  hangs: `${meta('hangs')}return await agent('hang');`,
};
const END = 'A workflow that you started has ended';

/** A session whose agent starts the workflow of that name where `starts` says so, and ends its turn otherwise. */
async function starting(starts: (said: string) => string | null, options: SessionStageOptions = {}) {
  return sessionStage({
    library: LIBRARY,
    answer: (request: ModelRequest) => {
      const said = lastSaid(request);
      if (request.system.startsWith('You judge whether')) return says('{"verdict": "not met", "why": "more is to do"}');
      if (said.endsWith('hang')) return { kind: 'hangs' };
      const name = said === '' ? null : starts(said);
      return name === null ? says('so be it') : calls('Workflow', { name });
    },
    ...options,
  });
}

const tokens = ({ launches }: SessionStage) => launches.map(({ caps }) => caps?.outputTokens);
const turns = ({ events }: SessionStage): readonly TurnSource[] =>
  events.flatMap((event) => (event.type === 'turn.asked' ? [event.by] : []));
const lastTold = ({ requests }: SessionStage): string => JSON.stringify(requests.at(-1)?.messages.at(-1));

/**
 * A session that has begun `fails` by words for at most 20k tokens, whose end makes its agent call the tool with what
 * `next` gives, and which asks a person whether that is to be. Each attempt of `fails` uses 6,000.
 */
async function readingAbout(next: (said: string, launched: readonly string[]) => WorkflowInput | null) {
  const stage: SessionStage = await sessionStage({
    attended: true,
    library: { ...LIBRARY, fails: FAILS, 'edited.js': FAILS.replace("'no'", "'not yet'") },
    answer: (request: ModelRequest) => {
      const said = lastSaid(request);
      if (said.endsWith('use much'))
        return says('no', { stopReason: 'refusal', usage: { ...NO_USAGE, outputTokens: 6_000 } });
      const input = /^audit/m.test(said) ? { name: 'fails' } : next(said, launchedIn(stage));
      return input ? calls('Workflow', input) : says('so be it');
    },
  });
  stage.say('audit everything, at most 20k tokens');
  await stage.settled();
  stage.answer(true);
  await stage.settled();
  return stage;
}

const FAILS = `${meta('fails')}await agent('use much'); throw new Error('no');`;
const launchedIn = ({ events }: SessionStage): readonly string[] => [
  ...new Set(events.flatMap((event) => (event.type === 'workflow.launched' ? [event.launchedRunId] : []))),
];

describe('W35 what a person said of a budget holds', () => {
  test('in the turn that the end of a run begins, less what that one has used', async () => {
    let ends = 0;
    const stage = await starting((said) => {
      if (said.includes(END)) return (ends += 1) === 1 ? 'asks' : null;
      return /^audit/m.test(said) ? 'asks' : null;
    });
    stage.say('audit everything, at most 20k tokens');
    await stage.settled();
    expect(turns(stage)).toEqual(['person', 'run', 'run']);
    const [first, second = 0] = tokens(stage);
    expect([first, second < 20_000, second > 19_000]).toEqual([20_000, true, true]);
    await stage.runtime.close();
  });

  test('for both of two runs that one turn starts: there is nothing for the second while the first has it', async () => {
    const stage = await starting(() => null, {
      answer: (request: ModelRequest) => {
        if (lastSaid(request).endsWith('hang')) return { kind: 'hangs' };
        const results = request.messages.at(-1)?.content.some(({ type }) => type === 'tool_result');
        const { length } = request.messages.filter(({ role }) => role === 'assistant');
        return results && length > 1 ? says('so be it') : calls('Workflow', { name: 'hangs' });
      },
    });
    stage.say('audit everything, at most 20k tokens');
    await stage.settled();
    expect(tokens(stage)).toEqual([20_000]);
    expect(lastTold(stage)).toContain('nothing of it is left');
    await stage.runtime.close();
  });

  test('in each round of a loop, and in what follows from it', async () => {
    let ends = 0;
    const stage = await starting((said) => {
      if (said.includes(END)) return (ends += 1) === 1 ? 'asks' : null;
      return 'asks';
    });
    stage.say('/loop 30m audit everything, at most 20k tokens');
    await stage.settled();
    await stage.clock.advance(31 * MINUTE_MS);
    const [first, followed = 0, round] = tokens(stage);
    expect([first, followed < 20_000, followed > 19_000, round]).toEqual([20_000, true, true, 20_000]);
    await stage.runtime.close();
  });

  test('for a goal as a whole, which is judged without it', async () => {
    const stage = await starting((said) => (/has set a goal|not met yet/.test(said) ? 'asks' : null));
    stage.say('/goal all is audited, at most 20k tokens');
    await stage.settled();
    const given = tokens(stage).map((each) => each ?? Infinity);
    expect(given.length).toBeGreaterThan(1);
    expect(given).toEqual([...new Set(given)].sort((a, b) => b - a));
    expect(given[0]).toBe(20_000);
    const judged = stage.requests.find(({ system }) => system.startsWith('You judge whether'));
    expect(JSON.stringify(judged?.messages)).toMatch(/<condition>\\nall is audited\\n/);
    await stage.runtime.close();
  });

  test('after /name, in the turn that its end begins', async () => {
    let ends = 0;
    const stage = await starting((said) => (said.includes(END) && (ends += 1) === 1 ? 'asks' : null));
    stage.say('/asks at most 20k tokens');
    await stage.settled();
    const [first, second = 0] = tokens(stage);
    expect([first, second < 20_000, second > 19_000]).toEqual([20_000, true, true]);
    await stage.runtime.close();
  });

  test('also when the session is open again before the run has ended', async () => {
    let going = true;
    const census = { agents: { done: 1, fromJournal: 0, null: {}, threw: 0, abandoned: 0 } };
    const usage = { ...used(5_000), inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };
    const finished = {
      ...{ end: { status: 'completed', result: 1, failures: [] } as const, census },
      usage: { ...usage, agents: 1, requests: 1, ms: 1 },
    };
    let ends = 0;
    const starts = (said: string): string | null => {
      if (said.includes(END)) return (ends += 1) === 1 ? 'asks' : null;
      return /^audit/m.test(said) ? 'hangs' : null;
    };
    const stage = await starting(starts, {
      outlook: { standing: async () => (going ? { kind: 'going' } : { kind: 'over', finished, spent: used(9_000) }) },
    });
    stage.say('audit everything, at most 20k tokens');
    await stage.settled();
    const again = await stage.reopen();
    await again.settled();
    going = false;
    await again.clock.advance(3_000);
    await again.settled();
    // Over all attempts, of which this process has seen none.
    expect(tokens(again)).toEqual([20_000, 11_000]);
    await again.runtime.close();
  });

  test('for a run of theirs that goes on by no other words, while another has the rest', async () => {
    let ends = 0;
    const stage = await starting(
      (said) => {
        if (said.includes(END)) return (ends += 1) === 1 ? 'hangs' : null;
        return /^audit/m.test(said) ? 'fails' : null;
      },
      { library: { ...LIBRARY, fails: `${meta('fails')}await agent('say something'); throw new Error('no');` } },
    );
    stage.say('audit everything, at most 20k tokens');
    await stage.settled();
    const launched = () => stage.events.flatMap((event) => (event.type === 'workflow.launched' ? [event] : []));
    expect(launched()).toHaveLength(2);
    stage.say(`/resume ${launched()[0]?.launchedRunId ?? ''}`);
    await stage.settled();
    expect(launched()).toHaveLength(2);
    expect(JSON.stringify(stage.events.at(-1))).toContain('nothing of it is left');
    await stage.runtime.close();
  });

  test('for one that a person reads about, less what another run of theirs has used meanwhile', async () => {
    const stage = await readingAbout((said) => (said.includes(END) ? { name: 'asks' } : null));
    stage.say(`/resume ${launchedIn(stage)[0] ?? ''}`);
    await stage.settled();
    expect(stage.resumes).toHaveLength(1);
    stage.answer(true);
    await stage.settled();
    // 6,000 of the first attempt and 6,000 of the second.
    expect(tokens(stage)).toEqual([20_000, 8_000]);
    await stage.runtime.close();
  });

  test.each([
    { by: 'by its own script', script: {} },
    { by: 'by an edited one', script: { scriptPath: 'edited.js' } },
  ])('for one that is to go on $by, too', async ({ script }) => {
    let ends = 0;
    const stage = await readingAbout((said, launched) => {
      if (!said.includes(END)) return null;
      ends += 1;
      return ends === 1 ? { name: 'fails' } : { ...script, resumeFromRunId: launched[0] ?? '' };
    });
    stage.answer(true);
    await stage.settled();
    stage.say(`/resume ${launchedIn(stage)[1] ?? ''}`);
    await stage.settled();
    stage.answer(true);
    await stage.settled();
    // It keeps the 6,000 that it has had: the other one has used 12,000 of 20,000.
    expect(stage.resumes.map(({ caps }) => caps?.outputTokens)).toEqual([14_000, 8_000]);
    await stage.runtime.close();
  });

  test('also when the session was closed before the agent had heard it', async () => {
    const stage = await starting(() => null, {
      answer: (request: ModelRequest) => {
        const said = lastSaid(request);
        if (said.endsWith('wait') || said.endsWith('hang')) return { kind: 'hangs' };
        return said.endsWith('go on') ? calls('Workflow', { name: 'asks' }) : says('so be it');
      },
    });
    stage.say('wait');
    stage.say('audit everything, at most 20k tokens');
    await stage.settled();
    const again = await stage.reopen();
    again.say('go on');
    await again.settled();
    expect(tokens(again)).toEqual([20_000]);
    await again.runtime.close();
  });

  test('less what a request may have used that was cut off, which no service tells', async () => {
    let ends = 0;
    const stage = await starting((said) => {
      if (said.includes(END)) return (ends += 1) === 1 ? 'asks' : null;
      return /^audit/m.test(said) ? 'hangs' : null;
    });
    stage.say('audit everything, at most 20k tokens');
    await stage.settled();
    const launched = stage.events.flatMap((event) => (event.type === 'workflow.launched' ? [event] : []));
    const runId = launched[0]?.launchedRunId ?? '';
    stage.runtime.dispatch({ type: 'agent.skip', runId, commandId: 'skip', agentId: 'a1' });
    await stage.settled();
    expect(tokens(stage)).toEqual([20_000, 19_744]);
    await stage.runtime.close();
  });

  test('no longer once the person says something else', async () => {
    const stage = await starting((said) => (/^audit/m.test(said) ? 'asks' : null));
    stage.say('audit everything, at most 20k tokens');
    await stage.settled();
    stage.say('audit it once more');
    await stage.settled();
    expect(tokens(stage)).toEqual([20_000, undefined]);
    await stage.runtime.close();
  });
});
