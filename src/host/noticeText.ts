import { clip } from '../base/text.ts';

/** A notification has no room for more. */
const MAX_TEXT = 500;

/**
 * Somebody else's words as a notification can show them: on one line that shows where lines end, without what cannot be
 * seen, and without links, since the editor would run a command that is named in one. `whole`: nothing had to be cut.
 */
export function noticeText(text: string): { readonly text: string; readonly whole: boolean } {
  const plain = text
    .trim()
    .replace(/\r\n|[\n\r\u2028\u2029]/g, ' ⏎ ')
    .replaceAll('\t', ' ')
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .replaceAll('](', '] (');
  return { text: clip(plain, MAX_TEXT), whole: plain.length <= MAX_TEXT };
}
