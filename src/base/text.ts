/** The first line of a text, trimmed, at most `max` characters (an ellipsis counts as one). */
export function headline(text: string, max: number): string {
  const line = text.trim().split(/\r?\n/, 1)[0] ?? '';
  return clip(line.trim(), max);
}

/** At most `max` characters; what was cut shows as an ellipsis. */
export function clip(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, Math.max(0, max - 1))}…`;
}

/** With a name for every sign that cannot be seen or that moves others: `⟨U+202E⟩`. Tabs and line ends stay. */
export function showUnseen(text: string): string {
  return text.replace(/(?![\t\n])[\p{Cc}\p{Cf}\u2028\u2029]/gu, (sign) => {
    const code = sign.codePointAt(0) ?? 0;
    return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
  });
}

/** `1 agent`, `2 agents`. */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : plural}`;
}

/** Bytes that a text has in UTF-8; a lone half of a surrogate pair counts three, as its replacement does. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    const pairs = unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00;
    // Two units of a pair are four bytes together.
    if (pairs) index += 1;
    bytes += pairs || unit >= 0x800 ? 2 : 1;
  }
  return bytes;
}
