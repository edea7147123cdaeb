import { expect, test } from 'vitest';
import { parseAgentOptions, parseCheckOptions } from './agentOptions.ts';

test('W22 a label and a phase of megabytes are kept as their heads', () => {
  const long = 'x'.repeat(5_000_000);
  const { options } = parseAgentOptions({ label: long, phase: long });
  expect([options.label?.length, options.phase?.length]).toEqual([300, 300]);
  expect(parseCheckOptions({ label: long }).options.label).toMatch(/^x{299}…$/);
  expect(parseAgentOptions({ label: 'Read the log' }).options.label).toBe('Read the log');
});

test.each([
  { options: { isolation: null }, words: "isolation: must be 'worktree'" },
  { options: { label: null }, words: 'label: must be a string' },
  { options: { model: '' }, words: 'model: must be a string that is not empty' },
  { options: { tools: [1, 2] }, words: 'tools: must be a list of strings' },
  { options: { maxTurns: 0 }, words: 'maxTurns: must be a whole number from 1' },
])('W28 a wrong option is refused in plain words: $words', ({ options, words }) => {
  expect(() => parseAgentOptions(options)).toThrow(new TypeError(`agent() options: ${words}`).message);
});
