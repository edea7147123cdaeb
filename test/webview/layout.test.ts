import { describe, expect, test } from 'vitest';
import { graph, type Graph } from '../../src/projection/graph.ts';
import { fold } from '../../src/projection/reduce.ts';
import { eventsOf, queued, RUN_ID, runStarted, SMALL_RUN } from '../../src/projection/runLog.fake.ts';
import { shownPhases } from '../../src/projection/select.ts';
import { initialState } from '../../src/projection/state.ts';
import { landingColumn, layout, neighbour, ROWS } from '../../webview/dag/layout.ts';

function smallLayout(upTo = SMALL_RUN.length) {
  const state = fold(initialState(RUN_ID), eventsOf(SMALL_RUN.slice(0, upTo)));
  return layout(graph(state), landingColumn(shownPhases(state)));
}

function wideGraph(agents: number): Graph {
  const bodies = Array.from({ length: agents }, (_, at) => queued(`a${at}`, 'Fix'));
  return graph(fold(initialState(RUN_ID), eventsOf([runStarted(), ...bodies])));
}

describe('layout', () => {
  test('a column a phase, agents below each other, landings in theirs', () => {
    const { placed, landings } = smallLayout();
    const columns = Map.groupBy(placed, ({ x }) => x);
    const inOrder = [...columns].toSorted(([a], [b]) => a - b).map(([, column]) => column.map(({ node }) => node.id));
    expect(inOrder).toEqual([
      ['phase:0', 'agent:a1'],
      ['phase:1', 'agent:a2', 'agent:a3'],
      ['phase:2', 'agent:a4', 'agent:a5', 'agent:a6'],
      ['phase:3', 'landing:a2', 'landing:a3'],
    ]);
    expect(landings).toBeNull();
  });

  test.each([
    { name: 'one phase for them alone', landings: [0, 0, 2], agentIds: [[], [], []], column: 2 },
    { name: 'a phase with agents too', landings: [0, 0, 2], agentIds: [[], [], ['a1']], column: null },
    { name: 'several phases', landings: [0, 1, 2], agentIds: [[], [], []], column: null },
    { name: 'none', landings: [0, 0, 0], agentIds: [[], [], []], column: null },
  ])('landings with $name', ({ landings, agentIds, column }) => {
    const phases = landings.map((each, at) => ({
      ...{ title: `phase ${at}`, detail: null },
      ...{ landings: each, agentIds: agentIds[at] ?? [] },
    }));
    expect(landingColumn(phases)).toBe(column);
  });

  test('without a phase of their own, landings are a last column', () => {
    const state = fold(initialState(RUN_ID), eventsOf(SMALL_RUN));
    const { placed, landings } = layout(graph(state));
    expect(landings?.x).toBe(Math.max(...placed.map(({ x }) => x)));
    expect(placed.filter(({ x }) => x === landings?.x).map(({ node }) => node.type)).toEqual(['landing', 'landing']);
  });

  test('nothing moves while a run goes on', () => {
    for (let upTo = 1; upTo < SMALL_RUN.length - 1; upTo += 1) {
      const after = new Map(smallLayout(upTo + 1).placed.map(({ node, x, y }) => [node.id, { x, y }]));
      for (const { node, x, y } of smallLayout(upTo).placed) expect(after.get(node.id)).toEqual({ x, y });
    }
  });

  test('a phase of many goes on in further columns, and the next phase starts after them', () => {
    const { placed } = layout(wideGraph(2 * ROWS + 1));
    const fix = placed.filter(({ node }) => node.type === 'agent');
    expect(new Set(fix.map(({ x }) => x)).size).toBe(3);
    expect(new Set(fix.map(({ x, y }) => `${x},${y}`)).size).toBe(fix.length);
    const review = placed.find(({ node }) => node.id === 'phase:2');
    expect(review?.x).toBeGreaterThan(Math.max(...fix.map(({ x }) => x)));
  });
});

describe('arrow keys', () => {
  test.each([
    { from: null, key: 'ArrowDown', to: 'agent:a1' },
    { from: 'agent:a1', key: 'ArrowRight', to: 'agent:a2' },
    { from: 'agent:a2', key: 'ArrowDown', to: 'agent:a3' },
    { from: 'agent:a3', key: 'ArrowDown', to: 'agent:a3' },
    { from: 'agent:a3', key: 'ArrowUp', to: 'agent:a2' },
    { from: 'agent:a3', key: 'ArrowRight', to: 'agent:a5' },
    { from: 'agent:a6', key: 'ArrowRight', to: 'landing:a3' },
    { from: 'agent:a6', key: 'ArrowLeft', to: 'agent:a3' },
    { from: 'agent:a1', key: 'ArrowLeft', to: 'agent:a1' },
    { from: 'agent:a6', key: 'Home', to: 'agent:a1' },
    { from: 'agent:a1', key: 'End', to: 'landing:a3' },
    { from: 'agent:a1', key: 'x', to: null },
    { from: 'agent:gone', key: 'ArrowUp', to: 'agent:a1' },
  ])('$key from $from leads to $to', ({ from, key, to }) => {
    expect(neighbour(smallLayout().placed, from, key)).toBe(to);
  });
});
