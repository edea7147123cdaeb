import { expect, test } from 'vitest';
import { FakeClock } from '../engine/clock.fake.ts';
import type { EventBody } from '../protocol/messages.ts';
import { Inbox, type PersonQuestion } from './inbox.ts';
import { Recorder } from './recorder.ts';

function questionOf(asked: Partial<PersonQuestion>, timeoutMs: number | undefined, attended = true) {
  const clock = new FakeClock();
  const events: EventBody[] = [];
  const append = (batch: readonly EventBody[]): void => void events.push(...batch);
  const recorder = new Recorder({ runId: 'r', lastSeq: 0, now: () => clock.now(), append, past: () => [] });
  const inbox = new Inbox({ recorder, runTime: clock, newId: () => 'q1', attended, allow: [] });
  const abort = new AbortController();
  const answer = inbox.question({ question: 'Which?', phase: null, ...asked }, timeoutMs, abort.signal);
  return { inbox, clock, events, abort, answer };
}

test('X04 a question takes one of its choices, and no answer that is none', async () => {
  const { inbox, answer, events, clock } = questionOf({ choices: ['a', 'b'] }, 1_000);
  expect(inbox.answer('q1', { allow: true })).toBe('That request is no longer open.');
  expect(inbox.answerQuestion('q1', 'c')).toBe('Answer with one of: a, b.');
  expect(inbox.answerQuestion('q2', 'a')).toBe('That question is no longer open.');
  expect(inbox.answerQuestion('q1', 'b')).toBeNull();
  expect(await answer).toEqual({ by: 'person', answer: 'b' });
  expect(inbox.answerQuestion('q1', 'a')).toBe('That question is no longer open.');
  expect(events.map(({ type }) => type)).toEqual(['question.asked', 'question.answered']);
  expect(events.at(-1)).toMatchObject({ answer: 'b', by: 'person' });
  expect(clock.sleeping).toBe(0);
});

test.each([
  { name: 'the default', asked: { default: 'a' }, becomes: 'a' },
  { name: 'nothing, where that is the default', asked: { default: null }, becomes: null },
  { name: 'no answer at all', asked: {}, becomes: undefined },
])('X04 nobody answers in time, or nobody is there: $name', async ({ asked, becomes }) => {
  const late = questionOf(asked, 5_000);
  await late.clock.runAll();
  expect(await late.answer).toEqual({ by: 'nobody', answer: becomes });
  const alone = questionOf(asked, undefined, false);
  expect(await alone.answer).toEqual({ by: 'nobody', answer: becomes });
  for (const { events } of [late, alone])
    expect(events.at(-1)).toMatchObject({ type: 'question.answered', answer: becomes ?? null, by: 'nobody' });
});

test('X04 without a time-out a person has all the time, until the run ends', async () => {
  const { answer, abort, clock } = questionOf({ default: 'a' }, undefined);
  expect(clock.sleeping).toBe(0);
  abort.abort();
  await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
});
