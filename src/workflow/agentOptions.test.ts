import { expect, test } from 'vitest';
import { parseAgentOptions } from './agentOptions.ts';

test.each([
  { options: { isolation: null }, words: "isolation: must be 'worktree'" },
  { options: { label: null }, words: 'label: must be a string' },
  { options: { model: '' }, words: 'model: must be a string that is not empty' },
  { options: { tools: [1, 2] }, words: 'tools: must be a list of strings' },
  { options: { maxTurns: 0 }, words: 'maxTurns: must be a whole number from 1' },
])('W28 a wrong option is refused in plain words: $words', ({ options, words }) => {
  expect(() => parseAgentOptions(options)).toThrow(new TypeError(`agent() options: ${words}`).message);
});
