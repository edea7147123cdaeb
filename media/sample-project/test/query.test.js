import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatQuery, parseQuery, parseQueryAll } from '../src/query.js';

test('parseQuery: decodes keys and values', () => {
  assert.deepEqual(parseQuery('?q=a+b%26c&page=2'), { q: 'a b&c', page: '2' });
});

test('parseQuery: gives one string a key, the last one', () => {
  assert.deepEqual(parseQuery('page=1&page=2'), { page: '2' });
});

test('parseQuery: takes a key without a value as empty', () => {
  assert.deepEqual(parseQuery('draft&title=a=b'), { draft: '', title: 'a=b' });
});

test('parseQueryAll: keeps every value in order', () => {
  assert.deepEqual(parseQueryAll('tag=new&tag=sale&page=1'), { tag: ['new', 'sale'], page: ['1'] });
});

test('formatQuery: encodes, repeats the key of a list, leaves out what is missing', () => {
  assert.equal(formatQuery({ q: 'a&b', tag: ['x', 'y'], page: null }), 'q=a%26b&tag=x&tag=y');
});
