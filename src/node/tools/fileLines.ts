import type { FileHandle } from 'node:fs/promises';
import { throwIfAborted } from '../../base/abort.ts';
import { encodingOf } from './textEncoding.ts';

export interface LineRange {
  /** Of the file, as far as that is known: most are small, and memory outside of V8's heap has it collect garbage. */
  readonly fileBytes: bigint;
  /** Counts from 1. */
  readonly first: number;
  readonly count: number;
  /** Characters of one line, and of all lines together. */
  readonly maxLineChars: number;
  readonly maxChars: number;
  /** What is shown of each line besides its text counts too. */
  readonly extraChars: number;
  /** Read on to the end of the file to learn how many lines it has. */
  readonly countAll: boolean;
}

export type FileLines =
  | { readonly kind: 'binary' }
  | {
      readonly kind: 'lines';
      /** Without their ends. */
      readonly lines: readonly string[];
      /** Lines of the whole file; null when reading stopped before its end. */
      readonly total: number | null;
    };

const CHUNK_BYTES = 64 * 1024;
const LEAST_BYTES = 4 * 1024;

/** A range of a text file's lines, read in chunks: neither its size nor the length of a line counts in memory. */
export async function readLines(handle: FileHandle, range: LineRange, signal: AbortSignal): Promise<FileLines> {
  const splitter = createSplitter(range);
  const wanted = Math.max(LEAST_BYTES, Number(range.fileBytes));
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, wanted));
  let decoder = new TextDecoder();
  for (let position = 0; ;) {
    throwIfAborted(signal);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    const chunk = buffer.subarray(0, bytesRead);
    if (position === 0) decoder = new TextDecoder(encodingOf(chunk));
    if (bytesRead === 0) {
      splitter.add(decoder.decode());
      return { kind: 'lines', ...splitter.end() };
    }
    const text = decoder.decode(chunk, { stream: true });
    if (position === 0 && text.includes('\0')) return { kind: 'binary' };
    splitter.add(text);
    if (!range.countAll && splitter.full()) return { kind: 'lines', lines: splitter.lines, total: null };
    position += bytesRead;
  }
}

function createSplitter({ first, count, maxLineChars, maxChars, extraChars }: LineRange) {
  const lines: string[] = [];
  let number = 1;
  let line = '';
  let dropped = 0;
  let started = false;
  let room = maxChars;
  let closed = false;

  function append(text: string): void {
    if (text === '') return;
    started = true;
    if (number < first || closed) return;
    const kept = text.slice(0, Math.max(0, maxLineChars - line.length));
    line += kept;
    dropped += text.length - kept.length;
  }

  function endLine(): void {
    if (number >= first && !closed) {
      const whole = dropped > 0 ? `${line} [… ${dropped} more characters …]` : line.replace(/\r$/, '');
      room -= whole.length + extraChars;
      if (room >= 0 || lines.length === 0) lines.push(whole);
      closed = room < 0 || lines.length >= count;
    }
    number += 1;
    [line, dropped, started] = ['', 0, false];
  }

  return {
    lines: lines as readonly string[],
    full: () => closed,
    add(text: string): void {
      let from = 0;
      for (let to = text.indexOf('\n'); to !== -1; to = text.indexOf('\n', from)) {
        append(text.slice(from, to));
        endLine();
        from = to + 1;
      }
      append(text.slice(from));
    },
    end(): { readonly lines: readonly string[]; readonly total: number } {
      if (started) endLine();
      return { lines, total: number - 1 };
    },
  };
}
