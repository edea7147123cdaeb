import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { LineAppender, readLines } from './ndjson.ts';

/** Where a chunk lies in the file of shared texts: first byte and number of bytes, without its newline. */
export type Span = readonly [offset: number, bytes: number];

/** Characters that a boundary depends on: each is shifted out after as many as the hash has bits. */
const WINDOW = 32;
const MIN_CHARS = 256;
/** Chunks are 256 characters and then as many as it takes until a boundary, on average 1,024 more. */
const BOUNDARY_MASK = 0x3ff;
const MAX_CHARS = 8_192;
/** What is remembered of earlier chunks: about 20 MB of memory. The oldest half is forgotten then. */
const MAX_KNOWN = 100_000;

/**
 * Cuts a text where its own content says so (a rolling hash of the last 32 characters), so that a part that two texts
 * share gives the same chunks in both, whatever stands before it. Never between the halves of a surrogate pair.
 */
export function chunksOf(text: string): readonly string[] {
  const chunks: string[] = [];
  for (let from = 0; from < text.length;) {
    const to = endOfChunk(text, from);
    chunks.push(text.slice(from, to));
    from = to;
  }
  return chunks;
}

function endOfChunk(text: string, from: number): number {
  const end = Math.min(text.length, from + MAX_CHARS);
  let hash = 0;
  for (let at = from + MIN_CHARS - WINDOW; at < end; at += 1) {
    hash = ((hash << 1) + (GEAR[text.charCodeAt(at) & 0xff] ?? 0)) | 0;
    if (at - from >= MIN_CHARS && ((hash >>> 16) & BOUNDARY_MASK) === 0) return wholeAfter(text, at + 1);
  }
  return wholeAfter(text, end);
}

/** A fixed table of 256 numbers without a pattern: one for each low byte of a character. */
const GEAR: Int32Array = Int32Array.from({ length: 256 }, (_, at) =>
  createHash('sha256').update(`chunk boundary ${at}`).digest().readInt32LE(0),
);

function wholeAfter(text: string, at: number): number {
  const code = text.charCodeAt(at - 1);
  return at < text.length && code >= 0xd800 && code <= 0xdbff ? at + 1 : at;
}

/** A file to which each chunk is written once, a line each. Chunks are parts of JSON texts: they hold no newline. */
export class SharedText {
  readonly #file: LineAppender;
  readonly #known = new Map<string, Span>();
  #size: number;

  private constructor(path: string, size: number) {
    this.#file = new LineAppender(path);
    this.#size = size;
  }

  /** Of a file without a torn end. */
  static async open(path: string): Promise<SharedText> {
    const lines = await readLines(path);
    const sizes = lines.map((line) => Buffer.byteLength(line));
    const shared = new SharedText(
      path,
      sizes.reduce((sum, size) => sum + size + 1, 0),
    );
    let offset = 0;
    for (const [index, line] of lines.entries()) {
      const bytes = sizes[index] ?? 0;
      shared.#remember(keyOf(line), [offset, bytes]);
      offset += bytes + 1;
    }
    return shared;
  }

  /** Where the chunk is, once `flush` has written it. */
  spanOf(chunk: string): Span {
    const key = keyOf(chunk);
    const known = this.#known.get(key);
    if (known) return known;
    const span: Span = [this.#size, Buffer.byteLength(chunk)];
    this.#file.addLine(chunk);
    this.#size += span[1] + 1;
    this.#remember(key, span);
    return span;
  }

  flush(): void {
    this.#file.flush();
  }

  close(): void {
    this.#file.close();
  }

  #remember(key: string, span: Span): void {
    this.#known.set(key, span);
    if (this.#known.size <= MAX_KNOWN) return;
    for (const old of [...this.#known.keys()].slice(0, MAX_KNOWN / 2)) this.#known.delete(old);
  }
}

/** The chunk at `span` of an open file; null when the file has no such line. */
export function readSpan(fd: number, [offset, bytes]: Span): string | null {
  const buffer = Buffer.alloc(bytes + 1);
  if (readSync(fd, buffer, 0, bytes + 1, offset) !== bytes + 1 || buffer[bytes] !== 0x0a) return null;
  return buffer.toString('utf8', 0, bytes);
}

function keyOf(chunk: string): string {
  return createHash('sha256').update(chunk).digest('base64').slice(0, 22);
}
