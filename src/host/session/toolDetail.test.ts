import { expect, test } from 'vitest';
import type { Message } from '../../protocol/conversation.ts';
import { detailIn } from './toolDetail.ts';

const call = (id: string, input: unknown): Message => ({
  role: 'assistant',
  content: [{ type: 'tool_use', id, name: 'Bash', input }],
});
const result = (toolUseId: string, content: string): Message => ({
  role: 'user',
  content: [{ type: 'tool_result', toolUseId, content, isError: false }],
});

test.each<{ name: string; messages: readonly Message[]; detail: unknown }>([
  {
    name: 'a call and what came back, field by field',
    messages: [call('c1', { command: 'ls\npwd', timeout: 5, env: { A: 1 } }), result('c1', 'a.ts')],
    detail: { callId: 'c1', input: 'command: ls\npwd\ntimeout: 5\nenv: {\n  "A": 1\n}', result: 'a.ts' },
  },
  { name: 'one under way', messages: [call('c1', { a: 'b' })], detail: { callId: 'c1', input: 'a: b', result: null } },
  {
    name: 'hostile input of no shape at all',
    messages: [call('c1', [1])],
    detail: { callId: 'c1', input: '[\n  1\n]', result: null },
  },
  {
    name: 'the last of that id',
    messages: [call('c1', { a: 'old' }), result('c1', 'old'), call('c1', { a: 'new' }), result('c1', 'new')],
    detail: { callId: 'c1', input: 'a: new', result: 'new' },
  },
  { name: 'none of that id', messages: [call('c2', {})], detail: null },
])('$name', ({ messages, detail }) => {
  expect(detailIn(messages, 'c1')).toEqual(detail);
});

test('what is too long is cut, which shows', () => {
  const detail = detailIn([call('c1', { a: 'x'.repeat(50_000) }), result('c1', 'y'.repeat(50_000))], 'c1');
  expect([detail?.input.length, detail?.result?.length]).toEqual([20_000, 20_000]);
  expect(detail?.result?.endsWith('…')).toBe(true);
});
