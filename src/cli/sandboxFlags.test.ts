import { expect, test } from 'vitest';
import { sandboxFrom } from './sandboxFlags.ts';

test.each([
  { values: {}, settings: { mode: 'auto', allowedDomains: [], withoutAsking: false } },
  {
    values: { sandbox: 'required', 'allow-domain': ['a.example', 'b.example'] },
    settings: { mode: 'required', allowedDomains: ['a.example', 'b.example'], withoutAsking: false },
  },
])('$values confine as $settings', ({ values, settings }) => expect(sandboxFrom(values)).toEqual(settings));

test('a word that is no mode is refused', () => {
  expect(() => sandboxFrom({ sandbox: 'on' })).toThrow('--sandbox is one of auto, required, off, not "on".');
});
