import { describe, expect, test } from 'vitest';
import { eventsOf, RUN_ID } from '../../src/projection/runLog.fake.ts';
import { foldSession, initialSession } from '../../src/projection/session.ts';
import { asked, begun, opened, said } from '../../src/projection/sessionLog.fake.ts';
import { SessionStore, type SessionIn } from '../../webview/session/store.ts';

const EVENTS = eventsOf([
  ...[...opened(), asked('t1', 'one'), begun('t1'), said('t1', 'first')],
  { type: 'agent.retried', agentId: 'main', message: 'rate limit', delayMs: 1 },
  { type: 'agent.retried', agentId: 'a2', message: 'rate limit', delayMs: 1 },
]);

function snapshot(seq: number, streamed = ''): SessionIn {
  const state = foldSession(initialSession(RUN_ID), EVENTS.slice(0, seq));
  return { type: 'snapshot', snapshot: { runId: RUN_ID, seq, state }, streamed };
}

function batch(from: number, to: number, runId = RUN_ID): SessionIn {
  return { type: 'events', runId, events: EVENTS.slice(from - 1, to) };
}

const delta = (text: string): SessionIn => ({ type: 'delta', text });

describe('the mirror of a session', () => {
  test.each([
    {
      name: 'a snapshot is shown, with the reply so far',
      messages: [snapshot(4, 'It')],
      seq: 4,
      streamed: 'It',
      asked: 1,
    },
    {
      name: 'pieces go on from it',
      messages: [snapshot(4, 'It'), delta(' is'), delta('.')],
      seq: 4,
      streamed: 'It is.',
      asked: 1,
    },
    {
      name: 'once it is said they are gone',
      messages: [snapshot(4, 'It'), batch(5, 5)],
      seq: 5,
      streamed: '',
      asked: 1,
    },
    {
      name: 'told again, it takes nothing away',
      messages: [snapshot(5, 'It'), batch(5, 5)],
      seq: 5,
      streamed: 'It',
      asked: 1,
    },
    {
      name: 'asked for anew they are gone',
      messages: [snapshot(5, 'It'), batch(6, 6)],
      seq: 6,
      streamed: '',
      asked: 1,
    },
    {
      name: 'that of another agent is not',
      messages: [snapshot(6, 'It'), batch(7, 7)],
      seq: 7,
      streamed: 'It',
      asked: 1,
    },
    {
      name: 'a gap asks, and no piece counts until it is answered',
      messages: [snapshot(3), batch(5, 5), delta('x')],
      seq: 3,
      streamed: '',
      asked: 2,
    },
    {
      name: 'events of another session ask',
      messages: [snapshot(4), batch(5, 5, 'other')],
      seq: 4,
      streamed: '',
      asked: 2,
    },
  ])('$name', ({ messages, seq, streamed, asked: times }) => {
    let snapshots = 0;
    const store = new SessionStore({ askSnapshot: () => (snapshots += 1), schedule: (publish) => publish() });
    store.open();
    for (const message of messages) store.accept(message);
    expect(store.shown()).toMatchObject({ state: { seq }, streamed });
    expect(snapshots).toBe(times);
  });
});
