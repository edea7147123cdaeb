import assert from 'node:assert/strict';
import { test } from 'node:test';
import { indent, wrap } from '../src/wrap.js';

test('wrap: breaks between words', () => {
  assert.equal(wrap('the quick brown fox jumps', 12), 'the quick\nbrown fox\njumps');
});

test('wrap: fills a line to the last character', () => {
  assert.equal(wrap('the quick brown fox', 9), 'the quick\nbrown fox');
  assert.equal(wrap('one two', 7), 'one two');
});

test('wrap: gives a long word a line of its own', () => {
  assert.equal(wrap('an incomprehensible word', 8), 'an\nincomprehensible\nword');
});

test('wrap: keeps empty lines', () => {
  assert.equal(wrap('one\n\ntwo', 20), 'one\n\ntwo');
});

test('indent: skips empty lines', () => {
  assert.equal(indent('one\n\ntwo'), '  one\n\n  two');
  assert.equal(indent('quote', '> '), '> quote');
});
