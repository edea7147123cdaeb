import { describe, expect, test } from 'vitest';
import type { Answer } from '../../workflow/sandbox.contract.ts';
import { echo, play, scriptOf } from '../../workflow/sandbox.contract.ts';
import type { Notice } from '../../workflow/sandbox.ts';
import { createQuickJsSandbox } from './quickJsSandbox.ts';

const sandbox = createQuickJsSandbox();

/** Prompts with where they were asked: `2:1` is item 1 of group 2, `2:1.0` with its stage; `-` is unknown or none. */
async function places(body: string, answer: Answer = echo): Promise<Record<string, string>> {
  const { effects } = await play(sandbox, body, { answer });
  return Object.fromEntries(
    effects.map(({ args, group }) => {
      const place = group && `${group.id}:${group.item}${group.stage === undefined ? '' : `.${group.stage}`}`;
      return [args[0] as string, place ?? '-'];
    }),
  );
}

describe('X09 a call knows where in parallel() and pipeline() it was made', () => {
  test.each<{ name: string; body: string; made: Record<string, string> }>([
    { name: 'not outside', body: `await agent('a')`, made: { a: '-' } },
    {
      name: 'in a thunk',
      body: `await parallel([() => agent('a'), async () => agent('b')]); await agent('c')`,
      made: { a: '1:0', b: '1:1', c: '-' },
    },
    {
      name: 'in a stage',
      body: `await pipeline(['x', 'y'], (item) => agent('a' + item), (_, item) => agent('b' + item))`,
      made: { ax: '1:0.0', ay: '1:1.0', bx: '1:0.1', by: '1:1.1' },
    },
    {
      name: 'behind an await of a call',
      body: `await parallel(['x', 'y'].map((item) => async () => { await agent('a' + item); await agent('b' + item); return agent('c' + item) })); await agent('d')`,
      made: { ax: '1:0', ay: '1:1', bx: '1:0', by: '1:1', cx: '1:0', cy: '1:1', d: '-' },
    },
    {
      name: 'behind one that was rejected',
      body: `await parallel([async () => { try { await agent('fails') } catch {} await agent('b') }])`,
      made: { fails: '1:0', b: '1:0' },
    },
    {
      name: 'in a callback of a call',
      body: `await parallel([() => agent('a').then(() => agent('b')).then(() => agent('c'))])`,
      made: { a: '1:0', b: '1:0', c: '1:0' },
    },
    {
      name: 'in a group within a group, and behind it in the outer one',
      body: `await parallel([async () => { await parallel([() => agent('a')]); await agent('b') }])`,
      made: { a: '2:0', b: '1:0' },
    },
    {
      name: 'in a pattern',
      body: `await patterns.fanOutAndSynthesize(['x', 'y'], { each: 'Look.', synthesize: () => agent('s') })`,
      made: { 'Look.\n\nx': '1:0', 'Look.\n\ny': '1:1', s: '2:0' },
    },
  ])('$name', async ({ body, made }) => expect(await places(body)).toEqual(made));

  test.each<{ name: string; body: string; made: Record<string, string> }>([
    {
      name: 'behind an await of anything else',
      body: `await parallel([async () => { await Promise.all([agent('a')]); await agent('b') }])`,
      made: { a: '1:0', b: '-' },
    },
    {
      name: 'behind an await of a call of another place',
      body: `const early = agent('a'); await parallel([async () => { await early; await agent('b') }])`,
      made: { a: '-', b: '-' },
    },
    {
      name: 'when its thunk has ended, wherever its call is waited for',
      body: `let kept; await parallel([() => { kept = agent('a'); return 1 }]); await kept; await agent('b')`,
      made: { a: '1:0', b: '-' },
    },
    {
      name: 'for the second of two who wait for one call',
      body: `const made = {}; await parallel(['x', 'y'].map((item) => async () => { await (made.it ??= agent('a')); await agent('b' + item) }))`,
      made: { a: '1:0', bx: '1:0', by: '-' },
    },
  ])('and says nothing where it is not known: $name', async ({ body, made }) =>
    expect(await places(body)).toEqual(made),
  );

  test('in a nested workflow, which stands where it was called', async () => {
    const nested = scriptOf(`await agent('a'); await parallel([() => agent('b')]); return agent('c')`, 'other');
    const answer: Answer = (effect) => (effect.name === 'workflow' ? { script: nested } : echo(effect));
    const body = `await pipeline(['x'], () => 1, () => workflow('other'), () => agent('d')); await agent('e')`;
    const made = { a: '1:0.1', b: '2:0', c: '1:0.1', d: '1:0.2', e: '-' };
    expect(await places(body, answer)).toMatchObject(made);
  });

  test('in a nested workflow as in any', async () => {
    const nested = scriptOf(`await parallel([() => agent('b')]); await agent('c')`, 'other');
    const answer: Answer = (effect) => (effect.name === 'workflow' ? { script: nested } : echo(effect));
    const body = `await parallel([() => agent('a')]); await workflow('other')`;
    expect(await places(body, answer)).toMatchObject({ a: '1:0', b: '2:0', c: '-' });
  });
});

test.each<{ name: string; body: string; nested: readonly Notice[] }>([
  {
    name: 'in a stage, and in what is nested in it',
    body: `await parallel([() => 1, () => pipeline(['x'], () => parallel([() => agent('a')]))], { atLeast: 2 })`,
    nested: [
      { kind: 'nested', group: 2, outer: { id: 1, item: 1 } },
      { kind: 'nested', group: 3, outer: { id: 2, item: 0 } },
    ],
  },
  {
    name: 'in a pattern, and behind an await of a call',
    body: `await parallel([async () => { await agent('a'); await patterns.fanOutAndSynthesize(['x'], { each: 'Look.', synthesize: () => 1 }) }], { deadlineMs: 60000 })`,
    nested: [
      { kind: 'nested', group: 2, outer: { id: 1, item: 0 } },
      { kind: 'nested', group: 3, outer: { id: 1, item: 0 } },
    ],
  },
  {
    name: 'in a later round of a pattern',
    body: `await parallel([() => patterns.tournament([1, 2, 3], { judge: () => 'a' })], { atLeast: 1 })`,
    nested: [2, 3, 4, 5].map((group) => ({
      kind: 'nested',
      group,
      outer: group % 2 === 0 ? { id: 1, item: 0 } : { id: group - 1, item: 0 },
    })),
  },
  {
    name: 'and not where nothing is ever left behind',
    body: `await parallel([() => parallel([() => agent('a')])]); await parallel([() => agent('b')], { atLeast: 1 }); await parallel([() => agent('c')])`,
    nested: [],
  },
])('X06 a group is told to be within one that may go on without it: $name', async ({ body, nested }) => {
  const { end, notices } = await play(sandbox, body);
  expect(end).toMatchObject({ kind: 'returned' });
  expect(notices).toEqual(nested);
});

test.each<{ name: string; from: string; known: readonly (number | null)[] | undefined }>([
  { name: 'an answer', from: 'one', known: [1] },
  { name: 'a list of answers that are equal', from: '[two, one]', known: [2, 1] },
  {
    name: 'copies, parts and plain values',
    from: '[{ ...one }, one.deep, "one", 1, null]',
    known: Array(5).fill(null) as null[],
  },
  { name: 'text', from: '"one"', known: undefined },
  { name: 'nothing', from: 'undefined', known: undefined },
])('X09 the option from names answers by identity: $name', async ({ from, known }) => {
  const answer: Answer = () => ({ value: { deep: { same: true } } });
  const body = `const one = await agent('1'), two = await agent('2'); await agent('3', { from: ${from} })`;
  const { effects } = await play(sandbox, body, { answer });
  expect(effects[2]?.from).toEqual(known);
});
