import { expect, test } from 'vitest';
import { FakeClock } from '../engine/clock.fake.ts';
import type { Model, ModelReply, ModelRequest } from '../engine/model.ts';
import { fails } from '../engine/model.fake.ts';
import { userText, type Message } from '../protocol/conversation.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { firstAhead } from './firstAhead.ts';

const LONG = 'You are an agent. '.repeat(300);
const REPLY: ModelReply = {
  kind: 'replied',
  message: { role: 'assistant', content: [{ type: 'text', text: 'hi' }] },
  usage: NO_USAGE,
  stopReason: 'end',
  model: 'm',
};

interface Under {
  readonly request: ModelRequest;
  head(): void;
  says(text: string): void;
  ends(reply: ModelReply): void;
}

function stage() {
  const clock = new FakeClock(0);
  const sent: Under[] = [];
  const model: Model = {
    reply: (request, _signal, onDelta, onHead) =>
      new Promise((resolve) => {
        sent.push({
          request,
          head: () => onHead?.({ accepted: true }),
          says: (text) => onDelta?.(text, 'text'),
          ends: resolve,
        });
      }),
  };
  const bind = firstAhead(() => model, { clock, sha256: (text) => text });
  const abort = new AbortController();
  const ask = (change: Partial<ModelRequest> = {}, signal = abort.signal): Promise<ModelReply> =>
    bind(() => undefined).reply(
      { model: 'm', system: LONG, tools: [], messages: [userText('task')], maxTokens: 10, ...change },
      signal,
    );
  return { clock, sent, ask, settle: () => clock.advance(0) };
}

const under: readonly Message[] = [userText('task'), { role: 'assistant', content: [] }, userText('more')];
const shared = (text: string): Partial<ModelRequest> => ({
  messages: [{ role: 'user', content: [{ type: 'text', text, shared: true }] }],
});

test.each([
  { name: 'its head', begin: (first: Under | undefined) => first?.head() },
  { name: 'its first words', begin: (first: Under | undefined) => first?.says('h') },
  { name: 'its end', begin: (first: Under | undefined) => first?.ends(REPLY) },
  { name: 'its failure', begin: (first: Under | undefined) => first?.ends(fails('server')) },
])('one goes ahead, its siblings wait for $name', async ({ begin }) => {
  const { sent, ask, settle } = stage();
  for (let at = 0; at < 5; at += 1) void ask();
  await settle();
  expect(sent).toHaveLength(1);
  begin(sent[0]);
  await settle();
  expect(sent).toHaveLength(5);
});

test('they wait for five seconds at most', async () => {
  const { clock, sent, ask } = stage();
  for (let at = 0; at < 3; at += 1) void ask();
  await clock.advance(4_999);
  expect(sent).toHaveLength(1);
  await clock.advance(1);
  expect(sent).toHaveLength(3);
});

test.each([
  { name: 'another model', change: { model: 'n' } },
  { name: 'another prompt', change: { system: `${LONG}!` } },
  { name: 'other tools', change: { tools: [{ name: 'T', description: '', inputSchema: {} }] } },
  { name: 'another project', change: shared('other rules') },
  { name: 'a conversation under way', change: { messages: under } },
])('$name waits for nobody', async ({ change }) => {
  const { sent, ask, settle } = stage();
  void ask();
  void ask(change);
  await settle();
  expect(sent).toHaveLength(2);
});

test('what is too short to be cached waits for nobody', async () => {
  const { sent, ask, settle } = stage();
  void ask({ system: 'short' });
  void ask({ system: 'short' });
  await settle();
  expect(sent).toHaveLength(2);
});

test('while the cache is warm nobody waits; once it is cold, one goes ahead again', async () => {
  const { clock, sent, ask, settle } = stage();
  void ask();
  await settle();
  sent[0]?.ends(REPLY);
  await clock.advance(60_000);
  void ask();
  void ask();
  await settle();
  expect(sent).toHaveLength(3);
  await clock.advance(6 * 60_000);
  void ask();
  void ask();
  await settle();
  expect(sent).toHaveLength(4);
});

test('one that waits ends by abort, and leaves no timer', async () => {
  const { clock, sent, ask, settle } = stage();
  const abort = new AbortController();
  void ask();
  const waiting = ask({}, abort.signal);
  await settle();
  abort.abort();
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  expect(sent).toHaveLength(1);
  expect(clock.sleeping).toBe(0);
});
