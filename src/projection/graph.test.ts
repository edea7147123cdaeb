import { describe, expect, test } from 'vitest';
import type { EventBody } from '../protocol/messages.ts';
import { bundled } from './bundles.ts';
import { graph, type Graph } from './graph.ts';
import { fold } from './reduce.ts';
import { eventsOf, queued, RUN_ID, runStarted } from './runLog.fake.ts';
import { initialState } from './state.ts';

function graphOf(...bodies: readonly EventBody[]): Graph {
  return graph(fold(initialState(RUN_ID), eventsOf([runStarted(), ...bodies])));
}

const inPipeline = (item: number, stage: number) => ({ group: { id: 1, kind: 'pipeline', item, stage } }) as const;
const inParallel = (id: number, item: number) => ({ group: { id, kind: 'parallel', item } }) as const;

function flows({ edges }: Graph): readonly string[] {
  return edges.flatMap((edge) => (edge.type === 'data' ? [`${edge.from} > ${edge.to} ${edge.way}`] : []));
}

describe('X09 edges of data', () => {
  test.each<{ name: string; bodies: readonly EventBody[]; flows: readonly string[] }>([
    {
      name: 'from each agent whose answer flowed into the prompt',
      bodies: [queued('a', 'Find'), queued('b', 'Find'), queued('c', 'Fix', { from: ['a', 'b'] })],
      flows: ['agent:a > agent:c plain', 'agent:b > agent:c plain'],
    },
    {
      name: 'from stage to stage of an item, and to another item',
      bodies: [
        queued('a', 'Find', inPipeline(0, 0)),
        queued('b', 'Find', inPipeline(1, 0)),
        queued('c', 'Fix', { from: ['a', 'b'], ...inPipeline(0, 1) }),
      ],
      flows: ['agent:a > agent:c stage', 'agent:b > agent:c plain'],
    },
    {
      name: 'out of a group that had ended',
      bodies: [
        queued('a', 'Find', inParallel(1, 0)),
        queued('b', 'Fix', { from: ['a'], ...inParallel(2, 0) }),
        queued('c', 'Fix', { from: ['b'] }),
      ],
      flows: ['agent:a > agent:b barrier', 'agent:b > agent:c barrier'],
    },
    {
      name: 'but not besides the judgement on a change, nor from what is no node',
      bodies: [queued('a', 'Fix'), queued('b', 'Review', { about: 'a', from: ['a', 'check-1.1'] })],
      flows: [],
    },
  ])('$name', ({ bodies, flows: expected }) => expect(flows(graphOf(...bodies))).toEqual(expected));
});

describe('X09 many edges are drawn as bundles', () => {
  const ids = (name: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${name}${n}`);
  const many = graphOf(
    ...ids('a', 100).map((id) => queued(id, 'Find')),
    ...ids('b', 3).map((id, n) => queued(id, 'Fix', { from: [`a${n}`] })),
    queued('c', 'Review', { from: ids('a', 100) }),
    queued('d', 'Review', { from: ['c'] }),
  );
  const shown = (graph: Graph, limit: number, selected: string | null): readonly string[] =>
    bundled(graph, limit, selected).flatMap((edge) => {
      if (edge.type === 'bundle')
        return [`${edge.from} > ${edge.to}: ${edge.count}${edge.holdsSelected ? ' selected' : ''}`];
      return edge.type === 'data' ? [`${edge.from} > ${edge.to}`] : [];
    });
  const fewLines = ['agent:a0 > agent:b0', 'agent:a1 > agent:b1', 'agent:a2 > agent:b2'];

  test.each<{ name: string; limit: number; selected: string | null; shown: readonly string[] }>([
    {
      name: 'the most numerous become one, the few remain',
      limit: 60,
      selected: null,
      shown: [...fewLines, 'agent:c > agent:d', 'phase:0 > phase:2: 100'],
    },
    {
      name: 'those of the selected remain',
      limit: 60,
      selected: 'agent:a1',
      shown: [
        fewLines[0] ?? '',
        fewLines[1] ?? '',
        'agent:a1 > agent:c',
        fewLines[2] ?? '',
        'agent:c > agent:d',
        'phase:0 > phase:2: 99',
      ].sort(),
    },
    {
      name: 'unless there are too many of them',
      limit: 60,
      selected: 'agent:c',
      shown: [...fewLines, 'agent:c > agent:d', 'phase:0 > phase:2: 100 selected'],
    },
    {
      name: 'within a phase they are left out',
      limit: 0,
      selected: null,
      shown: ['phase:0 > phase:2: 100', 'phase:0 > phase:1: 3'],
    },
  ])('$name', ({ limit, selected, shown: expected }) =>
    expect([...shown(many, limit, selected)].sort()).toEqual([...expected].sort()),
  );

  test('all of them are there as long as they are few', () => {
    expect(bundled(many, 200, null)).toBe(many.edges);
  });
});
