import { describe, expect, test } from 'vitest';
import { isAbort } from '../base/abort.ts';
import { textOf, toolCallsOf, userText } from '../protocol/conversation.ts';
import { calls, fails, hangs, says, type Step } from './model.fake.ts';
import type { Model, ModelErrorCode, ModelRequest, Replied } from './model.ts';

export interface ModelSubject {
  readonly model: Model;
  /** Requests that reached the service, and those among them that it is still answering. */
  readonly requests: () => number;
  readonly pending: () => number;
  readonly dispose: () => Promise<void>;
}

export const REQUEST: ModelRequest = {
  model: 'claude-sonnet-5-5',
  system: 'You answer.',
  tools: [{ name: 'Read', description: 'Reads a file.', inputSchema: { type: 'object', properties: {} } }],
  messages: [userText('What now?')],
  maxTokens: 1000,
};

/** What every `Model` does, whoever answers behind it. */
export function modelContract(name: string, create: (script: readonly Step[]) => Promise<ModelSubject>): void {
  const using = async (script: readonly Step[], body: (subject: ModelSubject) => Promise<void>): Promise<void> => {
    const subject = await create(script);
    try {
      await body(subject);
    } finally {
      await subject.dispose();
    }
  };

  describe(`${name} is a model`, () => {
    test('answers with text, usage and the id it used', () =>
      using([says('It is done.')], async ({ model }) => {
        const reply = (await model.reply(REQUEST, new AbortController().signal)) as Replied;
        expect(reply).toMatchObject({ kind: 'replied', stopReason: 'end', model: REQUEST.model });
        expect(textOf(reply.message)).toBe('It is done.');
        expect(reply.usage.outputTokens).toBeGreaterThan(0);
        expect(reply.usage.inputTokens).toBeGreaterThan(0);
      }));

    test('streams the text it answers with', () =>
      using(
        [says('One sentence, and then – ✓ – a second one that is long enough for several pieces.')],
        async (subject) => {
          let streamed = '';
          const { signal } = new AbortController();
          const reply = (await subject.model.reply(REQUEST, signal, (text) => (streamed += text))) as Replied;
          expect(streamed).toBe(textOf(reply.message));
          expect(streamed).toContain('– ✓ –');
        },
      ));

    test('calls a tool with the input it wrote', () =>
      using([calls('Read', { path: 'src/a.js', deep: { lines: [1, 2] } })], async ({ model }) => {
        const reply = (await model.reply(REQUEST, new AbortController().signal)) as Replied;
        expect(reply.stopReason).toBe('tool-use');
        const [call] = toolCallsOf(reply.message);
        expect(call).toMatchObject({ name: 'Read', input: { path: 'src/a.js', deep: { lines: [1, 2] } } });
        expect(call?.id).toMatch(/./);
      }));

    const codes = [
      'auth',
      'rate-limited',
      'overloaded',
      'server',
      'too-long',
      'invalid',
    ] as const satisfies ModelErrorCode[];
    test.each(codes)('resolves to a failure: %s', (code) =>
      using([fails(code)], async ({ model, requests }) => {
        const reply = await model.reply(REQUEST, new AbortController().signal);
        expect(reply).toMatchObject({ kind: 'failed', code, message: expect.stringMatching(/\w/) as unknown });
        expect(requests()).toBe(1);
      }),
    );

    test('sends nothing after an abort', () =>
      using([says('never')], async ({ model, requests }) => {
        const error = await rejection(model.reply(REQUEST, AbortSignal.abort()));
        expect(isAbort(error)).toBe(true);
        expect(requests()).toBe(0);
      }));

    test('ends at an abort, and so does its request', () =>
      using([hangs()], async ({ model, requests, pending }) => {
        const controller = new AbortController();
        const reply = rejection(model.reply(REQUEST, controller.signal));
        await until(() => requests() === 1);
        controller.abort();
        expect(isAbort(await reply)).toBe(true);
        await until(() => pending() === 0);
      }));

    test('answers many at once', () =>
      using(
        Array.from({ length: 100 }, () => says('yes')),
        async ({ model, pending }) => {
          const { signal } = new AbortController();
          const replies = await Promise.all(Array.from({ length: 100 }, () => model.reply(REQUEST, signal)));
          expect(replies.map((reply) => reply.kind)).toEqual(Array.from({ length: 100 }, () => 'replied'));
          await until(() => pending() === 0);
        },
      ));
  });
}

export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`expected a rejection, got ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}

/** Waits for what another process or socket has to notice first. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('it did not come to that within 5 s');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
