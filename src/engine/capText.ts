/**
 * Keeps a whole text of a tool where its agent may read it; gives where that is, in words that go on with "cut here;", or
 * null when it cannot be kept. Never rejects.
 */
export type KeepWhole = (tool: string, text: string) => Promise<string | null>;

/** What goes to an agent of a text that may be too long for it: what is cut out is kept. */
export async function capKept(text: string, max: number, keep: () => Promise<string | null>): Promise<string> {
  return text.length <= max ? text : capText(text, max, await keep());
}

/**
 * At most about `max` characters (UTF-16 units) of a text: three quarters of them from its head, the rest from its
 * tail, with a line between that says how much is missing, and where it is if somebody has kept it. Never cuts a character
 * in two.
 */
export function capText(text: string, max: number, kept: string | null = null): string {
  if (text.length <= max) return text;
  const headEnd = wholeBefore(text, Math.floor(max * 0.75));
  const tailStart = wholeBefore(text, text.length - (max - headEnd));
  const cut = tailStart - headEnd;
  return `${text.slice(0, headEnd)}\n[… ${cut} of ${text.length} characters cut here; ${kept ?? 'ask for a smaller part'} …]\n${text.slice(tailStart)}`;
}

/** `at`, or one less where that would fall between the two halves of a surrogate pair. */
function wholeBefore(text: string, at: number): number {
  const code = text.charCodeAt(at - 1);
  return code >= 0xd800 && code <= 0xdbff ? at - 1 : at;
}
