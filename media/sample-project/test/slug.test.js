import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slug } from '../src/slug.js';

test('joins words with hyphens, in lower case', () => {
  assert.equal(slug('Hello, World!'), 'hello-world');
  assert.equal(slug('  10 tips & tricks  '), '10-tips-tricks');
});

test('drops accents', () => {
  assert.equal(slug('Crème brûlée'), 'creme-brulee');
});

test('keeps words with an apostrophe together', () => {
  assert.equal(slug("It's the cat’s"), 'its-the-cats');
});

test('cuts between words', () => {
  assert.equal(slug('one two three', { max: 9 }), 'one-two');
  assert.equal(slug('incomprehensible', { max: 6 }), 'incomp');
});

test('is empty when nothing is left', () => {
  assert.equal(slug('!?'), '');
});
