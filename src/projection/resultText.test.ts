import { describe, expect, test } from 'vitest';
import { censusText } from './census.ts';
import { headOf, resultText } from '../protocol/resultText.ts';

describe('W40 a result is never cut without its path and size', () => {
  test.each([
    { name: 'fits', text: 'abcd', max: 4, head: { text: 'abcd', note: null } },
    {
      name: 'is too long',
      text: 'abcde',
      max: 4,
      head: { text: 'abcd', note: 'First 4 of 5 characters; all of it: /r' },
    },
    {
      name: 'would be cut within a character',
      text: 'abc🌱',
      max: 4,
      head: { text: 'abc', note: 'First 3 of 5 characters; all of it: /r' },
    },
  ])('$name', ({ text, max, head }) => expect(headOf(text, max, '/r')).toEqual(head));

  test('a text as it is, all else as JSON', () => {
    expect([resultText('a\nb'), resultText({ a: 1 }), resultText(null)]).toEqual(['a\nb', '{\n  "a": 1\n}', 'null']);
  });
});

const nobody = { done: 0, fromJournal: 0, null: {}, threw: 0, abandoned: 0 };

test.each([
  { census: { agents: nobody }, text: '' },
  { census: { agents: { ...nobody, done: 1 } }, text: '1 agent: 1 done' },
  {
    census: { agents: { done: 988, fromJournal: 312, null: { timeout: 6, api: 3 }, threw: 1, abandoned: 2 } },
    text: '1000 agents: 988 done (312 from the journal), 9 null (6 timeout, 3 api), 1 threw, 2 abandoned',
  },
  {
    census: { agents: { ...nobody, done: 2 }, units: { done: 48, failed: 1, unvisited: 1 } },
    text: '2 agents: 2 done; 50 units: 48 done, 1 failed, 1 unvisited',
  },
  {
    census: { agents: { ...nobody, done: 50 }, refused: 250, units: { done: 50, failed: 250, unvisited: 0 } },
    text: '50 agents: 50 done; 250 calls refused by a cap; 300 units: 50 done, 250 failed',
  },
  { census: { agents: nobody, refused: 1 }, text: '1 call refused by a cap' },
  { census: { agents: nobody, units: { done: 1, failed: 0, unvisited: 0 } }, text: '1 unit: 1 done' },
])('W23 a census in words: $text', ({ census, text }) => expect(censusText(census)).toBe(text));
