import { describe, expect, test } from 'vitest';
import { userText, type Message } from '../protocol/conversation.ts';
import { NO_USAGE, type Usage } from '../protocol/usage.ts';
import { FakeClock } from './clock.fake.ts';
import { cheapestFirst, untilUseless, type Compact, type CompactionState } from './compaction.ts';
import { dropOldOutputs } from './dropOldOutputs.ts';
import type { Model, ModelReply, ModelRequest } from './model.ts';
import { fails, fakeModel, calls as callsTool, says } from './model.fake.ts';
import { queryLoop, type LoopEnd } from './queryLoop.ts';
import { summarize } from './summarize.ts';
import type { Tool } from './tool.ts';
import { createToolRouter } from './toolRouter.ts';

const never = new AbortController().signal;
const WINDOW = 20_000;
const STEPS = 200;
const TASK = 'Do step 1 to step 200 in order. Never touch vault.txt. Report in the end.';
const LATER = 'From now on you must not call step numbers out loud.';

/** A service with a small window that knows of a task what stands in the request, and nothing else. */
class ForgetfulModel implements Model {
  readonly requests: ModelRequest[] = [];
  readonly summaries: string[] = [];
  mostTokens = 0;
  readonly #told: Partial<Usage>;

  /** `told`: what it says of its usage, whatever it was. */
  constructor(told: Partial<Usage> = {}) {
    this.#told = told;
  }

  async reply(request: ModelRequest): Promise<ModelReply> {
    const seen = JSON.stringify([request.system, request.tools, request.messages]);
    const tokens = Math.ceil(seen.length / 4);
    this.requests.push(request);
    if (tokens > WINDOW) return fails('too-long');
    this.mostTokens = Math.max(this.mostTokens, tokens);
    const done = Math.max(0, ...[...seen.matchAll(/step (\d+) is done/g)].map(([, step]) => Number(step)));
    const answer = (content: Extract<ModelReply, { kind: 'replied' }>['message']['content']): ModelReply => ({
      kind: 'replied',
      message: { role: 'assistant', content },
      usage: { ...NO_USAGE, inputTokens: tokens, outputTokens: 100, ...this.#told },
      stopReason: 'end',
      model: request.model,
    });
    if (seen.includes('Room runs out')) {
      // It forgets what it must not do.
      const text = `So far, step ${done} is done; the rest is to do.`;
      this.summaries.push(text);
      return answer([{ type: 'text', text }]);
    }
    if (done >= STEPS) return answer([{ type: 'text', text: 'All is done.' }]);
    const input = { step: done + 1, file: seen.includes('Never touch vault.txt') ? 'notes.txt' : 'vault.txt' };
    const text = seen.includes(LATER) ? 'On I go. '.repeat(40) : `Now for number ${done + 1}. `.repeat(20);
    return answer([
      { type: 'text', text },
      { type: 'tool_use', id: `toolu_${this.requests.length}`, name: 'Step', input },
    ]);
  }
}

async function playLongTask(model: ForgetfulModel) {
  const made: { step: number; file: string }[] = [];
  const tool: Tool = {
    spec: { name: 'Step', description: 'Does a step', inputSchema: { type: 'object' } },
    readOnly: false,
    prepare: async (input) => {
      const { step, file } = input as { step: number; file: string };
      const run = async () => {
        made.push({ step, file });
        return { kind: 'ok', content: `step ${step} is done\n${'what it printed '.repeat(80)}` } as const;
      };
      return { kind: 'ready', call: { summary: String(step), run } };
    },
  };
  const spoken = [LATER];
  const loop = queryLoop(
    {
      system: 'system',
      model: 'small',
      tools: [tool.spec],
      messages: [userText(TASK)],
      maxTokens: 4_000,
      maxTurns: 220,
    },
    {
      model,
      compact: cheapestFirst(
        [dropOldOutputs, untilUseless(summarize({ model, windowOf: () => WINDOW }))],
        () => WINDOW,
      ),
      heard: () => (made.length >= 20 ? spoken.splice(0) : []),
      tools: createToolRouter({
        tools: [tool],
        policy: { mode: 'bypass', rules: { allow: [], ask: [], deny: [] }, root: '/', ownsRoot: false },
        ask: async () => 'allow',
        clock: new FakeClock(0),
        onTool: () => undefined,
      }),
    },
    never,
  );
  const conversations: (readonly Message[])[] = [];
  let end: LoopEnd | undefined;
  while (!end) {
    const step = await loop.next();
    if (step.done) end = step.value;
    else if (step.value.type === 'compacted') conversations.push(step.value.messages);
  }
  return { end, made, conversations };
}

describe('a task of 200 turns in a window of 20,000 tokens', () => {
  test('runs to its end, keeps to what it was told at the start and later, and names it in the last summary', async () => {
    const model = new ForgetfulModel();
    const { end, made, conversations } = await playLongTask(model);
    expect(end).toMatchObject({ kind: 'done', text: 'All is done.' });
    expect(made.map(({ step }) => step)).toEqual(Array.from({ length: STEPS }, (_, at) => at + 1));
    expect(new Set(made.map(({ file }) => file))).toEqual(new Set(['notes.txt']));
    expect(model.summaries.length).toBeGreaterThan(2);
    expect(model.mostTokens).toBeLessThan(WINDOW);
    const summary = JSON.stringify(conversations.findLast((some) => JSON.stringify(some).includes('summary-of-your')));
    const named = /Constraints that hold.*?So far, step/s.exec(summary)?.[0];
    expect(named).toContain('- Never touch vault.txt.');
    expect(named).toContain(`- ${LATER}`);
    // One summary takes the place of the other.
    expect(summary.match(/<summary-of-your-work-so-far>/g)).toHaveLength(1);
    expect(summary.match(/Said to you later/g)).toHaveLength(1);
  });

  test('the same with a service that refuses what is too long before we thought it full', async () => {
    const model = new ForgetfulModel(NO_USAGE);
    const { end, made } = await playLongTask(model);
    expect(end).toMatchObject({ kind: 'done' });
    expect(new Set(made.map(({ file }) => file))).toEqual(new Set(['notes.txt']));
  });
});

const request = { model: 'm', system: 'system', tools: [], maxTokens: 4_000 } as const;

/** A conversation of text alone: no tool output can be dropped. */
const talk: readonly Message[] = [
  userText('Sort the list. Never delete a line.'),
  ...Array.from({ length: 20 }, (_, at): readonly Message[] => [
    { role: 'assistant', content: [{ type: 'text', text: `${at} ${'thinks '.repeat(200)}` }] },
    userText('Go on.'),
  ]).flat(),
];
const full: CompactionState = { request, usedTokens: 9_000, forced: false };

describe('compaction', () => {
  test('asks for nothing while there is room', async () => {
    const model = fakeModel([]);
    const compact = cheapestFirst([dropOldOutputs, summarize({ model, windowOf: () => 100_000 })], () => 100_000);
    expect(await compact(talk, full, never)).toEqual({ messages: talk, freedChars: 0 });
  });

  test('a summary asks with the same beginning as the agent, and takes what is paid for it to account', async () => {
    const model = fakeModel([says('I sorted half of it.')]);
    const paid: unknown[] = [];
    const told: boolean[] = [];
    const compact = summarize({
      model,
      windowOf: () => 10_000,
      onReply: ({ usage }) => paid.push(usage),
      onWriting: (writes) => told.push(writes),
    });
    const { messages } = await compact(talk, { ...full, usedTokens: 8_000 }, never);
    const asked = model.requests[0];
    expect(asked?.messages.slice(0, -1)).toEqual(talk.slice(0, -1));
    expect(asked?.messages.at(-1)?.content[0]).toEqual(talk.at(-1)?.content[0]);
    expect(asked).toMatchObject({ system: 'system', tools: [], maxTokens: 1_000 });
    expect(paid).toHaveLength(1);
    expect(told).toEqual([true, false]);
    expect(JSON.stringify(messages[0])).toContain('- Never delete a line.');
    expect(messages.slice(1)).toEqual(talk.slice(-(messages.length - 1)));
    expect(messages[1]?.role).toBe('assistant');
  });

  test.each([
    { name: 'calls a tool', first: callsTool('Read') },
    { name: 'refuses', first: says('I will not', { stopReason: 'refusal' }) },
    { name: 'says that it is too long', first: fails('too-long') },
  ])('one that $name is asked again with the conversation as text', async ({ first }) => {
    const model = fakeModel([first, says('I sorted half of it.')]);
    const compact = summarize({ model, windowOf: () => 12_000 });
    const { messages } = await compact(talk, { ...full, request: { ...request, tools: [] } }, never);
    expect(model.requests[1]?.messages).toHaveLength(1);
    expect(model.requests[1]?.system).not.toBe('system');
    expect(JSON.stringify(messages[0])).toContain('I sorted half of it.');
  });

  test('W35 a conversation that is too long ends with the cap that left nothing for its summary', async () => {
    const model = fakeModel([fails('too-long'), fails('budget')]);
    const loop = queryLoop(
      { ...request, messages: talk, maxTurns: 5 },
      {
        model,
        compact: cheapestFirst(
          [dropOldOutputs, untilUseless(summarize({ model, windowOf: () => 12_000 }))],
          () => 12_000,
        ),
        tools: { route: () => Promise.reject(new Error('not reached')) },
      },
      never,
    );
    expect(await loop.next()).toMatchObject({ done: true, value: { cause: 'api', failure: { code: 'budget' } } });
  });

  test('stops after two attempts in a row that free nothing', async () => {
    const model = fakeModel([fails('server'), fails('server'), fails('server'), fails('server')]);
    const compact = cheapestFirst(
      [dropOldOutputs, untilUseless(summarize({ model, windowOf: () => 12_000 }))],
      () => 12_000,
    );
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      expect((await compact(talk, { ...full, usedTokens: 11_900 }, never)).freedChars).toBe(0);
    }
    // Two attempts, each with the conversation as text alone, since as it is it does not fit.
    expect(model.requests).toHaveLength(2);
  });

  test('a dear step is not asked where a cheap one frees enough, and gets the whole conversation where it does not', async () => {
    const seen: (readonly Message[])[] = [];
    const dear: Compact = async (messages) => {
      seen.push(messages);
      return { messages: messages.slice(0, 1), freedChars: 1_000_000 };
    };
    const cheap =
      (kept: number): Compact =>
      async (messages) => ({ messages: messages.slice(0, kept), freedChars: 10 });
    await cheapestFirst([cheap(2), dear], () => 10_000)(talk, full, never);
    expect(seen).toEqual([]);
    await cheapestFirst([cheap(40), dear], () => 10_000)(talk, full, never);
    expect(seen).toEqual([talk]);
  });

  test('the last turn is cut where it alone is too much', async () => {
    const model = fakeModel([says('Looked at the log.')]);
    const result = { type: 'tool_result', toolUseId: 'a', content: 'line\n'.repeat(8_000), isError: false } as const;
    const messages: readonly Message[] = [
      ...talk,
      { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'Read', input: {} }] },
      { role: 'user', content: [result] },
    ];
    const compact = summarize({ model, windowOf: () => 12_000 });
    const after = await compact(messages, { request, usedTokens: 0, forced: true }, never);
    expect(after.messages).toHaveLength(3);
    expect(JSON.stringify(after.messages.at(-1)).length).toBeLessThan(12_000);
  });

  test('ends by abort while the model writes', async () => {
    const abort = new AbortController();
    const compact = summarize({ model: fakeModel([{ kind: 'hangs' }]), windowOf: () => 12_000 });
    const writing = compact(talk, full, abort.signal);
    abort.abort();
    await expect(writing).rejects.toMatchObject({ name: 'AbortError' });
  });
});
