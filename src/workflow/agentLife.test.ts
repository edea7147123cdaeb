import { describe, expect, test } from 'vitest';
import { FakeClock } from '../engine/clock.fake.ts';
import type { EventBody } from '../protocol/messages.ts';
import { AbortError } from '../base/abort.ts';
import { AgentLife, LiveAgents, type Verdict } from './agentLife.ts';
import { Pause } from './pause.ts';
import { Pool } from './pool.ts';

const MINUTE = 60_000;

/** From and to, in minutes of the clock. */
type Minutes = readonly [number, number];

function lifeOf(phase: string | null = null, agentId = 'a1'): AgentLife {
  return new AgentLife({ agentId, phase, signal: new AbortController().signal });
}

function pauseOf(clock = new FakeClock()) {
  const events: EventBody[] = [];
  const changes: boolean[] = [];
  const abort = new AbortController();
  const pause = new Pause({
    clock,
    emit: (event) => events.push(event),
    onChange: (paused) => changes.push(paused),
    signal: abort.signal,
  });
  return { pause, events, changes, clock, abort };
}

describe('the life of an agent', () => {
  test('W37 a child that is stopped while it waits gives its parent the place back, before the parent works on', async () => {
    const [clock, pool] = [new FakeClock(), new Pool(1)];
    const parent = lifeOf();
    const child = new AgentLife({ agentId: 'a2', phase: null, signal: parent.signal, parent });
    const running = pool.run(parent.signal, async (slot) => {
      parent.takes(slot);
      await child.lending(clock, child.signal, () => clock.sleep(MINUTE, child.signal)).catch(() => undefined);
      return [pool.running, pool.lent];
    });
    await clock.advance(0);
    expect([pool.running, pool.lent]).toEqual([0, 1]);
    child.end({ kind: 'null', cause: 'stopped', message: 'stopped' });
    expect(await running).toEqual([1, 0]);
  });

  test.each<{ verdict: Verdict; counts: boolean }>([
    { verdict: { kind: 'restart' }, counts: true },
    { verdict: { kind: 'null', cause: 'skipped', message: 'skipped' }, counts: true },
    { verdict: { kind: 'null', cause: 'stopped', message: 'the phase is finished', givesWay: true }, counts: false },
    { verdict: { kind: 'null', cause: 'timeout', message: 'too long' }, counts: false },
  ])(
    'W46 an answer that comes all the same counts, but not against a word about this agent: $verdict',
    ({ verdict, counts }) => {
      const ended = lifeOf();
      expect(ended.end(verdict)).toBe(true);
      if (counts) expect(() => ended.settle()).toThrow(AbortError);
      else expect(() => ended.settle()).not.toThrow();
      const settled = lifeOf();
      settled.settle();
      expect([settled.end(verdict), settled.tell('too late'), settled.signal.aborted]).toEqual([false, false, false]);
    },
  );

  test('X06 it ends when its time is over', async () => {
    const [clock, life] = [new FakeClock(), lifeOf()];
    const limit = life.limitTo(30 * MINUTE, clock);
    await clock.advance(29 * MINUTE);
    expect(life.signal.aborted).toBe(false);
    await clock.advance(MINUTE);
    await limit;
    expect(life.verdict).toMatchObject({
      kind: 'null',
      cause: 'timeout',
      message: expect.stringContaining('30 minutes') as unknown,
    });
  });

  test.each<{ name: string; waits: Minutes; pause: Minutes; ends: number }>([
    { name: 'a wait that is not its own and a pause of the run', waits: [0, 8], pause: [16, 19], ends: 21 },
    { name: 'a wait as long as the pause', waits: [0, 300], pause: [0, 300], ends: 310 },
    { name: 'a wait into which a pause falls', waits: [1, 9], pause: [3, 5], ends: 18 },
    { name: 'a pause into which a wait falls', waits: [3, 5], pause: [1, 9], ends: 18 },
    { name: 'a wait that a pause outlasts', waits: [0, 8], pause: [5, 12], ends: 22 },
  ])('X06 of its time nothing counts, and nothing twice: $name', async ({ waits, pause: paused, ends }) => {
    const { pause, clock } = pauseOf();
    const life = lifeOf();
    const limit = life.limitTo(10 * MINUTE, pause.runTime);
    const during = async ([from, to]: Minutes, begin: (ms: number) => unknown): Promise<void> => {
      await clock.sleep(from * MINUTE, life.signal);
      await begin((to - from) * MINUTE);
    };
    void during(waits, (ms) => life.waiting(pause.runTime, () => clock.sleep(ms, life.signal)));
    void during(paused, (ms) => pause.begin('quota', 'no more', clock.now() + ms));
    await clock.advance((ends - 1) * MINUTE);
    expect(life.signal.aborted).toBe(false);
    await clock.advance(MINUTE);
    expect(life.verdict).toMatchObject({ cause: 'timeout' });
    await limit;
  });

  test('W46 what it was told and had not heard is told to it when it begins anew', () => {
    const life = lifeOf();
    expect([life.tell('one'), life.tell('two')]).toEqual([true, true]);
    life.end({ kind: 'restart' });
    expect(life.tell('three')).toBe(true);
    const { signal } = new AbortController();
    const next = new AgentLife({ agentId: 'a1', phase: null, said: life.heard(), signal });
    next.tell('four');
    expect([next.heard(), next.heard()]).toEqual([['one', 'two', 'three', 'four'], []]);
  });

  test.each([
    { name: 'that has answered', ends: (life: AgentLife) => life.deafen() },
    {
      name: 'that was stopped',
      ends: (life: AgentLife) => life.end({ kind: 'null', cause: 'stopped', message: 'stopped' }),
    },
  ])('W46 one $name is told nothing more', ({ ends }) => {
    const life = lifeOf();
    ends(life);
    expect([life.tell('too late'), life.heard()]).toEqual([false, []]);
  });

  test('W46 the first verdict counts, and none does after its end', () => {
    const stopped = { kind: 'null', cause: 'stopped', message: 'stopped' } as const;
    const life = lifeOf();
    expect(life.end(stopped)).toBe(true);
    expect([life.end({ kind: 'restart' }), life.end({ ...stopped, message: 'late' })]).toEqual([false, false]);
    expect(life.verdict).toEqual(stopped);
    const ended = lifeOf();
    ended.dispose();
    expect(ended.end({ kind: 'restart' })).toBe(false);
    expect(ended.verdict).toBeNull();
  });

  test('W46 one that is about to begin anew can still be ended', () => {
    const stopped = { kind: 'null', cause: 'stopped', message: 'stopped' } as const;
    const life = lifeOf();
    expect([life.end({ kind: 'restart' }), life.end({ kind: 'restart' }), life.end(stopped)]).toEqual([
      true,
      false,
      true,
    ]);
    expect(life.verdict).toEqual(stopped);
    expect(life.tell('too late')).toBe(false);
  });

  test('its clock ends with it', async () => {
    const [clock, life] = [new FakeClock(), lifeOf()];
    const limit = life.limitTo(MINUTE, clock);
    life.dispose();
    await limit;
    expect([clock.sleeping, life.verdict]).toEqual([0, null]);
  });

  test('W46 what is said to it is heard once', () => {
    const life = lifeOf();
    life.tell('one');
    life.tell('two');
    expect([life.heard(), life.heard()]).toEqual([['one', 'two'], []]);
  });

  test('W46 a phase knows its own, until they are over', () => {
    const agents = new LiveAgents();
    const start = { history: [], signal: new AbortController().signal };
    const [one, two] = [
      agents.begin({ agentId: 'a1', phase: 'Find', ...start }),
      agents.begin({ agentId: 'a2', phase: null, ...start }),
    ];
    expect([agents.inPhase('Find'), agents.inPhase(null)]).toEqual([[one], [two]]);
    agents.over(one);
    expect([agents.inPhase('Find'), agents.get('a1')]).toEqual([[], undefined]);
  });

  test('X06 a group is left with all that is nested in it, now and later, and with nothing else', () => {
    const agents = new LiveAgents();
    const begin = (agentId: string, id: number, item: number): AgentLife => {
      const start = { phase: null, signal: new AbortController().signal };
      return agents.begin({ agentId, ...start, group: { id, kind: 'parallel', item } });
    };
    agents.nest(2, { id: 1, item: 7 });
    agents.nest(3, { id: 2, item: 0 });
    const [own, deep, other] = [begin('a1', 1, 5), begin('a2', 3, 1), begin('a3', 4, 0)];
    const listed = [
      { agentId: 'a1', item: 5 },
      { agentId: 'a2', item: 7 },
    ];
    expect(agents.leaveGroup(1, 'left')).toEqual(listed);
    const later = begin('a4', 2, 0);
    expect([own, deep, later].map(({ verdict }) => verdict)).toMatchObject(Array(3).fill({ cause: 'timeout' }));
    expect(other.verdict).toBeNull();
    expect(agents.leaveGroup(2, 'left again')).toEqual([]);
  });
});

describe('a pause', () => {
  test('W46 whoever asks waits until it is over', async () => {
    const { pause, events, changes } = pauseOf();
    await pause.opened(new AbortController().signal);
    pause.begin('person', 'wait');
    let open = false;
    const waiting = pause.opened(new AbortController().signal).then(() => (open = true));
    await Promise.resolve();
    expect(open).toBe(false);
    expect(pause.end()).toBe(true);
    await waiting;
    expect(events.map((event) => event.type)).toEqual(['run.paused', 'run.continued']);
    expect(changes).toEqual([true, false]);
    expect(pause.end()).toBe(false);
  });

  test('X07 one until a time goes on by itself then, and a later time puts that off', async () => {
    const { pause, events, clock } = pauseOf();
    pause.begin('quota', 'no more', clock.now() + 5 * MINUTE);
    pause.begin('quota', 'no more', clock.now() + 4 * MINUTE);
    pause.begin('quota', 'no more', clock.now() + 9 * MINUTE);
    await clock.advance(8 * MINUTE);
    expect(pause.paused).toBe(true);
    await clock.advance(MINUTE);
    expect([pause.paused, pause.pausedMs()]).toEqual([false, 9 * MINUTE]);
    expect(events.map((event) => event.type)).toEqual(['run.paused', 'run.paused', 'run.continued']);
    expect(clock.sleeping).toBe(0);
  });

  test('it goes on when its last reason is gone', () => {
    const { pause, events, changes, clock } = pauseOf();
    pause.begin('person', 'wait');
    pause.begin('quota', 'no more', clock.now() + MINUTE);
    pause.end('quota');
    expect([pause.paused, changes]).toEqual([true, [true]]);
    expect(events.at(-1)).toMatchObject({ type: 'run.paused', reason: 'person' });
    pause.end('person');
    expect(changes).toEqual([true, false]);
  });

  test('the run has a time of its own, which stands as long as it does', async () => {
    const { pause, clock, abort } = pauseOf();
    const began = pause.runTime.now();
    let woke = false;
    const sleeping = pause.runTime.sleep(3 * MINUTE, abort.signal).then(() => (woke = true));
    await clock.advance(MINUTE);
    pause.begin('person', 'wait');
    await clock.advance(300 * MINUTE);
    expect([woke, pause.runTime.now() - began, clock.sleeping]).toEqual([false, MINUTE, 0]);
    pause.end();
    await clock.advance(2 * MINUTE - 1);
    expect(woke).toBe(false);
    await clock.advance(1);
    await sleeping;
  });

  test('who waits leaves with an abort, and its alarm with the run', async () => {
    const { pause, clock, abort } = pauseOf();
    pause.begin('quota', 'no more', clock.now() + MINUTE);
    const leaving = new AbortController();
    const waiting = pause.opened(leaving.signal);
    leaving.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    await expect(pause.opened(leaving.signal)).rejects.toMatchObject({ name: 'AbortError' });
    abort.abort();
    await clock.advance(0);
    expect(clock.sleeping).toBe(0);
  });
});
