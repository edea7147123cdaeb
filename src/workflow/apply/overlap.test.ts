import { describe, expect, test } from 'vitest';
import { overlapsOf, ownSide, type OnDisk, type TreeEntry, type TreeWrite } from './overlap.ts';

const file = (oid: string, mode = '100644'): TreeEntry => ({ mode, oid });
const here = (oid: string, mode?: string): OnDisk => ({ kind: 'entry', entry: file(oid, mode) });
const ABSENT: OnDisk = { kind: 'absent' };

describe('X03 what an apply would overwrite', () => {
  test.each<{ name: string; write: Omit<TreeWrite, 'path'>; found: OnDisk; why: string | null; also?: TreeWrite }>([
    {
      name: 'a file as the commit has it',
      write: { before: file('a'), after: file('b') },
      found: here('a'),
      why: null,
    },
    { name: 'a file that differs', write: { before: file('a'), after: file('b') }, found: here('x'), why: 'edited' },
    { name: 'another mode', write: { before: file('a'), after: null }, found: here('a', '100755'), why: 'edited' },
    { name: 'a file that is gone', write: { before: file('a'), after: file('b') }, found: ABSENT, why: 'edited' },
    {
      name: 'a folder in its place',
      write: { before: file('a'), after: null },
      found: { kind: 'folder', holds: [] },
      why: 'edited',
    },
    { name: 'room for a new file', write: { before: null, after: file('b') }, found: ABSENT, why: null },
    { name: 'a file of the person', write: { before: null, after: file('b') }, found: here('b'), why: 'untracked' },
    { name: 'a pipe', write: { before: null, after: file('b') }, found: { kind: 'special' }, why: 'untracked' },
    {
      name: 'a link on the way',
      write: { before: null, after: file('b') },
      found: { kind: 'under', file: 'd' },
      why: 'untracked',
    },
    {
      name: 'a folder with work in it',
      write: { before: null, after: file('b') },
      found: { kind: 'folder', holds: ['p/x'] },
      why: 'untracked',
    },
    {
      name: 'another repository',
      write: { before: file('a', '160000'), after: null },
      found: { kind: 'folder', holds: [] },
      why: 'submodule',
    },
    {
      name: 'a file on the way that goes with it',
      write: { before: null, after: file('b') },
      found: { kind: 'under', file: 'd' },
      also: { path: 'd', before: file('d'), after: null },
      why: null,
    },
  ])('$name', ({ write, found, why, also }) => {
    const writes = [{ path: 'p', ...write }, ...(also ? [also] : [])];
    const lies = new Map([['p', found], ...(also ? [['d', here('d')] as const] : [])]);
    expect(overlapsOf(writes, lies, new Set())).toEqual(why === null ? [] : [{ path: 'p', why }]);
  });

  test('an editor that has not saved it stands before all else; what nobody looked at is not written', () => {
    const write = { path: 'p', before: file('a'), after: file('b') };
    expect(overlapsOf([write], new Map([['p', here('a')]]), new Set(['p']))).toEqual([{ path: 'p', why: 'unsaved' }]);
    expect(overlapsOf([write], new Map(), new Set())).toEqual([{ path: 'p', why: 'edited' }]);
  });

  test('the person’s own side of the merge is what the change found or leaves, never anything else', () => {
    const changed = [
      { path: 'snapshot', before: file('mine'), after: file('theirs') },
      { path: 'applied', before: file('old'), after: file('theirs') },
      { path: 'other', before: file('old'), after: file('theirs') },
      { path: 'clean', before: file('head'), after: file('theirs') },
    ];
    const head = new Map(changed.map(({ path }) => [path, file('head')]));
    const found = new Map([
      ['snapshot', here('mine')],
      ['applied', here('theirs')],
      ['other', here('something')],
      ['clean', here('head')],
    ]);
    expect([...ownSide(changed, head, found)]).toEqual([
      ['snapshot', file('mine')],
      ['applied', file('theirs')],
    ]);
  });
});
