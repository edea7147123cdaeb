/**
 * At most about `max` characters (UTF-16 units) of a text: three quarters of them from its head, the rest from its
 * tail, with a line between that says how much is missing. Never cuts a character in two.
 */
export function capText(text: string, max: number): string {
  if (text.length <= max) return text;
  const headEnd = wholeBefore(text, Math.floor(max * 0.75));
  const tailStart = wholeBefore(text, text.length - (max - headEnd));
  const cut = tailStart - headEnd;
  return `${text.slice(0, headEnd)}\n[… ${cut} of ${text.length} characters cut here; ask for a smaller part …]\n${text.slice(tailStart)}`;
}

/** `at`, or one less where that would fall between the two halves of a surrogate pair. */
function wholeBefore(text: string, at: number): number {
  const code = text.charCodeAt(at - 1);
  return code >= 0xd800 && code <= 0xdbff ? at - 1 : at;
}
