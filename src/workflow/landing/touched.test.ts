import { expect, test } from 'vitest';
import type { TreeEntry } from './changeBatches.ts';
import { Touched } from './touched.ts';

const file = { mode: '100644', oid: '1' };
const edit = (path: string): TreeEntry => ({ path, before: file, after: { ...file, oid: '2' } });
const add = (path: string, mode = '100644'): TreeEntry => ({ path, before: null, after: { ...file, mode } });
const remove = (path: string): TreeEntry => ({ path, before: file, after: null });

test.each([
  { name: 'other files', ours: [edit('a')], theirs: [edit('b'), add('c/d')], clear: true },
  { name: 'nothing yet', ours: [], theirs: [edit('a')], clear: true },
  { name: 'both add', ours: [add('a')], theirs: [add('b')], clear: true },
  { name: 'both remove', ours: [remove('a')], theirs: [remove('b')], clear: true },
  { name: 'one file', ours: [edit('b'), edit('a')], theirs: [edit('a')], clear: false },
  { name: 'one file by two names', ours: [add('Read.md')], theirs: [add('read.MD')], clear: false },
  { name: 'one file by two spellings', ours: [add('\u00e9')], theirs: [add('e\u0301')], clear: false },
  { name: 'a file where a folder is', ours: [add('a/b/c')], theirs: [add('a')], clear: false },
  { name: 'a folder where a file is', ours: [edit('a')], theirs: [add('a/b/c')], clear: false },
  { name: 'a name that begins like another', ours: [edit('a')], theirs: [add('ab/c')], clear: true },
  { name: 'a folder that may have moved', ours: [remove('a/x'), add('b/x')], theirs: [add('a/y')], clear: false },
  { name: 'into one that has moved', ours: [add('a/y')], theirs: [remove('a/x'), add('b/x')], clear: false },
  { name: 'an edit beside a move', ours: [remove('a/x'), add('b/x')], theirs: [edit('a/y')], clear: true },
  { name: 'another repository', ours: [edit('a')], theirs: [add('sub', '160000')], clear: false },
  { name: 'beside another repository', ours: [add('sub', '160000')], theirs: [edit('a')], clear: false },
  { name: 'a name that is no UTF-8', ours: [edit('a')], theirs: [edit('b\uFFFD')], clear: false },
])('X03 no merge is needed only where git would take the files as they are: $name', ({ ours, theirs, clear }) => {
  const touched = new Touched();
  touched.add(ours);
  expect(touched.isClearOf(theirs)).toBe(clear);
});
