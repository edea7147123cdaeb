import type { Usage } from '../protocol/usage.ts';

/** What part of all that was read came from the prompt cache, 0 to 1; null before anything was read. */
export function cacheShare({ inputTokens, cacheReadTokens, cacheWriteTokens }: Usage): number | null {
  const read = inputTokens + cacheReadTokens + cacheWriteTokens;
  return read === 0 ? null : cacheReadTokens / read;
}

/** `27 % from the cache`; empty while nothing came from it. */
export function cacheText(usage: Usage): string {
  const share = cacheShare(usage) ?? 0;
  if (share === 0) return '';
  return `${share < 0.01 ? '<1' : Math.floor(share * 100)} % from the cache`;
}
