import { describe, expect, test } from 'vitest';
import { fold } from '../../src/projection/reduce.ts';
import { eventsOf, RUN_ID, SMALL_RUN } from '../../src/projection/runLog.fake.ts';
import { initialState, snapshotOf, type RunState } from '../../src/projection/state.ts';
import type { Event } from '../../src/protocol/messages.ts';
import type { HostMessage } from '../../src/protocol/wire.ts';
import { RunStore } from '../../webview/store.ts';

const EVENTS = eventsOf(SMALL_RUN);

function stateAfter(seq: number): RunState {
  return fold(initialState(RUN_ID), EVENTS.slice(0, seq));
}

function snapshot(seq: number): HostMessage<RunState> {
  return { type: 'snapshot', snapshot: snapshotOf(stateAfter(seq)), alive: true };
}

function batch(from: number, to: number, runId = RUN_ID): HostMessage<RunState> {
  const events: readonly Event[] = EVENTS.slice(from - 1, to);
  return { type: 'events', runId, events };
}

/** A store whose frames come when the test says so. */
function openStore() {
  const frames: (() => void)[] = [];
  let asked = 0;
  const store = new RunStore({ askSnapshot: () => (asked += 1), schedule: (publish) => frames.push(publish) });
  store.open();
  return {
    store,
    asked: () => asked,
    frame: () => frames.splice(0).map((publish) => publish()).length,
  };
}

describe('the mirror of a run', () => {
  test.each([
    { name: 'a snapshot is shown', messages: [snapshot(7)], shown: 7, asked: 1 },
    { name: 'events follow on it', messages: [snapshot(7), batch(8, 10), batch(11, 11)], shown: 11, asked: 1 },
    { name: 'what is known already does no harm', messages: [snapshot(7), batch(3, 9)], shown: 9, asked: 1 },
    { name: 'a gap asks, and nothing is patched over it', messages: [snapshot(7), batch(9, 10)], shown: 7, asked: 2 },
    {
      name: 'it asks once until it is answered',
      messages: [snapshot(7), batch(9, 9), batch(10, 11)],
      shown: 7,
      asked: 2,
    },
    {
      name: 'events that come before the answer wait for it',
      messages: [snapshot(7), batch(9, 9), batch(8, 8)],
      shown: 7,
      asked: 2,
    },
    {
      name: 'the answer heals it',
      messages: [snapshot(7), batch(9, 9), snapshot(9), batch(10, 12)],
      shown: 12,
      asked: 2,
    },
    { name: 'each gap asks anew', messages: [snapshot(2), batch(5, 5), snapshot(5), batch(8, 8)], shown: 5, asked: 3 },
    { name: 'another run asks', messages: [snapshot(7), batch(8, 9, 'run-2')], shown: 7, asked: 2 },
    { name: 'an empty batch is nothing', messages: [snapshot(7), batch(9, 8)], shown: 7, asked: 1 },
  ])('$name', ({ messages, shown, asked }) => {
    const opened = openStore();
    for (const message of messages) opened.store.accept(message);
    opened.frame();
    expect(opened.store.shown().state).toEqual(stateAfter(shown));
    expect(opened.asked()).toBe(asked);
  });

  test('before the first snapshot there is nothing to show, and events alone do not ask again', () => {
    const opened = openStore();
    opened.store.accept(batch(1, 3));
    expect(opened.frame()).toBe(0);
    expect(opened.store.shown().state).toBeNull();
    expect(opened.asked()).toBe(1);
  });

  test('a frame shows all that came since the one before, and tells once', () => {
    const opened = openStore();
    let told = 0;
    const stop = opened.store.subscribe(() => (told += 1));
    opened.store.accept(snapshot(3));
    for (let seq = 4; seq <= 20; seq += 1) opened.store.accept(batch(seq, seq));
    expect(opened.store.shown().state).toBeNull();
    expect(opened.frame()).toBe(1);
    expect([opened.store.shown().state?.seq, told]).toEqual([20, 1]);
    stop();
    opened.store.accept(batch(21, 21));
    opened.frame();
    expect(told).toBe(1);
  });

  test('between two frames nothing that is shown changes', () => {
    const opened = openStore();
    opened.store.accept(snapshot(3));
    opened.frame();
    const shown = opened.store.shown();
    opened.store.accept(batch(4, 5));
    expect(opened.store.shown()).toBe(shown);
  });

  test('the owner, a person’s decisions and the answer about an agent are kept beside the state', () => {
    const opened = openStore();
    const detail = { agentId: 'a1', prompt: 'Do it.', answer: null };
    const decisions = [{ type: 'restored', at: 1, change: 'a1' }] as const;
    const messages = [
      snapshot(7),
      { type: 'alive', alive: false },
      { type: 'answerable', answerable: true },
      { type: 'decisions', decisions },
      { type: 'agent', detail },
    ] as const;
    for (const message of messages) opened.store.accept(message);
    opened.frame();
    expect(opened.store.shown()).toEqual({ state: stateAfter(7), alive: false, answerable: true, decisions, detail });
  });
});
