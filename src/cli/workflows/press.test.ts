import { expect, test } from 'vitest';
import { HALF_WAY, WHOLE } from '../view/runEvents.fake.ts';
import { press } from './press.ts';
import { seenRun } from './runsView.fake.ts';
import { FIRST_VIEW, pageOf, type Act, type Page } from './viewState.ts';

const [UP, DOWN, LEFT, RIGHT, ESC] = ['\u001b[A', '\u001b[B', '\u001b[D', '\u001b[C', '\u001b'];
const PAUSED = [...HALF_WAY, { type: 'run.paused', reason: 'person', message: '', until: null } as const];
const runs = [
  seenRun('r1', HALF_WAY),
  seenRun('r2', PAUSED),
  seenRun('r3', WHOLE, { status: 'degraded' }),
  seenRun('r4', [], { status: 'completed' }),
  seenRun('r5', HALF_WAY, { status: 'interrupted' }),
];

/** Where keys lead to, and what they had done. */
function pressed(...keys: readonly string[]) {
  let view = FIRST_VIEW;
  const acts: Act[] = [];
  for (const key of keys) {
    const next = press(view, key, { runs, lines: 30, room: 10 });
    view = next.view;
    if (next.act) acts.push(next.act);
  }
  return { page: pageOf(view), acts, view };
}

test.each<{ keys: string[]; page: Partial<Page> }>([
  { keys: [DOWN], page: { kind: 'list', runId: 'r2' } },
  { keys: ['j', 'j', 'k'], page: { runId: 'r2' } },
  { keys: [UP], page: { runId: 'r1' } },
  { keys: ['G', DOWN], page: { runId: 'r5' } },
  { keys: ['\u001b[4~', '\u001b[1~'], page: { runId: 'r1' } },
  { keys: ['j', '\r'], page: { kind: 'run', runId: 'r2', agentId: null } },
  { keys: ['\r', 'j'], page: { kind: 'run', agentId: 'a2' } },
  { keys: ['\r', RIGHT], page: { kind: 'run', agentId: 'a2' } },
  { keys: ['\r', 'G', LEFT], page: { kind: 'run', agentId: 'a1' } },
  { keys: ['\r', 'j', ' '], page: { kind: 'agent', runId: 'r1', agentId: 'a2', top: 0 } },
  { keys: ['\r', '\r', 'j', 'j', 'k'], page: { kind: 'agent', top: 1 } },
  { keys: ['\r', '\r', 'G', 'j'], page: { kind: 'agent', top: 20 } },
  { keys: ['\r', '\r', ESC], page: { kind: 'run', agentId: null } },
  { keys: ['j', '\r', '\r', 'q', 'q'], page: { kind: 'list', runId: 'r2' } },
  { keys: ['?', 'j'], page: { runId: null } },
  { keys: ['z', '\u001b[15~', 'é'], page: { runId: null } },
])('$keys lead to $page', ({ keys, page }) => {
  const { page: reached, acts } = pressed(...keys);
  expect(reached).toMatchObject(page);
  expect(acts).toEqual([]);
});

test.each<{ keys: string[]; acts: object[] }>([
  { keys: ['q'], acts: [{ type: 'leave' }] },
  { keys: ['p'], acts: [{ type: 'tell', runId: 'r1', body: { type: 'run.pause' } }] },
  { keys: ['j', 'p'], acts: [{ type: 'tell', runId: 'r2', body: { type: 'run.continue' } }] },
  { keys: ['j', 'r'], acts: [{ type: 'tell', runId: 'r2', body: { type: 'run.continue' } }] },
  { keys: ['x', 'y'], acts: [{ type: 'tell', runId: 'r1', body: { type: 'run.stop' } }] },
  { keys: ['s', 'n'], acts: [] },
  { keys: ['x', 'q', 'y'], acts: [] },
  { keys: ['\r', 'j', '\r', 'x', 'y'], acts: [{ type: 'tell', body: { type: 'agent.stop', agentId: 'a2' } }] },
  { keys: ['\r', '\r', 'x', 'y'], acts: [] },
  { keys: ['j', 'j', 'r'], acts: [{ type: 'preview', runId: 'r3' }] },
  { keys: ['G', 'r'], acts: [{ type: 'preview', runId: 'r5' }] },
  { keys: ['G', 'x', 'y'], acts: [] },
])('$keys do $acts', ({ keys, acts }) => {
  expect(pressed(...keys).acts).toMatchObject(acts);
  expect(pressed(...keys).acts).toHaveLength(acts.length);
});

test('what has no sense just now says so, until the next key', () => {
  expect(pressed('r').view.note).toBe('It is running.');
  expect(pressed('j', 'j', 'j', 'r').view.note).toBe('It has come to its end.');
  expect(pressed('G', 'p').view.note).toBe('It is not running.');
  expect(pressed('G', 'p', 'k').view.note).toBe('');
});
