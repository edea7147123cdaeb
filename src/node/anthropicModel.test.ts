import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { isAbort } from '../base/abort.ts';
import { modelContract, rejection, REQUEST, until } from '../engine/model.contract.ts';
import type { ModelFailure, ModelReply, ModelRequest, Replied } from '../engine/model.ts';
import { textOf, toolCallsOf, userText } from '../protocol/conversation.ts';
import { createAnthropicModel, type AnthropicModelOptions } from './anthropicModel.ts';
import { paramsOf } from './anthropicRequest.ts';
import { simulatorReply } from './simulator/steps.fake.ts';
import { startSimulator, type Brain, type Reply, type Simulator } from './simulator/simulator.ts';

const KEY = 'sk-ant-test-0123456789';
modelContract('the Anthropic adapter', async (script) => {
  const simulator = await startSimulator({ rules: script.map((step) => ({ times: 1, reply: simulatorReply(step) })) });
  const model = createAnthropicModel({ apiKey: KEY, baseURL: simulator.url });
  return {
    model,
    requests: () => simulator.count,
    pending: () => simulator.requests.filter((request) => request.end === 'pending').length,
    dispose: async () => {
      model.dispose();
      await simulator.close();
    },
  };
});

async function ask(reply: Reply, options: AnthropicModelOptions = {}, request = REQUEST): Promise<ModelReply> {
  return withSimulator([reply], (simulator) => once({ apiKey: KEY, baseURL: simulator.url, ...options }, request));
}

async function withSimulator<T>(
  replies: readonly Reply[] | Brain,
  body: (simulator: Simulator) => Promise<T>,
): Promise<T> {
  const simulator = await startSimulator({ rules: [typeof replies === 'function' ? replies : { reply: replies }] });
  try {
    return await body(simulator);
  } finally {
    await simulator.close();
  }
}

async function once(options: AnthropicModelOptions, request: ModelRequest = REQUEST): Promise<ModelReply> {
  const model = createAnthropicModel(options);
  try {
    return await model.reply(request, new AbortController().signal);
  } finally {
    model.dispose();
  }
}

/** Answers every request with these bytes: what no well-behaved server would say. */
async function odd(answer: { status?: number; headers?: Record<string, string>; body: string }): Promise<ModelReply> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(answer.status ?? 200, { 'content-type': 'text/event-stream', ...answer.headers });
      response.end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await once({ apiKey: KEY, baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

function sse(...events: readonly { type: string; [key: string]: unknown }[]): string {
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}

const START = { type: 'message_start', message: { model: 'm-1', usage: { input_tokens: 7, output_tokens: 1 } } };
const STOP = { type: 'message_stop' };
const block = (index: number, content_block: object) => ({ type: 'content_block_start', index, content_block });
const delta = (index: number, change: object) => ({ type: 'content_block_delta', index, delta: change });
const end = (stop_reason: string, usage: object = {}) => ({ type: 'message_delta', delta: { stop_reason }, usage });

describe('failures of the service', () => {
  const cases: { name: string; reply: Reply; failure: Partial<ModelFailure>; says: RegExp }[] = [
    {
      name: 'a refused key',
      reply: { error: { status: 401 } },
      failure: { code: 'auth', status: 401 },
      says: /set ANTHROPIC_API_KEY/,
    },
    { name: 'a forbidden model', reply: { error: { status: 403 } }, failure: { code: 'auth' }, says: /permission/ },
    { name: 'no credit', reply: { error: { status: 402 } }, failure: { code: 'credit' }, says: /add some/ },
    {
      name: 'no credit, said with 400',
      reply: { error: { status: 400, message: 'Your credit balance is too low to access the API.' } },
      failure: { code: 'credit', status: 400 },
      says: /billing page/,
    },
    {
      name: 'an unknown model',
      reply: { error: { status: 404, message: 'model: claude-sonnet-5-5' } },
      failure: { code: 'unknown-model', status: 404 },
      says: /has no model claude-sonnet-5-5: choose another with --model/,
    },
    {
      name: 'a prompt over the window',
      reply: { error: { status: 400, message: 'prompt is too long: 210000 tokens > 200000 maximum' } },
      failure: { code: 'too-long' },
      says: /210000 tokens/,
    },
    {
      name: 'a body over the limit',
      reply: { error: { status: 413 } },
      failure: { code: 'too-long' },
      says: /too long/,
    },
    {
      name: 'a request we got wrong',
      reply: { error: { status: 400, message: 'tools.0.name: too odd' } },
      failure: { code: 'invalid' },
      says: /refused the request: tools.0.name/,
    },
    {
      name: 'a rate limit',
      reply: { error: { status: 429, retryAfter: 7 } },
      failure: { code: 'rate-limited', status: 429, retryAfterMs: 7000 },
      says: /rate limit for claude-sonnet-5-5/,
    },
    {
      name: 'a used-up quota',
      reply: { error: { status: 429, retryAfter: 3600 } },
      failure: { code: 'quota', retryAfterMs: 3_600_000 },
      says: /quota/,
    },
    {
      name: 'X07 a spending limit that ends on a day',
      reply: {
        error: {
          status: 400,
          message:
            'You have reached your specified API usage limits. You will regain access on 2999-05-01 at 00:00 UTC.',
        },
      },
      failure: { code: 'quota', status: 400 },
      says: /2999-05-01/,
    },
    { name: 'overload', reply: { error: { status: 529 } }, failure: { code: 'overloaded' }, says: /overloaded/ },
    {
      name: 'a server error',
      reply: { error: { status: 503 } },
      failure: { code: 'server', status: 503 },
      says: /failed/,
    },
    {
      name: 'overload in the middle of a reply',
      reply: { text: 'half of it', error: { status: 529, inStream: true } },
      failure: { code: 'overloaded' },
      says: /overloaded/i,
    },
    {
      name: 'an unknown error in the middle of a reply',
      reply: { text: 'half of it', error: { status: 500, inStream: true } },
      failure: { code: 'server' },
      says: /Internal server error/,
    },
    {
      name: 'a reply cut in its text',
      reply: { text: 'a reply that is cut', cut: 'mid-text' },
      failure: { code: 'network' },
      says: /broke/,
    },
    {
      name: 'a reply cut in a tool call',
      reply: { tools: [{ name: 'Read', input: { path: 'src/money.js' } }], cut: 'mid-tool' },
      failure: { code: 'network' },
      says: /broke/,
    },
    {
      name: 'a connection that closes without an answer',
      reply: { text: 'no', cut: 'before-first-byte' },
      failure: { code: 'network' },
      says: /broke/,
    },
  ];
  test.each(cases)('$name', async ({ reply, failure, says }) => {
    expect(await ask(reply)).toMatchObject({
      kind: 'failed',
      ...failure,
      message: expect.stringMatching(says) as unknown,
    });
  });

  test.each([
    { name: 'before the first event', reply: { text: 'x', stall: true } as const },
    { name: 'before the first byte', reply: { text: 'x', latencyMs: 60_000 } as const },
  ])('silence $name', async ({ reply }) => {
    expect(await ask(reply, { idleTimeoutMs: 150 })).toMatchObject({
      kind: 'failed',
      code: 'stalled',
      message: expect.stringContaining('silent') as unknown,
    });
  });

  test('X06 a request may bear less silence than its connection, and says so to nobody else', async () => {
    const sent = await withSimulator([{ text: 'x', stall: true }], async (simulator) => {
      const model = createAnthropicModel({ apiKey: KEY, baseURL: simulator.url });
      const request = { ...REQUEST, idleTimeoutMs: 200 };
      const failure = await model.reply(request, new AbortController().signal);
      model.dispose();
      expect(failure).toMatchObject({ kind: 'failed', code: 'stalled' });
      return simulator.requests;
    });
    expect(JSON.stringify(sent)).not.toContain('idle');
  });

  test('a slow reply that keeps sending is not silence', async () => {
    const reply = await ask({ text: 'slow but steady', deltas: 12, deltaMs: 40 }, { idleTimeoutMs: 250 });
    expect(reply).toMatchObject({ kind: 'replied' });
  });
});

describe('failures of the address', () => {
  test('nothing listens there', async () => {
    const closed = await withSimulator([], async (simulator) => simulator.url);
    expect(await once({ apiKey: KEY, baseURL: closed })).toEqual({
      kind: 'failed',
      code: 'network',
      unreachable: true,
      message: `Nothing answers at ${closed}: start the server or correct --base-url.`,
    });
  });

  test.each([
    {
      name: 'a name that is not known',
      baseURL: 'http://no-such-host.invalid',
      code: 'network',
      says: /name of .* not known/,
    },
    { name: 'no URL', baseURL: 'localhost', code: 'unknown-model', says: /correct --base-url/ },
    { name: 'another protocol', baseURL: 'ftp://localhost', code: 'unknown-model', says: /correct --base-url/ },
  ])('$name', async ({ baseURL, code, says }) => {
    const reply = await once({ apiKey: KEY, baseURL });
    expect(reply).toMatchObject({ kind: 'failed', code, message: expect.stringMatching(says) as unknown });
  });

  test.each([
    { name: 'a web page', answer: { headers: { 'content-type': 'text/html' }, body: '<h1>Welcome</h1>' } },
    {
      name: 'a server without that path',
      answer: { status: 404, headers: { 'content-type': 'text/plain' }, body: 'no' },
    },
    { name: 'a redirect', answer: { status: 308, headers: { location: 'http://elsewhere.invalid/' }, body: '' } },
  ])('$name', async ({ answer }) => {
    const reply = await odd(answer);
    expect(reply).toMatchObject({
      kind: 'failed',
      code: 'unknown-model',
      message: expect.stringMatching(/is no Messages API .*: correct --base-url/) as unknown,
    });
  });

  test("Anthropic's own API without a key is refused before anything is sent", async () => {
    expect(await once({})).toMatchObject({
      code: 'auth',
      message: expect.stringContaining('ANTHROPIC_API_KEY') as unknown,
    });
  });

  test('a password in the address is not shown', async () => {
    const closed = await withSimulator([], async (simulator) => new URL(simulator.url).host);
    const reply = (await once({ baseURL: `http://me:secret@${closed}` })) as ModelFailure;
    expect(reply.message).toContain(closed);
    expect(reply.message).not.toContain('secret');
  });
});

test('an error page without end is not read to its end', async () => {
  let written = 0;
  const server = createServer((request, response) => {
    response.writeHead(500, { 'content-type': 'text/plain' });
    const more = (): void => {
      while (!response.destroyed && response.write('x'.repeat(16_384))) written += 16_384;
      if (!response.destroyed) response.once('drain', more);
    };
    request.resume().on('end', more);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const reply = await once({ baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  expect(reply).toMatchObject({ kind: 'failed', code: 'server' });
  expect((reply as ModelFailure).message.length).toBeLessThan(500);
  expect(written).toBeLessThan(16_000_000);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('the key', () => {
  test('is not in a message, though the server echoes it', async () => {
    const reply = await odd({
      status: 401,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        error: { type: 'authentication_error', message: `bad key ${KEY} and sk-ant-another-one` },
      }),
    });
    expect(reply).toMatchObject({
      code: 'auth',
      message: expect.stringContaining('bad key [key] and [key]') as unknown,
    });
  });

  test.each(['sk-ant two words', 'sk-ant-ü'])(
    'that cannot be one is refused without quoting it: %s',
    async (apiKey) => {
      const reply = (await once({ apiKey, baseURL: 'http://127.0.0.1:9' })) as ModelFailure;
      expect(reply.code).toBe('auth');
      expect(reply.message).not.toContain('sk-ant');
    },
  );

  test('is sent in both headers that servers of this protocol read, and not at all where there is none', async () => {
    const seen: Record<string, unknown>[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers);
      request.resume().on('end', () => response.writeHead(500).end());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/`;
    await once({ apiKey: KEY, baseURL });
    await once({ baseURL });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(seen).toHaveLength(2);
    expect(seen[0]).toMatchObject({ 'x-api-key': KEY, authorization: `Bearer ${KEY}` });
    expect(seen[1]).not.toHaveProperty('x-api-key');
    expect(seen[1]).not.toHaveProperty('authorization');
  });
});

describe('what a reply is made of', () => {
  test('several blocks and counts that come in two parts', async () => {
    const reply = await ask({
      text: 'I look.',
      tools: [
        { name: 'Read', input: { path: 'a.js' } },
        { name: 'Grep', input: { pattern: 'ü' } },
      ],
      usage: { inputTokens: 11, outputTokens: 22, cacheReadTokens: 33, cacheWriteTokens: 44 },
    });
    const { message, usage, stopReason } = reply as Replied;
    expect(message.content.map((each) => each.type)).toEqual(['text', 'tool_use', 'tool_use']);
    expect(new Set(toolCallsOf(message).map((call) => call.id)).size).toBe(2);
    expect(toolCallsOf(message)[1]?.input).toEqual({ pattern: 'ü' });
    expect(usage).toEqual({ inputTokens: 11, outputTokens: 22, cacheReadTokens: 33, cacheWriteTokens: 44 });
    expect(stopReason).toBe('tool-use');
  });

  test('W35 searches that the service made are in what it used', async () => {
    expect(await ask({ text: 'found', usage: { webSearches: 3 } })).toMatchObject({ usage: { webSearches: 3 } });
    expect(await ask({ text: 'found' })).not.toHaveProperty('usage.webSearches');
  });

  test.each([
    ['end_turn', 'end'],
    ['stop_sequence', 'end'],
    ['max_tokens', 'max-tokens'],
    ['model_context_window_exceeded', 'max-tokens'],
    ['refusal', 'refusal'],
  ] as const)('stop reason %s', async (stopReason, expected) => {
    expect(await ask({ text: 'so far', stopReason })).toMatchObject({ kind: 'replied', stopReason: expected });
  });

  test.each([
    { name: 'broken', json: ['{"path": "a', '.js"'], input: '{"path": "a.js"' },
    { name: 'none', json: [], input: {} },
    { name: 'whole', json: ['{"pa', 'th":"a.js"}'], input: { path: 'a.js' } },
  ])('a tool input that is $name', async ({ json, input }) => {
    const reply = await odd({
      body: sse(
        START,
        block(0, { type: 'tool_use', id: 't1', name: 'Read', input: {} }),
        ...json.map((partial_json) => delta(0, { type: 'input_json_delta', partial_json })),
        end('max_tokens', { output_tokens: 9 }),
        STOP,
      ),
    });
    expect(reply).toMatchObject({
      kind: 'replied',
      stopReason: 'max-tokens',
      model: 'm-1',
      usage: { inputTokens: 7, outputTokens: 9 },
      message: { content: [{ type: 'tool_use', id: 't1', name: 'Read', input }] },
    });
  });

  test('thinking is kept as it came and handed back, in order', async () => {
    const reply = (await odd({
      body: sse(
        START,
        block(0, { type: 'thinking', thinking: '', signature: '' }),
        delta(0, { type: 'thinking_delta', thinking: 'Hm. ' }),
        delta(0, { type: 'thinking_delta', thinking: 'Yes.' }),
        delta(0, { type: 'signature_delta', signature: 'c2ln' }),
        block(1, { type: 'redacted_thinking', data: 'xyz' }),
        block(2, { type: 'text', text: '' }),
        delta(2, { type: 'text_delta', text: 'Done.' }),
        end('end_turn'),
        STOP,
      ),
    })) as Replied;
    expect(textOf(reply.message)).toBe('Done.');
    await withSimulator([{ text: 'ok' }], async (simulator) => {
      const messages = [userText('go'), reply.message, userText('on')];
      await once({ apiKey: KEY, baseURL: simulator.url }, { ...REQUEST, messages });
      const body = simulator.requests[0]?.body as { messages: { content: unknown }[] };
      expect(body.messages[1]?.content).toEqual([
        { type: 'thinking', thinking: 'Hm. Yes.', signature: 'c2ln' },
        { type: 'redacted_thinking', data: 'xyz' },
        { type: 'text', text: 'Done.' },
      ]);
    });
  });

  test('what the service searched and found is kept as it came', async () => {
    const found = { type: 'web_search_tool_result', tool_use_id: 's', content: [{ url: 'https://a.example/' }] };
    const reply = (await odd({
      body: sse(
        START,
        block(0, { type: 'server_tool_use', id: 's', name: 'web_search', input: {} }),
        delta(0, { type: 'input_json_delta', partial_json: '{"query": "cats"}' }),
        block(1, found),
        block(2, { type: 'text', text: '' }),
        delta(2, { type: 'text_delta', text: 'Cats purr.' }),
        end('end_turn'),
        STOP,
      ),
    })) as Replied;
    expect(reply.message.content).toEqual([
      {
        type: 'opaque',
        raw: { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'cats' } },
      },
      { type: 'opaque', raw: found },
      { type: 'text', text: 'Cats purr.' },
    ]);
    expect(reply.stopReason).toBe('end');
  });

  test.each([
    { name: 'nothing at all', start: {}, stop: {}, counted: { inputTokens: 20, outputTokens: 7 } },
    { name: 'what it was asked', start: { input_tokens: 7, output_tokens: 1 }, stop: {}, counted: { outputTokens: 7 } },
    { name: 'nothing as 0', start: { input_tokens: 7 }, stop: { output_tokens: 0 }, counted: { outputTokens: 7 } },
    {
      name: 'less than nothing',
      start: { input_tokens: -9 },
      stop: { output_tokens: -3 },
      counted: { inputTokens: 20, outputTokens: 7 },
    },
    {
      name: 'in texts',
      start: { input_tokens: '9' },
      stop: { output_tokens: '3' },
      counted: { inputTokens: 20, outputTokens: 7 },
    },
    {
      name: 'all',
      start: { input_tokens: 7 },
      stop: { output_tokens: 2 },
      counted: { inputTokens: 7, outputTokens: 2 },
    },
  ])(
    'W35 a server that counts $name: the rest is estimated, or a cap would not hold',
    async ({ start, stop, counted }) => {
      const reply = await odd({
        body: sse(
          { type: 'message_start', message: { model: 'm-1', usage: start } },
          block(0, { type: 'text', text: '' }),
          delta(0, { type: 'text_delta', text: 'a text of 21 letters.' }),
          end('end_turn', stop),
          STOP,
        ),
      });
      expect(reply).toMatchObject({ kind: 'replied', usage: counted });
    },
  );

  test.each([
    {
      name: 'without usage, ids or a delta',
      body: sse({ type: 'message_start', message: {} }, end('end_turn'), STOP),
      kind: 'replied',
    },
    {
      name: 'that ends before the message does',
      body: sse(START, block(0, { type: 'text', text: 'a' })),
      kind: 'failed',
    },
    { name: 'that is empty', body: '', kind: 'failed' },
    { name: 'that is garbled', body: 'event: message_start\ndata: {"type": nonsense\n\n', kind: 'failed' },
  ])('a stream $name', async ({ body, kind }) => expect(await odd({ body })).toMatchObject({ kind }));
});

describe('what a request is made of', () => {
  async function bodyOf(
    request: Partial<ModelRequest>,
    options: AnthropicModelOptions = {},
  ): Promise<Record<string, unknown>> {
    return withSimulator([{ text: 'ok' }], async (simulator) => {
      const reply = await once({ apiKey: KEY, baseURL: simulator.url, ...options }, { ...REQUEST, ...request });
      expect(reply).toMatchObject({ kind: 'replied' });
      return simulator.requests[0]?.body as Record<string, unknown>;
    });
  }

  const call = { type: 'tool_use', id: 't1', name: 'Read', input: '{"path": "a' } as const;
  const result = { type: 'tool_result', toolUseId: 't1', content: 'The input is no JSON.', isError: true } as const;
  const messages: ModelRequest['messages'] = [
    userText('go'),
    { role: 'assistant', content: [{ type: 'text', text: ' ' }, call] },
    { role: 'user', content: [result] },
  ];

  test('tool calls and results, broken inputs and empty texts', async () => {
    expect((await bodyOf({ messages }))['messages']).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'go' }] },
      {
        role: 'assistant',
        content: [{ type: 'tool_use', id: 't1', name: 'Read', input: { unreadable_input: '{"path": "a' } }],
      },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 't1', content: 'The input is no JSON.', is_error: true }],
      },
    ]);
  });

  test('images of a result as blocks after its text', async () => {
    const shown = { ...result, isError: false, images: [{ mediaType: 'image/png', data: 'iVBOR' }] } as const;
    const sent = async (content: string) => {
      const body = await bodyOf({
        messages: [...messages.slice(0, 2), { role: 'user', content: [{ ...shown, content }] }],
      });
      return (body['messages'] as { content: { content: unknown }[] }[])[2]?.content[0]?.content;
    };
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBOR' } };
    expect(await sent('a.png')).toEqual([{ type: 'text', text: 'a.png' }, image]);
    expect(await sent('')).toEqual([image]);
  });

  test('effort only where it is asked for', async () => {
    expect(await bodyOf({})).not.toHaveProperty('output_config');
    expect((await bodyOf({ effort: 'xhigh' }))['output_config']).toEqual({ effort: 'xhigh' });
  });

  test('a search of the web is asked of a service that has one, and of no other', async () => {
    await withSimulator([{ text: 'from memory' }], async (simulator) => {
      const reply = await once({ apiKey: KEY, baseURL: simulator.url }, { ...REQUEST, webSearch: true });
      expect(reply).toMatchObject({ kind: 'failed', code: 'invalid' });
      expect(simulator.count).toBe(0);
    });
    const { tools } = paramsOf({ ...REQUEST, webSearch: true }, true);
    expect(tools?.at(-1)).toEqual({ type: 'web_search_20250305', name: 'web_search', max_uses: 5 });
  });

  test('old tool results are cleared by a service that does so; one that refuses it is asked without, once for all', async () => {
    const options = { contextEditing: true };
    const body = await bodyOf({}, options);
    expect(body['context_management']).toMatchObject({ edits: [{ type: 'clear_tool_uses_20250919' }] });
    expect(await bodyOf({})).not.toHaveProperty('context_management');
    const brain: Brain = ({ request }) =>
      'context_management' in request ? { error: { status: 400, message: 'Extra inputs' } } : { text: 'ok' };
    await withSimulator(brain, async (simulator) => {
      const model = createAnthropicModel({ apiKey: KEY, baseURL: simulator.url, ...options });
      const never = new AbortController().signal;
      for (let at = 0; at < 2; at += 1) expect(await model.reply(REQUEST, never)).toMatchObject({ kind: 'replied' });
      model.dispose();
      const asked = simulator.requests.map(({ body, headers }) => [
        'context_management' in (body as object),
        headers['anthropic-beta'] !== undefined,
      ]);
      expect(asked).toEqual([
        [true, true],
        [false, false],
        [false, false],
      ]);
    });
  });

  test('of several requests that are refused for it, each is asked without', async () => {
    const brain: Brain = ({ request }) =>
      'context_management' in request ? { error: { status: 400, message: 'Extra inputs' } } : { text: 'ok' };
    await withSimulator(brain, async (simulator) => {
      const model = createAnthropicModel({ apiKey: KEY, baseURL: simulator.url, contextEditing: true });
      const never = new AbortController().signal;
      const replies = await Promise.all([1, 2, 3, 4].map(() => model.reply(REQUEST, never)));
      model.dispose();
      expect(replies.map(({ kind }) => kind)).toEqual(['replied', 'replied', 'replied', 'replied']);
    });
  });

  test('another refusal does not switch it off', async () => {
    const answers = [{ error: { status: 400, message: 'Wrong' } }, { error: { status: 400, message: 'Wrong' } }];
    await withSimulator(
      () => answers.shift() ?? { text: 'ok' },
      async (simulator) => {
        const model = createAnthropicModel({ apiKey: KEY, baseURL: simulator.url, contextEditing: true });
        const never = new AbortController().signal;
        expect(await model.reply(REQUEST, never)).toMatchObject({ kind: 'failed', code: 'invalid' });
        expect(await model.reply(REQUEST, never)).toMatchObject({ kind: 'replied' });
        model.dispose();
        expect(simulator.requests.map(({ body }) => 'context_management' in (body as object))).toEqual([
          true,
          false,
          true,
        ]);
      },
    );
  });

  test('a refusal after it was taken is about something else', async () => {
    const answers = [{ text: 'ok' }, { error: { status: 400, message: 'Wrong' } }];
    await withSimulator(
      () => answers.shift(),
      async (simulator) => {
        const model = createAnthropicModel({ apiKey: KEY, baseURL: simulator.url, contextEditing: true });
        const never = new AbortController().signal;
        expect(await model.reply(REQUEST, never)).toMatchObject({ kind: 'replied' });
        expect(await model.reply(REQUEST, never)).toMatchObject({ kind: 'failed', code: 'invalid' });
        model.dispose();
        expect(simulator.count).toBe(2);
      },
    );
  });

  test('no cache breakpoint for a server that may not know the field', async () => {
    expect(JSON.stringify(await bodyOf({ messages }))).not.toContain('cache_control');
  });

  test('cache breakpoints after tools and system, and at the tail', async () => {
    const body = await bodyOf({ messages }, { cache: true });
    expect(body['system']).toEqual([{ type: 'text', text: REQUEST.system, cache_control: { type: 'ephemeral' } }]);
    expect(body['messages']).toMatchObject([
      {},
      {},
      { content: [{ tool_use_id: 't1', cache_control: { type: 'ephemeral' } }] },
    ]);
    expect(JSON.stringify(body).match(/cache_control/g)).toHaveLength(2);
    const withoutSystem = await bodyOf({ system: '' }, { cache: true });
    expect(withoutSystem['tools']).toMatchObject([{ name: 'Read', cache_control: { type: 'ephemeral' } }]);
  });
});

test('an abort in the middle of a reply ends it and frees the socket', () =>
  withSimulator([{ text: 'word '.repeat(200), deltas: 200, deltaMs: 20 }], async (simulator) => {
    const model = createAnthropicModel({ apiKey: KEY, baseURL: simulator.url });
    const controller = new AbortController();
    let streamed = '';
    const reply = rejection(model.reply(REQUEST, controller.signal, (text) => (streamed += text)));
    await until(() => streamed.length > 20);
    controller.abort();
    expect(isAbort(await reply)).toBe(true);
    await until(() => simulator.requests[0]?.end === 'client-left');
    model.dispose();
  }));

test('all that comes is told piece by piece, and what of it is text', () =>
  withSimulator([{ text: 'I look.', tools: [{ name: 'Read', input: { path: 'a.js' } }] }], async (simulator) => {
    const model = createAnthropicModel({ apiKey: KEY, baseURL: simulator.url });
    const said = { text: '', unshown: '' };
    await model.reply(REQUEST, new AbortController().signal, (piece, of) => (said[of] += piece));
    expect(said).toEqual({ text: 'I look.', unshown: '{"path":"a.js"}' });
    model.dispose();
  }));

test('a request after dispose is a failure, not a hang', () =>
  withSimulator([{ text: 'x' }], async (simulator) => {
    const model = createAnthropicModel({ apiKey: KEY, baseURL: simulator.url });
    const { signal } = new AbortController();
    expect(await model.reply(REQUEST, signal)).toMatchObject({ kind: 'replied' });
    model.dispose();
    expect(await model.reply(REQUEST, signal)).toMatchObject({ kind: 'failed', code: 'network' });
  }));
