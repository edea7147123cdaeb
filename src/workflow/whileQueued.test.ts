import { expect, test } from 'vitest';
import { FakeClock } from '../engine/clock.fake.ts';
import type { EventBody } from '../protocol/messages.ts';
import { AgentLife } from './agentLife.ts';
import { whileQueued } from './whileQueued.ts';

const MINUTE = 60_000;
const { signal } = new AbortController();

function stage() {
  const clock = new FakeClock();
  const events: EventBody[] = [];
  const parent = new AgentLife({ agentId: 'a1', phase: null, signal });
  const life = new AgentLife({ agentId: 'a2', phase: null, signal: parent.signal, parent });
  const onQueued = whileQueued(
    { deps: { clock }, pause: { runTime: clock }, recorder: { emit: (event) => events.push(event) } },
    life,
  );
  const turn = Promise.withResolvers<null>();
  return { clock, events, parent, life, begin: () => turn.resolve(null), wait: () => onQueued(turn.promise) };
}

const says = (on: 'machine' | null): EventBody => ({ type: 'agent.waiting', agentId: 'a2', on, message: '' });

test('W37 the clock of an agent stands while its command waits for those of others, and so does that of its parent', async () => {
  const { clock, events, parent, life, wait, begin } = stage();
  const limits = [life, parent].map((each) => each.limitTo(30 * MINUTE, clock));
  wait();
  await clock.advance(45 * MINUTE);
  expect(events).toEqual([says('machine')]);
  begin();
  await clock.advance(29 * MINUTE);
  expect(events).toEqual([says('machine'), says(null)]);
  expect([life.verdict, parent.verdict]).toEqual([null, null]);
  await clock.advance(MINUTE);
  await Promise.all(limits);
  expect([life.verdict, parent.verdict]).toMatchObject([{ cause: 'timeout' }, { cause: 'timeout' }]);
  expect(clock.sleeping).toBe(0);
});

test('a wait that does not last is not told', async () => {
  const { clock, events, wait, begin } = stage();
  wait();
  await clock.advance(999);
  begin();
  await clock.advance(MINUTE);
  expect([events, clock.sleeping]).toEqual([[], 0]);
});

test('nothing is said of an agent that has ended while it waited', async () => {
  const { clock, events, life, wait, begin } = stage();
  wait();
  await clock.advance(MINUTE);
  life.end({ kind: 'null', cause: 'stopped', message: 'stopped' });
  begin();
  await clock.advance(MINUTE);
  expect([events, clock.sleeping]).toEqual([[says('machine')], 0]);
});
