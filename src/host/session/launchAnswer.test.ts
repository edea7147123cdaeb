import { expect, test } from 'vitest';
import { launchAnswer } from './launchAnswer.ts';

test.each([
  { argument: { requestId: 'r1', answer: 'start' }, parsed: { requestId: 'r1', answer: 'start' } },
  { argument: { requestId: 'r1', answer: 'script', more: 1 }, parsed: { requestId: 'r1', answer: 'script' } },
  { argument: { requestId: 'r1', answer: 'always' }, parsed: null },
  { argument: { requestId: 7, answer: 'refuse' }, parsed: null },
  { argument: { answer: 'refuse' }, parsed: null },
  { argument: 'start', parsed: null },
  { argument: undefined, parsed: null },
])('$argument is an answer or none', ({ argument, parsed }) => {
  expect(launchAnswer(argument)).toEqual(parsed);
});
