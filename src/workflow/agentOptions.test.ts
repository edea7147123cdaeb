import { expect, test } from 'vitest';
import { parseAgentOptions, parseAskOptions, parseChangeOptions, parseCheckOptions } from './agentOptions.ts';

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
  { options: { caps: 5 }, words: 'caps: must be an object' },
  { options: { caps: { tokens: 5 } }, words: 'caps: may have outputTokens and usd, nothing else' },
  { options: { caps: { outputTokens: 1.5 } }, words: 'caps.outputTokens: must be a whole number' },
  { options: { caps: { usd: 0 } }, words: 'caps.usd: must be more than 0' },
  { options: { base: 5 }, words: 'base: must be a commit, a branch, or an earlier change' },
])('W28 a wrong option is refused in plain words: $words', ({ options, words }) => {
  expect(() => parseAgentOptions(options)).toThrow(new TypeError(`agent() options: ${words}`).message);
});

test('X01 too many paths, and tests of another form, are refused in plain words', () => {
  const paths = new Array<string>(101).fill('src/**');
  const tests = [{ path: 'a.js', command: '' }];
  const words = 'paths: must have at most 100 items; tests.0.content: is missing; tests.0.command: must not be empty';
  expect(() => parseChangeOptions({ paths, tests })).toThrow(new TypeError(`change() options: ${words}`).message);
});

test('X04 a default that is no text is refused in plain words', () => {
  expect(() => parseAskOptions({ default: true })).toThrow('ask() options: default: must be a string');
});
