import { expect, test } from 'vitest';
import { FakeClock } from '../engine/clock.fake.ts';
import type { EventBody } from '../protocol/messages.ts';
import { Inbox } from './inbox.ts';
import { Recorder } from './recorder.ts';

const REQUEST = { tool: 'Bash', access: 'execute', subject: 'make' } as const;

function inboxWith(attended: boolean) {
  const clock = new FakeClock();
  const events: EventBody[] = [];
  const append = (batch: readonly EventBody[]): void => void events.push(...batch);
  const recorder = new Recorder({ runId: 'r', lastSeq: 0, now: () => clock.now(), append });
  const inbox = new Inbox({ recorder, clock, newId: () => 'q1', attended });
  const abort = new AbortController();
  const answer = inbox.ask('a1', REQUEST, 'make', abort.signal);
  return { inbox, clock, events, abort, answer };
}

test.each([
  { allow: true, becomes: 'allow' },
  { allow: false, becomes: { deny: expect.stringContaining('denied') as string } },
])('a person answers: $allow', async ({ allow, becomes }) => {
  const { inbox, answer, events, clock } = inboxWith(true);
  expect(inbox.answer('q1', allow)).toBe(true);
  expect(await answer).toEqual(becomes);
  expect(events.at(-1)).toMatchObject({ type: 'permission.answered', allowed: allow, by: 'person' });
  expect(inbox.answer('q1', true)).toBe(false);
  expect(clock.sleeping).toBe(0);
});

test('nobody is there: denied at once', async () => {
  const { answer, events } = inboxWith(false);
  expect(await answer).toEqual({ deny: expect.stringContaining('Nobody') as string });
  expect(events.map(({ type }) => type)).toEqual(['permission.asked', 'permission.answered']);
});

test('nobody answers in time: denied, and the agent goes on', async () => {
  const { answer, clock, events, inbox } = inboxWith(true);
  await clock.runAll();
  expect(await answer).toEqual({ deny: expect.stringContaining('Nobody') as string });
  expect(events.at(-1)).toMatchObject({ allowed: false, by: 'nobody' });
  expect(inbox.answer('q1', true)).toBe(false);
});

test('abort ends the wait', async () => {
  const { answer, abort, clock } = inboxWith(true);
  abort.abort();
  await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
  expect(clock.sleeping).toBe(0);
});
