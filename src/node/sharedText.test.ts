import { describe, expect, test } from 'vitest';
import { chunksOf } from './sharedText.ts';

/** Text without a pattern, the same each time. */
function noise(chars: number, seed: number): string {
  let state = seed;
  return Array.from({ length: chars }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return String.fromCharCode(32 + ((state >>> 16) % 90));
  }).join('');
}

describe('chunks of a text', () => {
  test.each([
    { name: 'nothing', text: '' },
    { name: 'a word', text: 'word' },
    { name: 'much of one character', text: 'x'.repeat(50_000) },
    { name: 'pairs that may not be cut', text: '🌱'.repeat(20_000) },
    { name: 'noise', text: noise(100_000, 1) },
  ])('are the whole of it, none of them too long: $name', ({ text }) => {
    const chunks = chunksOf(text);
    expect(chunks.join('')).toBe(text);
    expect(chunks.filter((chunk) => chunk.length > 8_193 || !chunk.isWellFormed())).toEqual([]);
  });

  test('what two texts share gives the same chunks, whatever stands before and behind it', () => {
    const shared = noise(40_000, 2);
    const first = new Set(chunksOf(`${noise(700, 3)}${shared}${noise(300, 4)}`));
    const second = chunksOf(`${noise(50, 5)}${shared}${noise(2_000, 6)}`);
    const again = second.filter((chunk) => first.has(chunk)).join('').length;
    expect(again).toBeGreaterThan(36_000);
  });
});
