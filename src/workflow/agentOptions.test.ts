import { expect, test } from 'vitest';
import { parseAgentOptions, parseCheckOptions } from './agentOptions.ts';

test('W22 a label and a phase of megabytes are kept as their heads', () => {
  const long = 'x'.repeat(5_000_000);
  const { options } = parseAgentOptions({ label: long, phase: long });
  expect([options.label?.length, options.phase?.length]).toEqual([300, 300]);
  expect(parseCheckOptions({ label: long }).options.label).toMatch(/^x{299}…$/);
  expect(parseAgentOptions({ label: 'Read the log' }).options.label).toBe('Read the log');
});
