import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LruCache } from '../src/lru.js';

test('returns what was set', () => {
  const cache = new LruCache(2).set('a', 1);
  assert.equal(cache.get('a'), 1);
  assert.equal(cache.get('b'), undefined);
});

test('drops the oldest entry when it is full', () => {
  const cache = new LruCache(2).set('a', 1).set('b', 2).set('c', 3);
  assert.deepEqual(cache.keys(), ['b', 'c']);
});

test('get keeps an entry from being dropped', () => {
  const cache = new LruCache(2).set('a', 1).set('b', 2);
  cache.get('a');
  cache.set('c', 3);
  assert.deepEqual(cache.keys(), ['a', 'c']);
});

test('set moves a known key to the end without making room', () => {
  const cache = new LruCache(2).set('a', 1).set('b', 2).set('a', 3);
  assert.deepEqual(cache.keys(), ['b', 'a']);
  assert.equal(cache.size, 2);
});

test('has is not a use', () => {
  const cache = new LruCache(2).set('a', 1).set('b', 2);
  assert.equal(cache.has('a'), true);
  cache.set('c', 3);
  assert.equal(cache.has('a'), false);
});

test('refuses a capacity below one', () => {
  assert.throws(() => new LruCache(0), RangeError);
});
