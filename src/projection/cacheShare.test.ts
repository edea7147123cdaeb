import { expect, test } from 'vitest';
import { NO_USAGE } from '../protocol/usage.ts';
import { cacheShare, cacheText } from './cacheShare.ts';

test.each([
  { name: 'nothing was read yet', usage: {}, share: null, text: '' },
  { name: 'nothing came from the cache', usage: { inputTokens: 10, cacheWriteTokens: 5 }, share: 0, text: '' },
  {
    name: 'a part did: what was written to it counts as read anew',
    usage: { inputTokens: 10, cacheReadTokens: 30, cacheWriteTokens: 60 },
    share: 0.3,
    text: '30 % from the cache',
  },
  {
    name: 'hardly any did',
    usage: { inputTokens: 999, cacheReadTokens: 1 },
    share: 0.001,
    text: '<1 % from the cache',
  },
  {
    name: 'nearly all did',
    usage: { inputTokens: 1, cacheReadTokens: 999 },
    share: 0.999,
    text: '99 % from the cache',
  },
])('$name', ({ usage, share, text }) => {
  expect(cacheShare({ ...NO_USAGE, ...usage })).toBe(share);
  expect(cacheText({ ...NO_USAGE, ...usage })).toBe(text);
});
