import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEmitter } from '../src/emitter.js';

test('calls listeners in order, with all values', () => {
  const calls = [];
  const emitter = createEmitter();
  emitter.on('save', (...values) => calls.push(['first', ...values]));
  emitter.on('save', (...values) => calls.push(['second', ...values]));
  assert.equal(emitter.emit('save', 1, 2), 2);
  assert.deepEqual(calls, [
    ['first', 1, 2],
    ['second', 1, 2],
  ]);
});

test('on: returns a function that removes the listener', () => {
  const emitter = createEmitter();
  const off = emitter.on('save', () => assert.fail('was removed'));
  off();
  assert.equal(emitter.emit('save'), 0);
});

test('once: is called one time', () => {
  let calls = 0;
  const emitter = createEmitter();
  emitter.once('save', () => calls++);
  emitter.emit('save');
  emitter.emit('save');
  assert.equal(calls, 1);
});

test('emit: is not disturbed by listeners that come and go', () => {
  const calls = [];
  const emitter = createEmitter();
  const off = emitter.on('save', () => {
    calls.push('first');
    off();
    emitter.on('save', () => calls.push('late'));
  });
  emitter.on('save', () => calls.push('second'));
  emitter.emit('save');
  assert.deepEqual(calls, ['first', 'second']);
});

test('emit: is fine without listeners', () => {
  assert.equal(createEmitter().emit('nothing'), 0);
});
