import { expect, test } from 'vitest';
import { BudgetError } from './budget.ts';
import { Refusals } from './refusals.ts';

const error = new BudgetError('All 1000 agents are used up.');

/** How many refusals it takes. */
function taken(beside: 'work' | 'nothing'): number {
  const refusals = new Refusals();
  for (let count = 1; ; count += 1) if (refusals.add(error, beside)) return count;
}

test('W35 a script that goes on asking where nothing is under way ends; a burst of a large fan beside agents at work is none', () => {
  expect(taken('nothing')).toBe(3 * 4_096 + 1);
  expect(taken('work')).toBeGreaterThan(16_384);
});

test('W35 what was refused beside agents at work is not held against what is asked once they have ended', () => {
  const refusals = new Refusals();
  for (let count = 0; count < 16_384; count += 1) refusals.add(error, 'work');
  expect(refusals.add(error, 'nothing')).toBeNull();
});

test('W35 an agent that begins is a new start', () => {
  const refusals = new Refusals();
  for (let round = 0; round < 5; round += 1) {
    for (let count = 0; count < 4_096; count += 1) expect(refusals.add(error, 'nothing')).toBeNull();
    refusals.agentBegan();
  }
});

test('X04 a script that asks nobody for ever gets an error, unless agents begin or a person answers now and then', () => {
  const asking = new Refusals();
  const ask = (times: number) => Array.from({ length: times }, () => asking.unanswered()).find((each) => each !== null);
  for (const answered of [() => asking.agentBegan(), () => asking.personAnswered()]) {
    expect(ask(4_096)).toBeUndefined();
    answered();
  }
  expect(ask(4_097)).toMatchObject({ name: 'Error', message: expect.stringMatching(/nobody has answered/) as string });
});
