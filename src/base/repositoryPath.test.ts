import { expect, test } from 'vitest';
import { repositoryPath } from './repositoryPath.ts';

test.each([
  ['test/a.js', 'test/a.js'],
  ['./test//a.js', 'test/a.js'],
  ['test/./a b.js', 'test/a b.js'],
  ['..a/b..', '..a/b..'],
])('X02 %s is %s to git', (text, path) => expect(repositoryPath(text)).toBe(path));

test.each(['', '.', './', '/etc/a', '../a', 'a/../../b', 'a/../b', 'a/', 'a/.', 'a\\b', 'C:/a', 'a\0b'])(
  'X02 "%s" is no file of a repository',
  (text) => expect(repositoryPath(text)).toBeNull(),
);
