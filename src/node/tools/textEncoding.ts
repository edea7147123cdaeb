/** How a text stands in a file. A byte order mark stays in the text, as its first character. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** By the byte order mark at a file's begin; without one it is UTF-8, or no text of ours. */
export function encodingOf(head: Uint8Array): Encoding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  return 'utf-8';
}

export type Decoded =
  | { readonly kind: 'text'; readonly text: string; readonly encoding: Encoding }
  /** `reason` continues "it": `is a binary file`. */
  | { readonly kind: 'undecodable'; readonly reason: string };

/**
 * A file's text, only where writing it again gives the same bytes. `whole` is false for the begin of a file, which may
 * end within a character.
 */
export function decodeText(bytes: Uint8Array, whole = true): Decoded {
  const encoding = encodingOf(bytes);
  if (encoding === 'utf-8' && bytes.includes(0)) return { kind: 'undecodable', reason: 'is a binary file' };
  try {
    const text = new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes, { stream: !whole });
    // Of UTF-32, whose mark begins like that of UTF-16, every other character would be a NUL.
    if (text.includes('\0')) return { kind: 'undecodable', reason: 'is a binary file' };
    return { kind: 'text', text, encoding };
  } catch {
    return { kind: 'undecodable', reason: encoding === 'utf-8' ? 'is not UTF-8 text' : 'is damaged UTF-16 text' };
  }
}

export function encodeText(text: string, encoding: Encoding): Buffer {
  if (encoding === 'utf-8') return Buffer.from(text, 'utf8');
  const bytes = Buffer.from(text, 'utf16le');
  return encoding === 'utf-16be' ? bytes.swap16() : bytes;
}

export const BYTE_ORDER_MARK = '\uFEFF';

/** True of a text all of whose line ends are `\r\n`. */
export function hasCrlf(text: string): boolean {
  return text.includes('\r\n') && !/(^|[^\r])\n/.test(text);
}

export function toCrlf(text: string): string {
  return text.replace(/\r?\n/g, '\r\n');
}
