import { describe, expect, test } from 'vitest';
import { lastApplied, type Decision } from '../protocol/decision.ts';
import { decidedChanges, findChange } from './decisions.ts';
import { fold } from './reduce.ts';
import { committed, done, eventsOf, queued, RUN_ID, runStarted, started } from './runLog.fake.ts';
import { initialState } from './state.ts';

const author = (id: string) => [queued(id, null, { kind: 'author', label: `fix ${id}` }), started(id), done(id)];
const LANDED = { status: 'landed', commit: 'c0ffee00', branch: 'workflow/run-1/integration' } as const;
const STATE = fold(
  initialState(RUN_ID),
  eventsOf([
    runStarted(),
    ...['a1', 'a2'].flatMap((id) => [...author(id), committed(id, `${id}.js`)]),
    { type: 'change.landed', changeId: 'a1', phase: null, landing: LANDED },
  ]),
);
const applied = (number: number, change: string | null): Decision => ({
  ...{ type: 'applied', at: number, number, change },
  ...{ base: 'b', commit: 'c', checkout: '/repo', files: 1 },
});

describe('what a person decided about changes', () => {
  test.each<{ name: string; decisions: readonly Decision[]; standing: readonly string[] }>([
    { name: 'nothing', decisions: [], standing: ['landed', 'open'] },
    { name: 'all that landed is applied', decisions: [applied(1, null)], standing: ['applied', 'open'] },
    {
      name: 'an apply taken back',
      decisions: [applied(1, 'a2'), { type: 'undone', at: 2, number: 1 }],
      standing: ['landed', 'open'],
    },
    {
      name: 'merged after it was applied',
      decisions: [applied(1, 'a2'), { type: 'merged', at: 2, change: 'a2', branch: 'main', commit: 'd' }],
      standing: ['landed', 'merged'],
    },
    {
      name: 'discarded',
      decisions: [{ type: 'discarded', at: 1, change: 'a2', branch: 'x', commit: 'c' }],
      standing: ['landed', 'discarded'],
    },
    {
      name: 'discarded and back',
      decisions: [
        { type: 'discarded', at: 1, change: 'a2', branch: 'x', commit: 'c' },
        { type: 'restored', at: 2, change: 'a2' },
      ],
      standing: ['landed', 'open'],
    },
    {
      name: 'landed after the run',
      decisions: [{ type: 'landed', at: 1, change: 'a2', branch: 'i', commit: 'd' }, applied(1, null)],
      standing: ['applied', 'applied'],
    },
  ])('$name', ({ decisions, standing }) => {
    expect(decidedChanges(STATE, decisions).map((change) => change.standing)).toEqual(standing);
  });

  test('an undo is of the last apply that stands', () => {
    const undone = (number: number): Decision => ({ type: 'undone', at: 9, number });
    expect(lastApplied([applied(1, null), applied(2, null), undone(2)])?.number).toBe(1);
    expect(lastApplied([applied(1, null), undone(1)])).toBeNull();
  });

  test.each([
    { text: 'a1', found: 'a1' },
    { text: 'workflow/run-1/a2', found: 'a2' },
    { text: 'fix a2', found: 'a2' },
    { text: 'FIX A1', found: 'a1' },
    { text: 'fix', found: { kind: 'ambiguous', ids: ['a1', 'a2'] } },
    { text: 'mend', found: { kind: 'unknown', near: ['a1 (fix a1)', 'a2 (fix a2)'] } },
    { text: '', found: { kind: 'unknown', near: ['a1 (fix a1)', 'a2 (fix a2)'] } },
  ])('a change is found by $text', ({ text, found }) => {
    const result = findChange(decidedChanges(STATE, []), text);
    expect(result.kind === 'found' ? result.change.id : result).toEqual(found);
  });
});
