import { describe, expect, test } from 'vitest';
import { userText } from '../protocol/conversation.ts';
import { FakeClock } from './clock.fake.ts';
import { cheapestFirst } from './compaction.ts';
import { dropOldOutputs } from './dropOldOutputs.ts';
import type { Scripted } from './model.fake.ts';
import { calls, fails, fakeModel, hangs, says } from './model.fake.ts';
import type { LoopEnd } from './queryLoop.ts';
import { queryLoop } from './queryLoop.ts';
import type { Tool } from './tool.ts';
import { createToolRouter } from './toolRouter.ts';
import { NO_USAGE } from '../protocol/usage.ts';

const LONG = 'x'.repeat(5_000);

/** A tool for the loop's sake: echoes, answers finally, gives up, or returns much. */
const probe: Tool = {
  spec: { name: 'Probe', description: 'For tests', inputSchema: { type: 'object' } },
  readOnly: true,
  prepare: (input) => {
    const { does = 'ok' } = input as { does?: string };
    const outcome =
      does === 'final'
        ? ({ kind: 'final', value: { answer: 42 }, content: 'taken' } as const)
        : does === 'give-up'
          ? ({ kind: 'give-up', message: 'never fits' } as const)
          : ({ kind: 'ok', content: does === 'much' ? LONG : 'seen' } as const);
    return Promise.resolve({ kind: 'ready', call: { summary: does, run: () => Promise.resolve(outcome) } });
  },
};

async function play(
  script: readonly Scripted[],
  options: {
    maxTurns?: number;
    nudge?: () => string | null;
    window?: number;
    /** Said before the first turn, and during each. */
    said?: readonly (readonly string[])[];
  } = {},
) {
  const model = fakeModel(script);
  const abort = new AbortController();
  const said = [...(options.said ?? [])];
  const loop = queryLoop(
    {
      system: 'system',
      model: 'fake',
      tools: [probe.spec],
      messages: [userText('task')],
      maxTokens: 100,
      maxTurns: options.maxTurns ?? 50,
      ...(options.nudge === undefined ? {} : { nudge: options.nudge }),
    },
    {
      model,
      compact: cheapestFirst([dropOldOutputs], () => options.window ?? 1_000_000),
      tools: createToolRouter({
        tools: [probe],
        policy: { mode: 'default', rules: { allow: [], ask: [], deny: [] }, root: '/', ownsRoot: false },
        ask: () => Promise.resolve({ deny: 'no' }),
        clock: new FakeClock(0),
        onTool: () => undefined,
      }),
      heard: () => said.shift() ?? [],
    },
    abort.signal,
  );
  const events: string[] = [];
  let end: LoopEnd | undefined;
  while (!end) {
    const step = await loop.next();
    if (step.done) end = step.value;
    else events.push(step.value.type === 'message' ? step.value.message.role : step.value.type);
  }
  return { events, end, requests: model.requests, unheard: said };
}

function cut(text: string, outputTokens: number) {
  return says(text, { stopReason: 'max-tokens', usage: { ...NO_USAGE, outputTokens } });
}

describe('query loop', () => {
  test.each([
    { name: 'answers', script: [says('hi')], end: { kind: 'done', text: 'hi' } },
    { name: 'uses a tool, then answers', script: [calls('Probe'), says('ok')], end: { kind: 'done', text: 'ok' } },
    {
      name: 'W21 ends with the value of a final tool',
      script: [calls('Probe', { does: 'final' })],
      end: { kind: 'done', value: { answer: 42 } },
    },
    {
      name: 'W21 ends when the tool gives up',
      script: [calls('Probe', { does: 'give-up' })],
      end: { kind: 'failed', cause: 'schema', message: 'never fits' },
    },
    {
      name: 'goes on after an unknown tool',
      script: [calls('Nothing'), says('well')],
      end: { kind: 'done', text: 'well' },
    },
    {
      name: 'W23 ends with the failure of the API',
      script: [fails('server')],
      end: { kind: 'failed', cause: 'api', failure: { code: 'server' } },
    },
    {
      name: 'tells a refusal apart',
      script: [says('I will not', { stopReason: 'refusal' })],
      end: { kind: 'failed', cause: 'refused', message: 'I will not' },
    },
    {
      name: 'asks once more after an empty answer',
      script: [says(''), says('here it is')],
      end: { kind: 'done', text: 'here it is' },
    },
    {
      name: 'fails by name after two empty answers in a row',
      script: [calls('Probe'), says(' \n'), says('')],
      end: { kind: 'failed', cause: 'empty' },
    },
    {
      name: 'an empty answer, a tool and another empty answer are no two in a row',
      script: [says(''), calls('Probe'), says(''), says('ok')],
      end: { kind: 'done', text: 'ok' },
    },
    {
      name: 'joins a reply that was cut at its length limit',
      script: [says('one ', { stopReason: 'max-tokens' }), says('two')],
      end: { kind: 'done', text: 'one two' },
    },
    {
      name: 'X06 does not go on for ever with replies that are cut: so many tokens are enough',
      script: Array.from({ length: 5 }, () => cut('and so on ', 30_000)),
      end: { kind: 'failed', cause: 'max-turns', message: expect.stringContaining('4 times in a row') as string },
    },
    {
      name: 'X06 nor with so many that are small',
      script: Array.from({ length: 25 }, () => cut('and so on ', 10)),
      end: { kind: 'failed', cause: 'max-turns', message: expect.stringContaining('20 times in a row') as string },
    },
    {
      name: 'X06 thrice cut before a word of an answer is enough',
      script: [cut('', 2_000), cut('', 2_000), cut('', 2_000), says('late')],
      end: { kind: 'failed', cause: 'max-turns', message: expect.stringContaining('before a word') as string },
    },
    {
      name: 'large replies that are cut thrice may be whole then',
      script: [cut('a', 64_000), cut('b', 64_000), cut('c', 64_000), says('d')],
      end: { kind: 'done', text: 'abcd' },
    },
    {
      name: 'replies that are cut between others are not in a row',
      script: [cut('', 90_000), calls('Probe'), cut('', 90_000), says('there')],
      end: { kind: 'done', text: 'there' },
    },
  ])('$name', async ({ script, end }) => {
    expect((await play(script)).end).toMatchObject(end);
  });

  test('each turn sees all that came before it', async () => {
    const { requests, events } = await play([calls('Probe'), says('ok')]);
    expect(requests.map((request) => request.messages.map((message) => message.role))).toEqual([
      ['user'],
      ['user', 'assistant', 'user'],
    ]);
    expect(events).toEqual(['replied', 'assistant', 'user', 'replied', 'assistant']);
  });

  test('an agent that has to answer through a tool is reminded when it ends with text', async () => {
    const { end, requests } = await play([says('forty-two'), calls('Probe', { does: 'final' })], {
      nudge: () => 'Use the tool.',
    });
    expect(end).toMatchObject({ kind: 'done', value: { answer: 42 } });
    expect(requests[1]?.messages.at(-1)).toEqual(userText('Use the tool.'));
  });

  test('W21 what has to answer through a tool, and whose replies are cut again and again, has no answer in form', async () => {
    const { end, requests } = await play([...Array.from({ length: 4 }, () => cut('a', 70_000)), says('late')], {
      nudge: () => 'Use the tool.',
    });
    expect(end).toMatchObject({ kind: 'failed', cause: 'schema', message: expect.stringContaining('cut') as string });
    expect(requests).toHaveLength(4);
  });

  test('ends after its turns', async () => {
    const { end } = await play([calls('Probe'), calls('Probe')], { maxTurns: 2 });
    expect(end).toMatchObject({ kind: 'failed', cause: 'max-turns' });
  });

  test('drops old tool outputs when the window fills, and keeps the newest', async () => {
    const much = { does: 'much' };
    const used = { usage: { inputTokens: 900, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 } };
    const script = [...Array.from({ length: 5 }, () => calls('Probe', much, used)), says('ok')];
    const { requests, events } = await play(script, { window: 1_000 });
    expect(events).toContain('compacted');
    const last = JSON.stringify(requests.at(-1)?.messages);
    expect(last).toContain('characters of output dropped');
    expect(last).toContain(LONG);
  });

  test('compacts and asks again when the conversation is too long; gives up when nothing can go', async () => {
    const much = { does: 'much' };
    const turns = Array.from({ length: 5 }, () => calls('Probe', much));
    expect((await play([...turns, fails('too-long'), says('ok')])).end).toMatchObject({ kind: 'done', text: 'ok' });
    expect((await play([...turns, fails('too-long'), fails('too-long')])).end).toMatchObject({
      failure: { code: 'too-long' },
    });
    expect((await play([fails('too-long')])).end).toMatchObject({ kind: 'failed', failure: { code: 'too-long' } });
  });

  test('W46 what a person said before it began is in its first request', async () => {
    const { requests, events } = await play([says('ok')], { said: [['mind the docs']] });
    expect(JSON.stringify(requests[0]?.messages)).toMatch(/task.*person.*mind the docs/);
    expect(requests[0]?.messages).toHaveLength(1);
    expect(events).toEqual(['user', 'replied', 'assistant']);
  });

  test('W46 an answer during which a person spoke does not count: it hears that and answers again', async () => {
    const final = calls('Probe', { does: 'final' });
    const { requests, end } = await play([final, final], { said: [[], ['mind the docs']] });
    expect(requests).toHaveLength(2);
    expect(JSON.stringify(requests[1]?.messages.at(-1))).toMatch(/taken.*mind the docs.*whole answer again/);
    expect(end).toMatchObject({ kind: 'done', value: { answer: 42 } });
  });

  test.each([
    { name: 'refuses', script: [says('no', { stopReason: 'refusal' })] },
    { name: 'is empty twice', script: [says(''), says('')], more: [[]] },
    { name: 'gives up', script: [calls('Probe', { does: 'give-up' })] },
    { name: 'ends with text for the last time', script: [says('text')], nudge: () => null },
  ])('W46 what is said in a turn that ends without an answer is left to be told: it $name', async (of) => {
    const said = [[], ...(of.more ?? []), ['mind the docs']];
    const { unheard, end } = await play(of.script, { said, ...(of.nudge && { nudge: of.nudge }) });
    expect(end.kind).toBe('failed');
    expect(unheard).toEqual([['mind the docs']]);
  });

  test('W46 an answer in its last turn stands, whatever a person says', async () => {
    const { end } = await play([calls('Probe', { does: 'final' })], { maxTurns: 1, said: [[], ['mind the docs']] });
    expect(end).toMatchObject({ kind: 'done', value: { answer: 42 } });
  });

  test('abort ends it while the model is silent', async () => {
    const abort = new AbortController();
    const loop = queryLoop(
      { system: '', model: 'fake', tools: [], messages: [userText('task')], maxTokens: 1, maxTurns: 1 },
      {
        model: fakeModel([hangs()]),
        compact: cheapestFirst([dropOldOutputs], () => 1_000),
        tools: { route: () => Promise.reject(new Error('not reached')) },
      },
      abort.signal,
    );
    const next = loop.next();
    abort.abort();
    await expect(next).rejects.toMatchObject({ name: 'AbortError' });
  });
});
