import Anthropic, { APIConnectionError, APIError } from '@anthropic-ai/sdk';
import { request as httpRequest } from 'node:http';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { startSimulator, STRUCTURED_OUTPUT, type Reply, type Simulator, type SimulatorOptions } from './simulator.ts';

type Params = Anthropic.MessageCreateParamsNonStreaming;

const open: Simulator[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((simulator) => simulator.close()));
});

async function start(options: SimulatorOptions | Reply = {}): Promise<{ simulator: Simulator; client: Anthropic }> {
  const isReply = ['text', 'tools', 'structured', 'error', 'stall', 'cut'].some((key) => key in options);
  const simulator = await startSimulator(isReply ? { rules: [{ reply: options as Reply }] } : options);
  open.push(simulator);
  return { simulator, client: new Anthropic({ baseURL: simulator.url, apiKey: 'test-key', maxRetries: 0 }) };
}

function asks(content: Params['messages'][number]['content'], more: Partial<Params> = {}): Params {
  return { model: 'claude-sonnet-5-5', max_tokens: 1000, messages: [{ role: 'user', content }], ...more };
}

const READ: Anthropic.Tool = { name: 'Read', description: 'Reads a file', input_schema: { type: 'object' } };

async function eventsOf(client: Anthropic, params: Params): Promise<readonly Anthropic.RawMessageStreamEvent[]> {
  const events: Anthropic.RawMessageStreamEvent[] = [];
  for await (const event of await client.messages.create({ ...params, stream: true })) events.push(event);
  return events;
}

/** Waits for a change that another process or socket makes; fails by the test's own time limit. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('a reply', () => {
  test('whole, as one message', async () => {
    const { client } = await start({ text: 'Hello there' });
    const message = await client.messages.create(asks('Hi'));
    expect(message).toMatchObject({
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-5-5',
      content: [{ type: 'text', text: 'Hello there' }],
      stop_reason: 'end_turn',
      usage: { output_tokens: 3 },
    });
    expect(message._request_id).toBe('req_sim_000001');
  });

  test('streamed, in as many deltas as wanted', async () => {
    const text = 'Grüße, 🌍! '.repeat(20);
    const { client } = await start({ text, deltas: 20 });
    const events = await eventsOf(client, asks('Hi'));
    expect(events.map((event) => event.type)).toEqual([
      'message_start',
      'content_block_start',
      ...Array<string>(20).fill('content_block_delta'),
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    const whole = await client.messages.stream(asks('Hi')).finalMessage();
    expect(whole.content).toEqual([{ type: 'text', text }]);
  });

  test('each delta arrives as a piece of its own, after a ping', async () => {
    const { simulator } = await start({ text: 'x'.repeat(400), deltas: 20, deltaMs: 1 });
    const pieces = await new Promise<string[]>((resolve, reject) => {
      const got: string[] = [];
      const sent = httpRequest(
        `${simulator.url}/v1/messages`,
        { method: 'POST', headers: { 'x-api-key': 'k' } },
        (response) => {
          response.setEncoding('utf8').on('data', (piece: string) => got.push(piece));
          response.on('end', () => resolve(got)).on('error', reject);
        },
      );
      sent.on('error', reject).end(JSON.stringify({ ...asks('Hi'), stream: true }));
    });
    expect(pieces.filter((piece) => piece.includes('content_block_delta')).length).toBeGreaterThanOrEqual(20);
    expect(pieces.join('')).toContain('event: ping\n');
  });

  test('the same tools and tokens, streamed or not', async () => {
    const reply: Reply = {
      text: 'Looking',
      tools: [
        { name: 'Read', input: { path: 'a.ts' } },
        { name: 'Read', input: {} },
      ],
    };
    const { client } = await start(reply);
    const whole = await client.messages.create(asks('Hi', { tools: [READ] }));
    const streamed = await client.messages.stream(asks('Hi', { tools: [READ] })).finalMessage();
    const seen = [whole, streamed].map(({ content, stop_reason, usage }) => ({
      blocks: content.map((block) => (block.type === 'tool_use' ? { name: block.name, input: block.input } : block)),
      stop_reason,
      usage: [usage.input_tokens, usage.output_tokens],
    }));
    expect(seen[0]).toEqual(seen[1]);
    expect(seen[0]).toMatchObject({
      stop_reason: 'tool_use',
      blocks: [{ text: 'Looking' }, { name: 'Read', input: { path: 'a.ts' } }, { input: {} }],
    });
    const ids = [whole, streamed].flatMap(({ content }) =>
      content.flatMap((block) => (block.type === 'tool_use' ? [block.id] : [])),
    );
    expect(new Set(ids).size).toBe(4);
  });

  test.each([
    { name: 'a text', reply: { text: 'word '.repeat(100) }, text: 'word '.repeat(16) },
    {
      name: 'a call behind it',
      reply: { text: 'Hm.', tools: [{ name: 'Read', input: { path: 'a'.repeat(99) } }] },
      text: 'Hm.',
    },
  ])('stops where the request says: $name', async ({ reply, text }) => {
    const { client } = await start(reply);
    expect(await client.messages.create(asks('Hi', { max_tokens: 20 }))).toMatchObject({
      content: [{ type: 'text', text }],
      ...{ stop_reason: 'max_tokens', usage: { output_tokens: 20 } },
    });
  });

  test('its own usage and stop reason win', async () => {
    const { client } = await start({
      text: 'cut sh',
      stopReason: 'max_tokens',
      usage: { inputTokens: 7, cacheReadTokens: 1000 },
    });
    const message = await client.messages.create(asks('Hi'));
    expect(message).toMatchObject({
      stop_reason: 'max_tokens',
      usage: { input_tokens: 7, cache_read_input_tokens: 1000, output_tokens: 2 },
    });
  });

  test('waits its latency, and between deltas', async () => {
    const waits: number[] = [];
    const clock = { now: () => 0, sleep: async (ms: number) => void waits.push(ms) };
    const rules = [
      { times: 1, reply: { text: 'abcd', latencyMs: 40, deltas: 2, deltaMs: 3 } },
      { reply: { text: 'x', latencyMs: [10, 20] as const } },
    ];
    const { client } = await start({ clock, rules });
    for (let n = 0; n < 3; n++) await eventsOf(client, asks('Hi'));
    expect(waits.slice(0, 3)).toEqual([40, 3, 3]);
    expect(waits.slice(3).every((ms) => ms >= 10 && ms <= 20)).toBe(true);
  });

  test('without a rule, to an agent of a run: the head of its task, not of what it is told before', async () => {
    const { client } = await start();
    const place = 'Your working directory is /w.\nToday is 2026-01-02.';
    const skills = 'Skills that you can load with the Skill tool.\n<skills>\n- a: b\n</skills>';
    const own =
      'How the project wants this done. Follow it.\n<skill name="a">\nOne.\n\nTwo.\n</skill>\nThe files are in /s.';
    for (const told of [[place], [place, skills], [place, skills, own, own]]) {
      const { content } = await client.messages.create(asks([...told, 'Count the files\n\nand more'].join('\n\n')));
      expect(content).toEqual([{ type: 'text', text: 'Simulated answer to: Count the files' }]);
    }
  });

  test('without a rule: the head of the prompt, or a valid instance of the schema, then the end', async () => {
    const { client } = await start();
    const text = await client.messages.create(asks('Count the files\nand more'));
    expect(text.content).toEqual([{ type: 'text', text: 'Simulated answer to: Count the files' }]);

    const schema = {
      type: 'object' as const,
      properties: { n: { type: 'integer', minimum: 3, maximum: 3 } },
      required: ['n'],
    };
    const params = asks('Count', { tools: [{ name: STRUCTURED_OUTPUT, input_schema: schema }] });
    const called = await client.messages.create(params);
    expect(called.content).toMatchObject([{ type: 'tool_use', name: STRUCTURED_OUTPUT, input: { n: 3 } }]);

    const id = called.content[0]?.type === 'tool_use' ? called.content[0].id : '';
    const messages: Params['messages'] = [
      ...params.messages,
      { role: 'assistant', content: called.content as Anthropic.ContentBlockParam[] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'accepted' }] },
    ];
    expect((await client.messages.create({ ...params, messages })).stop_reason).toBe('end_turn');
  });
});

describe('errors in the API’s shape', () => {
  test.each([
    { status: 400, type: 'invalid_request_error', error: Anthropic.BadRequestError },
    { status: 401, type: 'authentication_error', error: Anthropic.AuthenticationError },
    { status: 403, type: 'permission_error', error: Anthropic.PermissionDeniedError },
    { status: 404, type: 'not_found_error', error: Anthropic.NotFoundError },
    { status: 413, type: 'request_too_large', error: APIError },
    { status: 429, type: 'rate_limit_error', error: Anthropic.RateLimitError },
    { status: 500, type: 'api_error', error: Anthropic.InternalServerError },
    { status: 529, type: 'overloaded_error', error: APIError },
  ])('$status $type', async ({ status, type, error }) => {
    const { client, simulator } = await start({ error: { status, retryAfter: 7, message: 'no luck' } });
    const thrown: unknown = await client.messages
      .create({ ...asks('Hi'), stream: true })
      .catch((reason: unknown) => reason);
    if (!(thrown instanceof APIError)) throw new Error(`no API error: ${String(thrown)}`);
    expect(thrown).toBeInstanceOf(error);
    expect(thrown).toMatchObject({ status, type, apiMessage: 'no luck', requestID: 'req_sim_000001' });
    const headers = thrown.headers as Headers;
    expect(headers.get('retry-after')).toBe('7');
    expect(headers.get('anthropic-ratelimit-requests-remaining')).toBe(status === 429 ? '0' : null);
    expect(simulator.requests[0]).toMatchObject({ status, end: 'answered' });
  });

  test('in the middle of a stream', async () => {
    const { client } = await start({ text: 'half of it', error: { status: 529, inStream: true } });
    const deltas: string[] = [];
    const reading = (async () => {
      for await (const event of await client.messages.create({ ...asks('Hi'), stream: true })) deltas.push(event.type);
    })();
    await expect(reading).rejects.toMatchObject({ type: 'overloaded_error' });
    expect(deltas).toContain('content_block_delta');
    expect(deltas).not.toContain('message_stop');
  });

  test('of a brain that throws', async () => {
    const { client } = await start({ rules: () => Promise.reject(new Error('lost the thread')) });
    await expect(client.messages.create(asks('Hi'))).rejects.toThrow(/500 .*lost the thread/);
  });

  test('keys: none, any, only the right one', async () => {
    const { simulator: any } = await start();
    expect((await fetch(`${any.url}/v1/models`)).status).toBe(401);
    expect((await fetch(`${any.url}/v1/models`, { headers: { authorization: 'Bearer token' } })).status).toBe(200);
    const { client, simulator } = await start({ apiKey: 'the-right-one' });
    await expect(client.messages.create(asks('Hi'))).rejects.toBeInstanceOf(Anthropic.AuthenticationError);
    const right = new Anthropic({ baseURL: simulator.url, apiKey: 'the-right-one', maxRetries: 0 });
    await expect(right.messages.create(asks('Hi'))).resolves.toMatchObject({ type: 'message' });
  });

  test('models that are not in the list', async () => {
    const { client } = await start({ models: ['claude-a', 'claude-b'] });
    await expect(client.messages.create(asks('Hi', { model: 'claude-z' }))).rejects.toMatchObject({
      status: 404,
      apiMessage: 'model: claude-z',
    });
    await expect(client.messages.create(asks('Hi', { model: 'claude-a' }))).resolves.toBeDefined();
  });

  test('a prompt beyond the window', async () => {
    const { client } = await start({ contextWindow: 100 });
    await expect(client.messages.create(asks('x'.repeat(800)))).rejects.toThrow(
      /prompt is too long: \d+ tokens > 100 maximum/,
    );
  });

  test('an unknown path, a body that is no JSON', async () => {
    const { simulator } = await start();
    const headers = { 'x-api-key': 'k' };
    expect((await fetch(`${simulator.url}/v1/complete`, { method: 'POST', headers, body: '{}' })).status).toBe(404);
    const answer = await fetch(`${simulator.url}/v1/messages`, { method: 'POST', headers, body: '{"model":' });
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { error: { message: 'The request body is not valid JSON' } },
    ]);
  });
});

const call = {
  role: 'assistant' as const,
  content: [{ type: 'tool_use' as const, id: 'a1', name: 'Read', input: {} }],
};
const result = { type: 'tool_result' as const, tool_use_id: 'a1', content: 'x' };
const user = { role: 'user' as const, content: 'Hi' };

test.each<{ name: string; body: unknown; problem: RegExp }>([
  { name: 'no max_tokens', body: { max_tokens: undefined }, problem: /^max_tokens: Field required$/ },
  { name: 'no model', body: { model: undefined }, problem: /^model: Field required$/ },
  { name: 'no messages', body: { messages: [] }, problem: /^messages: at least one message/ },
  {
    name: 'an empty message',
    body: { messages: [{ role: 'user', content: [] }] },
    problem: /messages\.0: all messages must have non-empty content/,
  },
  {
    name: 'an empty text',
    body: { messages: [{ role: 'user', content: [{ type: 'text', text: '' }] }] },
    problem: /text content blocks must be non-empty/,
  },
  {
    name: 'an unknown block',
    body: { messages: [{ role: 'user', content: [{ type: 'sound' }] }] },
    problem: /^messages\.0\.content/,
  },
  {
    name: 'the assistant first',
    body: { messages: [{ role: 'assistant', content: 'Hi' }] },
    problem: /first message must use the "user" role/,
  },
  { name: 'the user twice', body: { messages: [user, user] }, problem: /messages\.1: roles must alternate/ },
  {
    name: 'a call without result',
    body: { messages: [user, call, user] },
    problem: /messages\.2: `tool_use` ids were found without .*: a1/,
  },
  {
    name: 'a call at the end',
    body: { messages: [user, call] },
    problem: /messages\.1: `tool_use` ids were found without/,
  },
  {
    name: 'a result without call',
    body: { messages: [{ role: 'user', content: [result] }] },
    problem: /content\.0: unexpected `tool_use_id`.*: a1/,
  },
  {
    name: 'a result twice',
    body: { messages: [user, call, { role: 'user', content: [result, result] }] },
    problem: /must have a single result/,
  },
  {
    name: 'a result after text',
    body: { messages: [user, call, { role: 'user', content: [{ type: 'text', text: 'so' }, result] }] },
    problem: /immediately after: a1/,
  },
  {
    name: 'a call’s id again',
    body: { messages: [user, call, { role: 'user', content: [result] }, call, { role: 'user', content: [result] }] },
    problem: /ids must be unique/,
  },
  { name: 'two tools of one name', body: { tools: [READ, READ] }, problem: /Tool names must be unique/ },
  {
    name: 'a tool’s bad name',
    body: { tools: [{ ...READ, name: 'a b' }] },
    problem: /^tools\.0\.name: String should match pattern/,
  },
  {
    name: 'a schema that is no object',
    body: { tools: [{ ...READ, input_schema: { type: 'array' } }] },
    problem: /^tools\.0\.input_schema\.type/,
  },
  {
    name: 'five breakpoints',
    body: {
      messages: [
        { role: 'user', content: Array(5).fill({ type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }) },
      ],
    },
    problem: /maximum of 4 blocks with cache_control may be provided\. Found 5/,
  },
])('a request is refused: $name', async ({ body, problem }) => {
  const { client } = await start();
  const params = { ...asks('Hi'), ...(body as Params) };
  const thrown: unknown = await client.messages.create(params).catch((reason: unknown) => reason);
  expect(thrown).toBeInstanceOf(Anthropic.BadRequestError);
  expect((thrown as APIError).apiMessage).toMatch(problem);
});

test('a conversation with tools, results first and a text after them, is accepted', async () => {
  const { client } = await start({ text: 'fine' });
  const messages: Params['messages'] = [
    user,
    call,
    { role: 'user', content: [result, { type: 'text', text: 'go on' }] },
  ];
  await expect(client.messages.create(asks('', { messages, tools: [READ] }))).resolves.toBeDefined();
});

describe('broken connections', () => {
  test.each([
    { cut: 'before-first-byte', stream: true, text: false, tool: false },
    { cut: 'mid-text', stream: true, text: true, tool: false },
    { cut: 'mid-tool', stream: true, text: true, tool: true },
    { cut: 'before-first-byte', stream: false, text: false, tool: false },
    { cut: 'mid-text', stream: false, text: false, tool: false },
  ] as const)('cut $cut, streamed: $stream', async ({ cut, stream, text, tool }) => {
    const { client, simulator } = await start({
      text: 'some text',
      tools: [{ name: 'Read', input: { path: 'src/a.ts' } }],
      cut,
    });
    const deltas: string[] = [];
    const reading = (async () => {
      if (!stream) {
        await client.messages.create(asks('Hi'));
        return;
      }
      for await (const event of await client.messages.create({ ...asks('Hi'), stream: true })) {
        if (event.type === 'content_block_delta') deltas.push(event.delta.type);
      }
    })();
    await expect(reading).rejects.toThrow();
    if (cut === 'before-first-byte') await expect(reading).rejects.toBeInstanceOf(APIConnectionError);
    expect([deltas.includes('text_delta'), deltas.includes('input_json_delta')]).toEqual([text, tool]);
    expect(simulator.requests[0]?.end).toBe('cut');
  });

  test('a stall lasts until the client leaves', async () => {
    const { client, simulator } = await start({ text: 'never', stall: true });
    const leaving = new AbortController();
    const seen: string[] = [];
    const stream = await client.messages.create({ ...asks('Hi'), stream: true }, { signal: leaving.signal });
    for await (const event of stream) {
      seen.push(event.type);
      leaving.abort();
    }
    expect(seen).toEqual(['message_start']);
    await until(() => simulator.requests[0]?.end === 'client-left');
  });

  test('a stall of a while goes on', async () => {
    const waits: number[] = [];
    const clock = { now: () => 0, sleep: async (ms: number) => void waits.push(ms) };
    const { client } = await start({ clock, rules: [{ reply: { text: 'late', stall: 900 } }] });
    expect((await eventsOf(client, asks('Hi'))).at(-1)?.type).toBe('message_stop');
    expect(waits).toEqual([900]);
  });

  test('close drops open streams and waiting requests', async () => {
    const { client, simulator } = await start({
      rules: [{ when: { prompt: 'slow' }, reply: { latencyMs: 1e8 } }, { reply: { stall: true } }],
    });
    const stalled = eventsOf(client, asks('Hi'));
    const waiting = client.messages.create(asks('slow'));
    await until(() => simulator.requests.length === 2);
    const ended = Promise.allSettled([stalled, waiting]);
    await simulator.close();
    expect((await ended).map((each) => each.status)).toEqual(['rejected', 'rejected']);
    await expect(fetch(simulator.url)).rejects.toThrow();
    await simulator.close();
  });

  test('a port that is taken is said', async () => {
    const { simulator } = await start();
    await expect(startSimulator({ port: Number(new URL(simulator.url).port) })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
});

describe('tokens', () => {
  test('count_tokens counts what a reply is charged', async () => {
    const { client } = await start({ text: 'x' });
    const { max_tokens, ...prompt } = asks('How many tokens is this?', { system: 'Be brief', tools: [READ] });
    const { input_tokens } = await client.messages.countTokens(prompt);
    const { usage } = await client.messages.create({ ...prompt, max_tokens });
    expect(usage.input_tokens).toBe(input_tokens);
    expect(input_tokens).toBeGreaterThan(10);
    await expect(client.messages.countTokens({ ...prompt, messages: [] })).rejects.toBeInstanceOf(
      Anthropic.BadRequestError,
    );
  });

  test('a prefix is written once, then read; a longer conversation reads what the one before wrote', async () => {
    const { client } = await start({ text: 'x' });
    const cache_control = { type: 'ephemeral' as const };
    const system = [{ type: 'text' as const, text: 's'.repeat(4000), cache_control }];
    const charged = async (messages: Params['messages']): Promise<readonly unknown[]> => {
      const { usage } = await client.messages.create(asks('', { system, messages }));
      return [usage.cache_creation_input_tokens, usage.cache_read_input_tokens, usage.input_tokens];
    };
    const first = { role: 'user' as const, content: [{ type: 'text' as const, text: 'p'.repeat(400), cache_control }] };
    const [written, , rest] = await charged([{ role: 'user', content: 'Hi' }]);
    expect(written).toBeGreaterThanOrEqual(1000);
    expect(await charged([{ role: 'user', content: 'Hi' }])).toEqual([0, written, rest]);
    const [tail, read] = await charged([first]);
    expect([read, Number(tail) > 90]).toEqual([written, true]);

    const plain = { role: 'user' as const, content: [{ type: 'text' as const, text: 'p'.repeat(400) }] };
    const next = { role: 'user' as const, content: [{ type: 'text' as const, text: 'q'.repeat(400), cache_control }] };
    const [, longer] = await charged([plain, { role: 'assistant', content: 'x' }, next]);
    expect(longer).toBe(Number(written) + Number(tail));
  });
});

test('models are listed and looked up', async () => {
  const { client, simulator } = await start({ models: ['claude-opus-a', 'claude-b'] });
  const ids: string[] = [];
  for await (const model of client.models.list()) ids.push(model.id);
  expect(ids).toEqual(['claude-opus-a', 'claude-b']);
  expect(await client.models.retrieve('claude-opus-a')).toMatchObject({
    type: 'model',
    line: 'opus',
    lifecycle: 'active',
  });
  const stray = await fetch(`${simulator.url}/v1/models/100%`, { headers: { 'x-api-key': 'k' } });
  expect(stray.status).toBe(404);
  await expect(client.models.retrieve('claude-c')).rejects.toBeInstanceOf(Anthropic.NotFoundError);
});

describe('the record', () => {
  test('holds what was asked, and never a key', async () => {
    const { client, simulator } = await start({ text: 'x' });
    await client.messages.create(asks('Hi', { system: [{ type: 'text', text: 'Be brief' }], tools: [READ] }));
    const bearer = new Anthropic({ baseURL: simulator.url, apiKey: null, authToken: 'secret-token', maxRetries: 0 });
    await bearer.messages.create(asks('Again'));
    expect(simulator.requests[0]).toMatchObject({
      method: 'POST',
      path: '/v1/messages',
      model: 'claude-sonnet-5-5',
      system: 'Be brief',
      messages: [{ role: 'user', content: 'Hi' }],
      tools: [{ name: 'Read' }],
      stream: false,
      status: 200,
      end: 'answered',
    });
    expect(simulator.requests[0]?.headers['anthropic-version']).toBeDefined();
    expect(JSON.stringify(simulator.requests)).not.toMatch(/test-key|secret-token/);
  });

  test.each([
    { record: false, kept: [] },
    { record: 2, kept: ['req_sim_000002', 'req_sim_000003'] },
    { record: true, kept: ['req_sim_000001', 'req_sim_000002', 'req_sim_000003'] },
  ])('keeps the newest: $record', async ({ record, kept }) => {
    const { client, simulator } = await start({ record });
    for (let n = 0; n < 3; n++) await client.messages.create(asks('Hi'));
    expect(simulator.requests.map((request) => request.id)).toEqual(kept);
    expect(simulator.count).toBe(3);
  });
});

test('a body beyond 64 MB is refused', async () => {
  const { simulator } = await start();
  const answer = await fetch(`${simulator.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': 'k' },
    body: Buffer.alloc(64 * 1024 * 1024 + 1, 'x'),
  });
  expect([answer.status, await answer.json()]).toMatchObject([413, { error: { type: 'request_too_large' } }]);
});

const outside = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find((address) => address.family === 'IPv4' && !address.internal)?.address;

test.skipIf(outside === undefined)('it listens on loopback only', async () => {
  const { simulator } = await start();
  const elsewhere = `http://${outside ?? ''}:${new URL(simulator.url).port}/v1/models`;
  await expect(fetch(elsewhere, { headers: { 'x-api-key': 'k' } })).rejects.toMatchObject({
    cause: { code: 'ECONNREFUSED' },
  });
});
