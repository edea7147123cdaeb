import { describe, expect, test } from 'vitest';
import type { GraphEdge } from './graph.ts';
import { withoutImplied } from './impliedEdges.ts';

const data = (from: string, to: string): GraphEdge => ({ from, to, type: 'data', way: 'plain' });
const edge = (type: 'phase' | 'about' | 'starts' | 'lands', from: string, to: string): GraphEdge => ({
  ...{ from, to, type },
});
const kept = (edges: readonly GraphEdge[], selected: string | null = null): readonly string[] =>
  withoutImplied({ nodes: [], edges }, selected).edges.map(({ from, to }) => `${from}>${to}`);

describe('X09 edges that others imply', () => {
  test.each([
    { name: 'by data', edges: [data('a', 'b'), data('b', 'c'), data('a', 'c')], left: ['a>b', 'b>c'] },
    {
      name: 'by a judgement of what one wrote',
      edges: [data('a', 'b'), edge('about', 'b', 'c'), data('a', 'c')],
      left: ['a>b', 'b>c'],
    },
    {
      name: 'by having it done',
      edges: [data('a', 'b'), edge('starts', 'b', 'c'), data('a', 'c')],
      left: ['a>b', 'b>c'],
    },
    {
      name: 'of a chain, each by the one between',
      edges: [data('a', 'b'), data('b', 'c'), data('c', 'd'), data('a', 'c'), data('a', 'd'), data('b', 'd')],
      left: ['a>b', 'b>c', 'c>d'],
    },
  ])('are left out: $name', ({ edges, left }) => {
    expect(kept(edges)).toEqual(left);
  });

  test.each([
    { name: 'no way between', edges: [data('a', 'b'), data('a', 'c'), data('d', 'c')] },
    { name: 'the other way round', edges: [data('a', 'c'), data('c', 'b')] },
    { name: 'only the order of phases', edges: [data('a', 'b'), edge('phase', 'b', 'c'), data('a', 'c')] },
    { name: 'only a landing', edges: [data('a', 'b'), edge('lands', 'b', 'c'), data('a', 'c')] },
    { name: 'itself no data', edges: [data('a', 'b'), data('b', 'c'), edge('about', 'a', 'c')] },
  ])('stay where there is $name', ({ edges }) => {
    expect(kept(edges)).toHaveLength(edges.length);
  });

  test.each(['a', 'c'])('stay where their end is selected: %s', (selected) => {
    const edges = [data('a', 'b'), data('b', 'c'), data('a', 'c')];
    expect(kept(edges, selected)).toEqual(['a>b', 'b>c', 'a>c']);
    expect(kept(edges, 'b')).toEqual(['a>b', 'b>c']);
  });

  test('a thousand between one and one: all of their own edges, and not the one across', () => {
    const workers = Array.from({ length: 1_000 }, (_, n) => `w${n}`);
    const edges = [...workers.flatMap((one) => [data('a', one), data(one, 'z')]), data('a', 'z')];
    expect(kept(edges)).toHaveLength(2_000);
    expect(kept(edges)).not.toContain('a>z');
  });
});
