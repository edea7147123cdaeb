import type { Diagnostic } from './check.ts';

/** W01. In bytes of UTF-8. */
export const MAX_SCRIPT_BYTES = 512 * 1024;

export type SourceText =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly error: Diagnostic };

/** The script's text without a BOM, or why it cannot be read as one. */
export function readSourceText(source: string | Uint8Array): SourceText {
  const size = typeof source === 'string' ? utf8Length(source) : source.length;
  if (size > MAX_SCRIPT_BYTES) return tooLong(size);
  if (typeof source === 'string') return { ok: true, text: withoutBom(source) };
  return decode(source);
}

/** The same length with every character but line breaks made a space, so that lines and columns hold. */
export function blank(text: string, start: number, end: number): string {
  return text.slice(0, start) + text.slice(start, end).replace(/[^\n\r\u2028\u2029]/g, ' ') + text.slice(end);
}

function tooLong(size: number): SourceText {
  const kib = Math.ceil(size / 1024);
  const message = `The script has ${kib} KiB and the limit is ${MAX_SCRIPT_BYTES / 1024} KiB: pass data through args, or let an agent read it from a file.`;
  return { ok: false, error: { severity: 'error', code: 'W01-size', line: 1, column: 1, message } };
}

/** Line by line, since a line feed is never part of another character: so the error can name its line. */
function decode(bytes: Uint8Array): SourceText {
  const lines: string[] = [];
  for (let start = 0; start <= bytes.length;) {
    const feed = bytes.indexOf(10, start);
    const end = feed === -1 ? bytes.length : feed;
    const line = decodeLine(bytes.subarray(start, end));
    if (line === null) return notUtf8(lines.length + 1);
    lines.push(line);
    start = end + 1;
  }
  return { ok: true, text: withoutBom(lines.join('\n')) };
}

/** `decodeURIComponent` is the strict UTF-8 decoder that every host has. */
function decodeLine(bytes: Uint8Array): string | null {
  let escaped = '';
  for (const byte of bytes) escaped += `%${byte.toString(16).padStart(2, '0')}`;
  try {
    return decodeURIComponent(escaped);
  } catch {
    return null;
  }
}

function notUtf8(line: number): SourceText {
  const message = 'The file is not UTF-8 text here: save it as UTF-8.';
  return { ok: false, error: { severity: 'error', code: 'W01-encoding', line, column: 1, message } };
}

function withoutBom(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

function utf8Length(text: string): number {
  let length = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    // A surrogate is half of a character of four bytes.
    length += code < 0x80 ? 1 : code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 2 : 3;
  }
  return length;
}
