import { expect, test } from 'vitest';
import { globsMeet } from './globsMeet.ts';
import { PathOverlaps, type Overlap } from './pathOverlaps.ts';

test.each([
  ['src/a.ts', 'src/a.ts', true],
  ['src/a.ts', 'SRC/A.ts', true],
  ['src/a.ts', './src/a.ts', true],
  ['src/a.ts', 'src/b.ts', false],
  ['src', 'src/a.ts', false],
  ['src/**', 'src/a/b.ts', true],
  ['src/**', 'srcs/a.ts', false],
  ['**/a.ts', 'src/**', true],
  ['src/*.ts', 'src/*.js', false],
  ['src/*.ts', 'src/a*', true],
  ['src/*.ts', 'src/deep/a.ts', false],
  ['src/{a,b}.ts', 'src/b.ts', true],
  ['src/[ab].ts', 'test/a.ts', false],
  ['**', 'anything/at/all', true],
] as const)('X03 %s and %s: %s', (one, other, meets) => {
  expect([globsMeet(one, other), globsMeet(other, one)]).toEqual([meets, meets]);
});

function watched() {
  const told: Overlap[] = [];
  const overlaps = new PathOverlaps((overlap) => told.push(overlap));
  for (const agentId of ['a1', 'a2', 'a3']) overlaps.begins(agentId, { root: `/w/${agentId}`, base: 'base' });
  return { overlaps, told };
}

test('X03 agents whose scopes meet are told when the second begins, and once more when they write the same file', () => {
  const { overlaps, told } = watched();
  overlaps.expects('a1', ['src/**']);
  overlaps.expects('a2', ['docs/**']);
  overlaps.expects('a3', ['src/a.ts', 'docs.md']);
  overlaps.writes('/w/a3', ['src/a.ts']);
  overlaps.writes('/w/a1', ['src/b.ts']);
  const predicted = { agents: ['a1', 'a3'], paths: ['src/a.ts'] };
  expect(told).toEqual([predicted]);
  overlaps.writes('/w/a3', ['src/B.ts', 'src/c.ts']);
  overlaps.writes('/w/a1', ['src/c.ts']);
  overlaps.expects('a3', ['src/c.ts']);
  expect(told).toEqual([predicted, { agents: ['a1', 'a3'], paths: ['src/B.ts'] }]);
});

test('X03 agents that write the same file, or one that another is to write, are told', () => {
  const { overlaps, told } = watched();
  overlaps.expects('a2', ['lib/*.ts']);
  overlaps.writes('/w/a1', ['Read.me']);
  overlaps.writes('/w/a3', ['read.me', 'lib/x.ts']);
  overlaps.writes('/elsewhere', ['read.me']);
  expect(told).toEqual([
    { agents: ['a1', 'a3'], paths: ['read.me'] },
    { agents: ['a2', 'a3'], paths: ['lib/x.ts'] },
  ]);
});

test('X03 what commands have written counts when it is committed', () => {
  const { overlaps, told } = watched();
  overlaps.commits('a1', { commit: 'c1', paths: ['made.txt'] });
  overlaps.writes('/w/a2', ['made.txt']);
  expect(told).toEqual([{ agents: ['a1', 'a2'], paths: ['made.txt'] }]);
});

test('X03 whoever stands on a change, comes after it has landed, or after one that came to nothing does not meet it', () => {
  const { overlaps, told } = watched();
  for (const root of ['/w/a1', '/w/a2', '/w/a3']) overlaps.writes(root, [`${root.slice(3)}.txt`]);
  overlaps.commits('a1', { commit: 'c1', paths: ['a.txt'] });
  overlaps.ends('a1');
  overlaps.ends('a2');
  overlaps.lands('a3');
  overlaps.begins('a4', { root: '/w/a4', base: 'c1' });
  overlaps.writes('/w/a4', ['a.txt', 'a2.txt', 'a3.txt']);
  overlaps.commits('a4', { commit: 'c4', paths: [] });
  overlaps.begins('a5', { root: '/w/a5', base: 'c4' });
  overlaps.writes('/w/a5', ['a.txt']);
  expect(told).toEqual([]);
  overlaps.begins('a6', { root: '/w/a6', base: 'base' });
  overlaps.writes('/w/a6', ['a1.txt']);
  expect(told).toEqual([{ agents: ['a1', 'a6'], paths: ['a1.txt'] }]);
});
