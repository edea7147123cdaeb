import { describe, expect, test } from 'vitest';
import { isAbort } from '../base/abort.ts';
import { modelContract, rejection, REQUEST, until } from '../engine/model.contract.ts';
import { calls, fails, hangs, says } from '../engine/model.fake.ts';
import type { ModelErrorCode, Replied } from '../engine/model.ts';
import { textOf, userText, type Message } from '../protocol/conversation.ts';
import { fakeEditor } from './editorApi.fake.ts';
import { createEditorModel } from './languageModel.ts';

const { signal } = new AbortController();

modelContract('the editor’s model', async (script) => {
  const editor = fakeEditor({ script });
  return {
    model: createEditorModel(editor.api),
    requests: () => editor.requests.length,
    pending: () => editor.pending,
    dispose: async () => undefined,
  };
});

test.each(['claude-sonnet-5-5', 'acme/claude-sonnet-5-5', 'acme/sonnet', 'sonnet'])(
  '%s names the model',
  async (model) => {
    const { api } = fakeEditor({ script: [says('hello')] });
    expect(await createEditorModel(api).reply({ ...REQUEST, model }, signal)).toMatchObject({ kind: 'replied', model });
  },
);

test.each(['other/sonnet', 'gpt'])('%s is no model here, and those that are here are named', async (model) => {
  const { api, requests } = fakeEditor();
  expect(await createEditorModel(api).reply({ ...REQUEST, model }, signal)).toMatchObject({
    code: 'unknown-model',
    message: expect.stringContaining('vscode/acme/claude-sonnet-5-5') as unknown,
  });
  expect(requests).toHaveLength(0);
});

test.each<{ code: ModelErrorCode; says: RegExp }>([
  { code: 'auth', says: /Manage Language Model Access/ },
  { code: 'quota', says: /quota is used up.*The month is used up/ },
  { code: 'unknown-model', says: /choose another/ },
])('$code says what to do', async ({ code, says: words }) => {
  const { api } = fakeEditor({ script: [fails(code)] });
  const reply = await createEditorModel(api).reply(REQUEST, signal);
  expect(reply).toMatchObject({ kind: 'failed', code, message: expect.stringMatching(words) as unknown });
  if (code === 'quota') expect(reply).toHaveProperty('retryAfterMs');
});

test('system prompt, tools, calls and results go as the editor takes them; what only others understand does not', async () => {
  const editor = fakeEditor({ script: [says('done')] });
  const messages: Message[] = [
    userText('go'),
    {
      role: 'assistant',
      content: [
        { type: 'opaque', raw: { type: 'thinking', thinking: 'hm', signature: 's' } },
        { type: 'text', text: 'reading' },
        { type: 'tool_use', id: 't1', name: 'Read', input: 'broken' },
      ],
    },
    { role: 'user', content: [{ type: 'tool_result', toolUseId: 't1', content: 'no JSON', isError: true }] },
    { role: 'assistant', content: [] },
    userText('again'),
  ];
  await createEditorModel(editor.api).reply({ ...REQUEST, messages }, signal);
  expect(editor.requests).toEqual([
    {
      tools: [expect.objectContaining({ name: 'Read' })],
      messages: [
        { role: 'user', content: [{ value: REQUEST.system }] },
        { role: 'user', content: [{ value: 'go' }] },
        {
          role: 'assistant',
          content: [{ value: 'reading' }, { callId: 't1', name: 'Read', input: { unreadable_input: 'broken' } }],
        },
        { role: 'user', content: [{ callId: 't1', content: [{ value: 'The call failed. no JSON' }] }] },
        { role: 'assistant', content: [{ value: '(nothing)' }] },
        { role: 'user', content: [{ value: 'again' }] },
      ],
    },
  ]);
});

describe('tokens, which the API does not tell', () => {
  test('are the model’s own count, and a message is counted once', async () => {
    const editor = fakeEditor({ script: [says('x'.repeat(500)), says('y')] });
    const model = createEditorModel(editor.api);
    const messages: Message[] = [userText('a'.repeat(1000))];
    const first = (await model.reply({ ...REQUEST, messages }, signal)) as Replied;
    expect(first.usage.inputTokens).toBeGreaterThan(200);
    expect(first.usage.outputTokens).toBeGreaterThan(100);
    const before = editor.counts;
    const second = (await model.reply(
      { ...REQUEST, messages: [...messages, first.message, userText('b')] },
      signal,
    )) as Replied;
    expect(second.usage.inputTokens).toBeGreaterThan(first.usage.inputTokens + 100);
    // The two new messages and the reply.
    expect(editor.counts - before).toBe(3);
  });

  test('are estimated where the model cannot count', async () => {
    const { api } = fakeEditor({ script: [says('x'.repeat(400))], cannotCount: true });
    const reply = (await createEditorModel(api).reply(REQUEST, signal)) as Replied;
    expect(reply.usage.outputTokens).toBeGreaterThanOrEqual(100);
  });

  test('W35 end the reply at its limit', async () => {
    const { api } = fakeEditor({ script: [says('word '.repeat(10_000))] });
    const reply = (await createEditorModel(api).reply({ ...REQUEST, maxTokens: 500 }, signal)) as Replied;
    expect(reply.stopReason).toBe('max-tokens');
    expect(textOf(reply.message).length).toBeLessThan(4_000);
    expect(reply.usage.outputTokens).toBeGreaterThanOrEqual(500);
    expect(reply.usage.outputTokens).toBeLessThan(520);
  });

  test('of a prompt that exceeds the window are refused before anything is sent', async () => {
    const { api, requests } = fakeEditor({ maxInputTokens: 10 });
    expect(await createEditorModel(api).reply(REQUEST, signal)).toMatchObject({ code: 'too-long' });
    expect(requests).toHaveLength(0);
  });
});

test('W25 a model that says it cannot call tools is not asked without them', async () => {
  const { api, requests } = fakeEditor({ capabilities: { supportsToolCalling: false } });
  expect(await createEditorModel(api).reply(REQUEST, signal)).toMatchObject({
    code: 'invalid',
    message: expect.stringMatching(/choose a model that can/) as unknown,
  });
  expect(requests).toHaveLength(0);
});

test('an abort ends it also where the provider takes no notice', async () => {
  const editor = fakeEditor({ script: [hangs()], deaf: true });
  const controller = new AbortController();
  const reply = rejection(createEditorModel(editor.api).reply(REQUEST, controller.signal));
  await until(() => editor.requests.length === 1);
  controller.abort();
  expect(isAbort(await reply)).toBe(true);
});

test('X06 silence is a stall, and its request is cancelled', async () => {
  const editor = fakeEditor({ script: [hangs()] });
  const reply = await createEditorModel(editor.api).reply({ ...REQUEST, idleTimeoutMs: 20 }, signal);
  expect(reply).toMatchObject({ kind: 'failed', code: 'stalled' });
  await until(() => editor.pending === 0);
});

test('a call comes with the text before it', async () => {
  const { api } = fakeEditor({
    script: [{ kind: 'reply', content: [{ type: 'text', text: 'I look.' }, ...callBlocks()] }],
  });
  const reply = (await createEditorModel(api).reply(REQUEST, signal)) as Replied;
  expect(reply.message.content).toMatchObject([
    { type: 'text', text: 'I look.' },
    { type: 'tool_use', name: 'Read' },
  ]);
  expect(reply.stopReason).toBe('tool-use');
});

function callBlocks() {
  const step = calls('Read', { path: 'a' });
  return step.kind === 'reply' ? step.content : [];
}
