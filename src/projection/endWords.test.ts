import { expect, test } from 'vitest';
import type { Census, RunEnd } from '../protocol/run.ts';
import { endWords } from './endWords.ts';

const census: Census = { agents: { done: 2, fromJournal: 0, null: { api: 1 }, threw: 0, abandoned: 0 } };
const COUNTED = '· 3 agents: 2 done, 1 null (1 api)';
const failure = { cause: 'api', message: 'm' } as const;

test.each<{ name: string; end: RunEnd; text: string; more: boolean }>([
  {
    name: 'a text is said',
    end: { status: 'completed', result: 'All\n is well.', failures: [] },
    text: `has completed. All is well. ${COUNTED}`,
    more: false,
  },
  {
    name: 'a result has a message',
    end: { status: 'degraded', result: { message: 'Mostly.', list: [1] }, failures: [failure] },
    text: `has ended with 1 failure. Mostly. ${COUNTED}`,
    more: true,
  },
  {
    name: 'an entry stands for several failures',
    end: { status: 'degraded', result: 'Some.', failures: [failure, { ...failure, label: 'l', times: 12 }] },
    text: `has ended with 13 failures. Some. ${COUNTED}`,
    more: false,
  },
  {
    name: 'a result that says nothing for itself',
    end: { status: 'completed', result: [1], failures: [] },
    text: `has completed. ${COUNTED}`,
    more: true,
  },
  {
    name: 'no result',
    end: { status: 'completed', result: null, failures: [] },
    text: `has completed. ${COUNTED}`,
    more: false,
  },
  {
    name: 'a long text',
    end: { status: 'completed', result: 'x'.repeat(81_234), failures: [] },
    text: `has completed. ${'x'.repeat(300)}… (First 300 of 81234 characters; all of it: /run/result.json) ${COUNTED}`,
    more: true,
  },
  {
    name: 'a stop',
    end: {
      status: 'stopped',
      reason: 'budget',
      message: 'The cap is reached.\nat x',
      result: { finished: [] },
      failures: [],
    },
    text: `was stopped: The cap is reached. ${COUNTED}`,
    more: false,
  },
])(
  'W40 W23 a notification tells how it ended, the census, and the result or where it is: $name',
  ({ end, text, more }) => {
    expect(endWords(end, census, '/run/result.json')).toEqual({ text, more });
  },
);

test('W40 an older run has no census', () => {
  expect(endWords({ status: 'completed', result: 'ok', failures: [] }, null, '/r').text).toBe('has completed. ok');
});
