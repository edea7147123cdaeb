import { expect, test } from 'vitest';
import { placeClaim, withoutPlace } from './quotes.ts';
import type { Claim } from './reviewPrompts.ts';

const FILE = [
  'function add(a, b) {',
  '\treturn a - b;',
  '}',
  '',
  'function sub(a, b) {',
  '  return a - b;',
  '}',
  '',
].join('\n');

const claim = (of: Partial<Claim>): Claim => ({
  ...{ path: 'a.js', line: 2, quote: 'return a - b;', severity: 'major', title: 'Wrong', body: '' },
  ...of,
});

test.each([
  { name: 'at its line', of: {}, line: 2 },
  { name: 'with other white space', of: { quote: '  return   a - b; ' }, line: 2 },
  { name: 'at the nearest of two', of: { line: 5 }, line: 6 },
  { name: 'far from its line', of: { line: 900, quote: 'function add(a, b) {' }, line: 1 },
  { name: 'of several lines', of: { line: 1, quote: 'function sub(a, b) {\n  return a - b;' }, line: 5 },
  { name: 'a part of a line', of: { line: 1, quote: 'function sub(a' }, line: 5 },
  { name: 'with the sign of a diff', of: { quote: '+  return a - b;' }, line: 2 },
  { name: 'a bracket close to it', of: { line: 4, quote: '}' }, line: 3 },
])('X02 a quote $name', ({ of, line }) => {
  const placed = placeClaim(claim(of), { kind: 'text', text: FILE });
  expect(placed).toMatchObject({ kind: 'placed', claim: { line } });
});

test('X02 the end of a finding moves with its beginning', () => {
  const placed = placeClaim(claim({ line: 40, endLine: 42, quote: 'function sub(a, b) {' }), {
    kind: 'text',
    text: FILE,
  });
  expect(placed).toMatchObject({ claim: { line: 5, endLine: 7 } });
});

test.each([
  { name: 'not in the file', of: { quote: 'return a * b;' }, why: /does not stand in a\.js/ },
  { name: 'of too little, at another place', of: { line: 40, quote: '}' }, why: /does not stand/ },
  { name: 'of nothing', of: { quote: ' \n' }, why: /quotes nothing/ },
  { name: 'whose lines do not follow each other', of: { quote: 'function add(a, b) {\n}' }, why: /does not stand/ },
])('X02 a quote $name is wrong', ({ of, why }) => {
  expect(placeClaim(claim(of), { kind: 'text', text: FILE })).toMatchObject({
    kind: 'wrong',
    why: expect.stringMatching(why) as string,
  });
});

test('X02 a file that is not there is said, one that cannot be read is left alone', () => {
  expect(placeClaim(claim({}), { kind: 'absent' })).toMatchObject({
    kind: 'wrong',
    why: expect.stringMatching(/no file a\.js/) as string,
  });
  expect(placeClaim(claim({}), { kind: 'unreadable' })).toEqual({ kind: 'placed', claim: claim({}) });
});

test('X02 a finding without a place is kept, and marked', () => {
  expect(withoutPlace(claim({ line: 7, endLine: 9 }))).toEqual(claim({ line: 1, unplaced: true }));
});
