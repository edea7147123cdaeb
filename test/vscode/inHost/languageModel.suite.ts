import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import * as vscode from 'vscode';
import { isAbort } from '../../../src/base/abort.ts';
import type { ModelReply, ModelRequest } from '../../../src/engine/model.ts';
import { createEditorModel } from '../../../src/host/languageModel.ts';
import { textOf, userText, type Message } from '../../../src/protocol/conversation.ts';

const model = createEditorModel(vscode);
const READ = { name: 'Read', description: 'Reads a file.', inputSchema: { type: 'object', properties: {} } };
const REQUEST: ModelRequest = {
  model: 'scripted/obedient',
  system: 'You obey.',
  tools: [READ],
  messages: [],
  maxTokens: 500,
};

function ask(text: string, more: Partial<ModelRequest> = {}, onDelta?: (text: string) => void): Promise<ModelReply> {
  const request = { ...REQUEST, messages: [userText(text)], ...more };
  return model.reply(request, new AbortController().signal, onDelta);
}

/** Against a model that another extension has registered with the real editor. */
export function languageModelSuite(): void {
  suite('a model of the editor', () => {
    test('streams what it says, and its tokens are counted', async () => {
      let streamed = '';
      const reply = await ask('say: one two three – ✓', {}, (text) => (streamed += text));
      assert.equal(reply.kind, 'replied', JSON.stringify(reply));
      assert.equal(textOf(reply.message), 'one two three – ✓');
      assert.equal(streamed, 'one two three – ✓');
      assert.equal(reply.stopReason, 'end');
      assert.ok(reply.usage.inputTokens > 5 && reply.usage.outputTokens > 2, JSON.stringify(reply.usage));
    });

    test('calls a tool', async () => {
      const reply = await ask('call: {"name": "Read", "input": {"path": "a", "deep": {"lines": [1]}}}');
      assert.equal(reply.kind, 'replied', JSON.stringify(reply));
      assert.equal(reply.stopReason, 'tool-use');
      assert.deepEqual(reply.message.content, [
        { type: 'tool_use', id: 'call-1', name: 'Read', input: { path: 'a', deep: { lines: [1] } } },
      ]);
    });

    test('hears the whole conversation, with the result of its call', async () => {
      const messages: Message[] = [
        userText('go'),
        { role: 'assistant', content: [{ type: 'tool_use', id: 'call-1', name: 'Read', input: {} }] },
        { role: 'user', content: [{ type: 'tool_result', toolUseId: 'call-1', content: 'echo', isError: false }] },
      ];
      const reply = await ask('', { messages });
      assert.equal(reply.kind, 'replied', JSON.stringify(reply));
      const { User, Assistant } = vscode.LanguageModelChatMessageRole;
      const heard = JSON.parse(textOf(reply.message)) as unknown;
      assert.deepEqual(heard, { tools: ['Read'], roles: [User, User, Assistant, User], last: 'echo' });
    });

    for (const [order, code] of [
      ['fail: NoPermissions no', 'auth'],
      ['fail: Blocked for this month', 'quota'],
      ['fail: NotFound gone', 'unknown-model'],
      ['fail: Other 529 overloaded', 'overloaded'],
      ['fail: Other it broke', 'server'],
    ] as const) {
      test(`fails: ${order}`, async () => {
        const reply = await ask(order);
        assert.equal(reply.kind, 'failed');
        assert.equal(reply.code, code, JSON.stringify(reply));
      });
    }

    test('ends at an abort', async () => {
      const controller = new AbortController();
      const request = { ...REQUEST, messages: [userText('hang')] };
      const reply = model.reply(request, controller.signal).then(
        () => assert.fail('it answered'),
        (error: unknown) => error,
      );
      await vscode.commands.executeCommand('scriptedModels.hanging');
      controller.abort();
      assert.ok(isAbort(await reply));
      await vscode.commands.executeCommand('scriptedModels.cancelled');
    });

    test('is refused a prompt longer than it takes, before it is asked', async () => {
      const reply = await ask('say: x', { system: 'long '.repeat(5_000) });
      assert.equal(reply.kind === 'failed' && reply.code, 'too-long', JSON.stringify(reply));
    });

    test('that is not there is named with those that are', async () => {
      const reply = await ask('say: x', { model: 'nobody/at-all' });
      assert.equal(reply.kind, 'failed');
      assert.match(reply.message, /vscode\/scripted\/obedient/);
    });
  });
}
