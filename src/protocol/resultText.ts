import type { Json } from './json.ts';

/** What of a text is shown. */
export interface TextHead {
  readonly text: string;
  /** `First 2000 of 81234 characters; all of it: /path`; null: it is shown whole. */
  readonly note: string | null;
}

/** A result as people read it: a text as it is, all else as JSON. */
export function resultText(result: Json): string {
  return typeof result === 'string' ? result : JSON.stringify(result, null, 2);
}

/** Never cut without a word (W40): what does not fit is given by its head, its size, and the file that has all of it. */
export function headOf(text: string, max: number, path: string): TextHead {
  if (text.length <= max) return { text, note: null };
  const code = text.charCodeAt(max - 1);
  const end = code >= 0xd800 && code <= 0xdbff ? max - 1 : max;
  return { text: text.slice(0, end), note: `First ${end} of ${text.length} characters; all of it: ${path}` };
}
