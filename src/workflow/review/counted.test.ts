import { expect, test } from 'vitest';
import { counted } from './skeptics.ts';

const reproduction = { path: 't.js', content: 'x', command: 'node t.js' };

test.each([
  { verdict: 'upheld', kind: 'failed', counts: { verdict: 'upheld', reproduction } },
  { verdict: 'upheld', kind: 'passed', counts: { verdict: 'upheld' } },
  { verdict: 'upheld', kind: 'nothing', counts: { verdict: 'upheld' } },
  { verdict: 'refuted', kind: 'passed', counts: { verdict: 'refuted' } },
  { verdict: 'refuted', kind: 'nothing', counts: { verdict: 'refuted' } },
  { verdict: 'refuted', kind: 'failed', counts: { verdict: 'abstained' } },
  { verdict: 'abstained', kind: 'failed', counts: { verdict: 'abstained' } },
] as const)('X02 a vote $verdict whose test $kind', ({ verdict, kind, counts }) => {
  const shown = kind === 'nothing' ? { kind, note: 'Seen.' } : { kind, note: 'Seen.', reproduction };
  expect(counted({ verdict, reason: 'So.' }, shown)).toEqual({ ...counts, reason: 'So. (Seen.)' });
});
