import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatCsv, parseCsv } from '../src/csv.js';

test('parseCsv: splits rows and fields', () => {
  assert.deepEqual(parseCsv('a,b\n1,\n'), [
    ['a', 'b'],
    ['1', ''],
  ]);
});

test('parseCsv: reads delimiters, line breaks and doubled quotes inside a quoted field', () => {
  assert.deepEqual(parseCsv('"a,b","line\nbreak","say ""hi"""'), [['a,b', 'line\nbreak', 'say "hi"']]);
});

test('parseCsv: accepts CRLF and other delimiters', () => {
  assert.deepEqual(parseCsv('a;b\r\nc;d\r\n', { delimiter: ';' }), [
    ['a', 'b'],
    ['c', 'd'],
  ]);
});

test('parseCsv: refuses a quoted field without an end', () => {
  assert.throws(() => parseCsv('"oops'), SyntaxError);
});

test('formatCsv: quotes only the fields that need it', () => {
  assert.equal(formatCsv([['a', 'b,c', null, 4]]), 'a,"b,c",,4\n');
});

test('formatCsv: doubles quotes inside a field', () => {
  assert.equal(formatCsv([['a 3" nail']]), '"a 3"" nail"\n');
});

test('formatCsv: what it writes, parseCsv reads back', () => {
  const rows = [
    ['plain', 'with, comma', 'with\nbreak'],
    ['"quoted"', 'half "quoted"', ''],
  ];
  assert.deepEqual(parseCsv(formatCsv(rows)), rows);
});
