import { describe, expect, test } from 'vitest';
import { Answers, type Answerer } from './answerChoices.ts';
import { observedKey, type PastRun } from './pastRun.ts';
import { type LookedFor, NOTHING_LOOKED_FOR } from '../script/lint/lookedFor.ts';
import { scenarios, type Scenario } from './scenario.ts';

const [FEW] = scenarios(false);
if (!FEW) throw new Error('There are no scenarios.');

function answers(
  how: Partial<Scenario> = {},
  past: readonly PastRun[] = [],
  lookedFor: LookedFor = NOTHING_LOOKED_FOR,
): Answers {
  let n = 0;
  return new Answers({ ...FEW, ...how } as Scenario, past, () => (n += 0.37) % 1, lookedFor);
}

const WHO: Answerer = { phase: 'Find', prompt: 'Look.', rounds: 0, short: false };

describe('X08 made-up answers', () => {
  test.each([
    { name: 'as the scenario says', items: 30, who: {}, path: '$.items', length: 30 },
    { name: 'a few inside of a list', items: 30, who: {}, path: '$.items[].files', length: 3 },
    { name: 'one inside of that', items: 30, who: {}, path: '$.items[].files[].lines', length: 1 },
    { name: 'a few of an agent that a list led to', items: 30, who: { short: true }, path: '$.items', length: 3 },
    { name: 'half as many in the next round', items: 10, who: { rounds: 1 }, path: '$.items', length: 5 },
    { name: 'none in the end', items: 10, who: { rounds: 4 }, path: '$.items', length: 0 },
    { name: 'none where nothing is found', items: 0, who: {}, path: '$.items', length: 0 },
  ])('a list has $length items: $name', ({ items, who, path, length }) => {
    expect(
      answers({ items })
        .choicesFor({ ...WHO, ...who })
        .length(path),
    ).toBe(length);
  });

  test('flags are mixed, or all the same', () => {
    const flags = (how: Partial<Scenario>) => {
      const { flag } = answers(how).choicesFor(WHO);
      return new Set(Array.from({ length: 20 }, () => flag('$.done')));
    };
    expect(flags({})).toEqual(new Set([true, false]));
    expect(flags({ flags: 'true' })).toEqual(new Set([true]));
    expect(flags({ flags: 'false' })).toEqual(new Set([false]));
  });

  test('every member of an enum has its turn', () => {
    const { member } = answers().choicesFor(WHO);
    const all = ['a', 'b', 'c'];
    expect(new Set(all.map(() => member('$.kind', all)))).toEqual(new Set(all));
  });

  test('texts differ, and who is asked about things by name answers with their names', () => {
    const all = answers();
    const first = all.choicesFor(WHO);
    const [one, two] = [first.text('$.items[].id', ''), first.text('$.items[].id', '')];
    expect(one).not.toBe(two);
    const judge = all.choicesFor({ ...WHO, prompt: `Judge ${one} and ${two}.` });
    expect([judge.text('$.votes[].id', ''), judge.text('$.votes[].id', '')]).toEqual([one, two]);
  });

  test('a text that the script compares with some words is each of them in turn, and another one', () => {
    const byName = new Map([['status', ['done', 'failed']]]);
    const statuses = (how: Partial<Scenario>) => {
      const { text } = answers(how, [], { ...NOTHING_LOOKED_FOR, byName }).choicesFor(WHO);
      return new Set(Array.from({ length: 6 }, () => text('$.status', '')?.replace(/\d+$/, 'n')));
    };
    expect(statuses({})).toEqual(new Set(['done', 'failed', 'made-up status n']));
    expect(statuses({ flags: 'true' })).toEqual(new Set(['done']));
    expect(statuses({ flags: 'false' })).toEqual(new Set(['made-up status n']));
  });

  test('a member that the script takes for a place in a list is the first', () => {
    const { number } = answers({}, [], { ...NOTHING_LOOKED_FOR, indexes: new Set(['choice']) }).choicesFor(WHO);
    const paths = ['$.choice', '$.index', '$.count'];
    expect(paths.map((path) => number(path))).toEqual([0, 0, undefined]);
  });

  test('a parent is an item before this one, and ids are those that the prompt names', () => {
    const all = answers();
    const { text } = all.choicesFor(WHO);
    expect(text('$.units[].id', '')).toBe('made-up id 1');
    expect(text('$.units[].parentId', '')).toBe('');
    expect(text('$.units[].id', '')).toBe('made-up id 2');
    expect(text('$.units[].parentId', '')).toBe('made-up id 1');
    const later = all.choicesFor({ ...WHO, prompt: 'Group made-up id 1 and made-up id 2.' });
    expect(later.text('$.groups[].ids[]', '')).toBe('made-up id 1');
  });

  test('what speaks of trouble is empty, in all plays but one', () => {
    const text = (how: Partial<Scenario>, path: string, description: string) =>
      answers(how).choicesFor(WHO).text(path, description);
    expect(text({}, '$.problem', '')).toBe('');
    expect(text({}, '$.why', 'Why not; empty when all is well.')).toBe('');
    expect(text({ fillsAll: true }, '$.problem', '')).toMatch(/problem/);
  });

  test('as before: lengths and flags that past runs had at that place', () => {
    const observed = new Map([
      [observedKey('Find', '$.items'), { lengths: [7, 8], flags: [], words: [] }],
      [observedKey('Find', '$.done'), { lengths: [], flags: [true], words: [] }],
    ]);
    const past = [{ runId: 'r', agents: [], observed }];
    const before = answers({ asBefore: true }, past).choicesFor(WHO);
    const lengths = new Set(Array.from({ length: 10 }, () => before.length('$.items')));
    expect(lengths).toEqual(new Set([7, 8]));
    expect(before.flag('$.done')).toBe(true);
    expect(before.length('$.other')).toBe(3);
    expect(answers({}, past).choicesFor(WHO).length('$.items')).toBe(3);
  });
});
