import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EventBody } from '../protocol/messages.ts';
import { ended, eventsOf, started } from './runLog.fake.ts';
import {
  closedSession,
  foldSession,
  initialSession,
  isBusy,
  promptsOf,
  type SessionState,
  type Turn,
} from './session.ts';
import * as log from './sessionLog.fake.ts';

const { asked, begun, launched, opened, over, said, told, toolEnded, toolStarted } = log;

function stateOf(...bodies: readonly EventBody[]): SessionState {
  return foldSession(initialSession('s'), eventsOf([...opened(), ...bodies]));
}

function turns({ entries }: SessionState): readonly Turn[] {
  return entries.filter((entry): entry is Turn => entry.kind === 'turn');
}

const plain = (text: string) => ({ kind: 'told', text, tone: 'plain' });

describe('turns of a session', () => {
  test.each<{ name: string; bodies: readonly EventBody[]; shown: readonly unknown[] }>([
    {
      name: 'one waits for the one before it',
      bodies: [asked('t1', 'one'), begun('t1'), asked('t2', 'two')],
      shown: [
        { text: 'one', by: 'person', status: 'working', end: null },
        { text: 'two', status: 'waiting', items: [] },
      ],
    },
    {
      name: 'what is said, done and told in one stands in order',
      bodies: [
        ...[asked('t1', 'one'), begun('t1'), said('t1', 'first'), toolStarted('c1', 'Bash', 'ls')],
        ...[told('the cost'), toolEnded('c1', false, 5), launched('r1'), said('t1', 'last')],
        over('t1', { kind: 'done', text: 'last' }),
      ],
      shown: [
        {
          status: 'ended',
          items: [
            { kind: 'said', text: 'first' },
            { kind: 'tool', callId: 'c1', tool: 'Bash', summary: 'ls', ok: false, ms: 5 },
            plain('the cost'),
            { kind: 'run', runId: 'r1' },
            { kind: 'said', text: 'last' },
          ],
          end: { kind: 'done', text: 'last' },
        },
      ],
    },
    {
      name: 'between turns it stands between them',
      bodies: [told('hello'), asked('t1', 'one'), begun('t1'), over('t1'), launched('r1')],
      shown: [plain('hello'), { kind: 'turn', text: 'one' }, { kind: 'run', runId: 'r1' }],
    },
    {
      name: 'a call that its turn cut off has failed',
      bodies: [asked('t1', 'one'), begun('t1'), toolStarted('c1', 'Bash', 'ls'), over('t1', { kind: 'interrupted' })],
      shown: [{ items: [{ callId: 'c1', ok: false, ms: null }], end: { kind: 'interrupted' } }],
    },
    {
      name: "calls of agents that it has started are not the session's own",
      bodies: [asked('t1', 'one'), begun('t1'), toolStarted('c1', 'Bash', 'ls', 'a2')],
      shown: [{ items: [] }],
    },
    {
      name: 'what its process took with it was interrupted',
      bodies: [asked('t1', 'one'), begun('t1'), asked('t2', 'two'), ...opened(2), asked('t3', 'three')],
      shown: [
        { status: 'ended', end: { kind: 'interrupted' } },
        { status: 'ended', end: { kind: 'interrupted' } },
        { status: 'waiting' },
      ],
    },
    {
      name: 'warnings and what was refused are told, the rest of the log is not',
      bodies: [
        { type: 'logged', level: 'info', message: 'fine' },
        { type: 'logged', level: 'warning', message: 'careful' },
        { type: 'refused', commandId: 'c', error: 'Nothing is under way.' },
      ],
      shown: [
        { kind: 'told', text: 'careful', tone: 'warning' },
        { kind: 'told', text: 'Nothing is under way.', tone: 'warning' },
      ],
    },
  ])('$name', ({ bodies, shown }) => {
    const { entries } = stateOf(...bodies);
    expect(entries).toMatchObject(shown);
    expect(entries).toHaveLength(shown.length);
  });

  test('a session is busy while one works or waits', () => {
    const steps = [asked('t1', 'one'), begun('t1'), asked('t2', 'two'), over('t1'), begun('t2'), over('t2')];
    const busy = steps.map((_, at) => isBusy(stateOf(...steps.slice(0, at + 1))));
    expect(busy).toEqual([true, true, true, true, true, false]);
  });

  test('one that nobody has open is not busy and asks nothing, whatever its log still says', () => {
    const left = stateOf(asked('t1', 'one'), begun('t1'), log.permission('p1', []), asked('t2', 'two'));
    expect(isBusy(left)).toBe(true);
    const closed = closedSession(left);
    expect(isBusy(closed)).toBe(false);
    expect(closed).toMatchObject({ open: false, working: null, questions: [] });
    expect(turns(closed).map(({ end }) => end)).toEqual([{ kind: 'interrupted' }, { kind: 'interrupted' }]);
    expect(closedSession(closed)).toBe(closed);
  });

  test('only what a person has asked is a prompt of theirs', () => {
    const state = stateOf(asked('t1', 'one'), asked('t2', 'look: completed', 'run'), asked('t3', 'two'));
    expect(promptsOf(state)).toEqual(['one', 'two']);
    expect(turns(state).map(({ by }) => by)).toEqual(['person', 'run', 'person']);
  });
});

describe('what holds in a session', () => {
  const LOOP = { loopId: 'l1', text: '/triage', everyMs: 60_000, until: 1 };

  test('a run stands as the session has last heard; launched again it is one run with two cards', () => {
    const run = { runId: 'r1', workflowName: 'look', title: 'Looking for dead code', runDir: '/runs/r1' };
    expect(stateOf(launched('r1')).runs).toEqual([{ ...run, status: 'running' }]);
    const degraded: EventBody = { type: 'workflow.ended', launchedRunId: 'r1', status: 'degraded' };
    expect(stateOf(launched('r1'), degraded).runs).toEqual([{ ...run, status: 'degraded' }]);
    const again = stateOf(launched('r1'), degraded, launched('r1'));
    expect(again.runs).toEqual([{ ...run, status: 'running' }]);
    expect(again.entries).toHaveLength(2);
  });

  test.each<{ name: string; bodies: readonly EventBody[]; holds: Partial<SessionState> }>([
    {
      name: 'settings',
      bodies: [{ type: 'session.changed', settings: { effort: 'high' } }],
      holds: { settings: { effort: 'high' } },
    },
    {
      name: 'a goal',
      bodies: [{ type: 'goal.set', goal: { condition: 'all green' } }],
      holds: { goal: { condition: 'all green' } },
    },
    {
      name: 'a goal that was met, which is told',
      bodies: [
        { type: 'goal.set', goal: { condition: 'all green' } },
        { type: 'goal.ended', how: 'met', why: 'all pass' },
      ],
      holds: { goal: null, entries: [{ kind: 'told', text: 'The goal is met: all pass', tone: 'plain', seq: 4 }] },
    },
    {
      name: 'a goal that was cleared, which was answered',
      bodies: [
        { type: 'goal.set', goal: { condition: 'all green' } },
        { type: 'goal.ended', how: 'cleared', why: 'by the person' },
      ],
      holds: { goal: null, entries: [] },
    },
    { name: 'a loop', bodies: [{ type: 'loop.set', loop: LOOP }], holds: { loops: [LOOP] } },
    {
      name: 'a loop and a goal, also in the next opening, for which settings do not count',
      bodies: [
        { type: 'loop.set', loop: LOOP },
        { type: 'session.changed', settings: { effort: 'high' } },
        { type: 'goal.set', goal: { condition: 'all green' } },
        ...opened(2),
      ],
      holds: { loops: [LOOP], settings: {}, goal: { condition: 'all green' } },
    },
    {
      name: 'a loop that has ended',
      bodies: [
        { type: 'loop.set', loop: LOOP },
        { type: 'loop.ended', loopId: 'l1', how: 'goal' },
      ],
      holds: { loops: [] },
    },
    { name: 'questions', bodies: [log.permission('p1'), log.question('q1')], holds: { labels: { main: 'Session' } } },
    {
      name: 'nothing once it is closed',
      bodies: [log.permission('p1'), ended()],
      holds: { open: false, questions: [] },
    },
  ])('$name', ({ bodies, holds }) => {
    expect(stateOf(...bodies)).toMatchObject(holds);
  });

  test('a question is open until it is answered', () => {
    const open = stateOf(log.permission('p1', ['Bash(npm test)']), log.question('q1'));
    expect(open.questions).toMatchObject([{ requestId: 'p1', agentId: 'main', rules: ['Bash(npm test)'] }]);
    expect(open.asked).toMatchObject([{ requestId: 'q1', choices: ['left', 'right'] }]);
    const answered = stateOf(
      ...[log.permission('p1'), log.question('q1')],
      { type: 'permission.answered', requestId: 'p1', allowed: true, by: 'person' },
      { type: 'question.answered', requestId: 'q1', answer: 'left', by: 'person' },
    );
    expect([answered.questions, answered.asked]).toEqual([[], []]);
  });
});

test('however its events come in batches, and whichever come twice, a session is the same', () => {
  const events = eventsOf([...log.SMALL_SESSION, started('main'), log.question('q1')]);
  const whole = foldSession(initialSession('s'), events);
  fc.assert(
    fc.property(fc.array(fc.nat(events.length)), (cuts) => {
      const state = cuts.reduce((so, cut) => foldSession(so, events.slice(0, cut)), initialSession('s'));
      expect(foldSession(state, events)).toEqual(whole);
    }),
  );
});
