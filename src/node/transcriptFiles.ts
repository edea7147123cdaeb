import { createHash } from 'node:crypto';
import { appendFileSync, closeSync, openSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { Message } from '../protocol/conversation.ts';
import { isMissing } from './errno.ts';
import { dropTornLine, dropTornLineNow, FILE_MODE, parseJson, readLines } from './ndjson.ts';
import { messageSchema, RUN_FILES, transcriptFile } from './runFiles.ts';
import { chunksOf, readSpan, SharedText, type Span } from './sharedText.ts';

// A transcript has a line a message: the message itself, or, of a long one, where the parts of its JSON text lie in the
// file of texts that the whole run shares. A thousand agents that are given the same pages have them on disk once.

/** Parts that are shorter stand in the line itself. */
const SHORT_CHARS = 256;
/** An agent writes several times a turn; more than so many are rarely at work at once. */
const MAX_OPEN = 64;
/** Messages whose JSON is shorter stand in the transcript as they are. */
const LONG_CHARS = 2_048;

const sharedLine = z.strictObject({
  /** The beginning of the sha256 of the message's JSON. */
  sum: z.string(),
  /** In their order: where a part is, or the part itself. */
  shared: z.array(z.union([z.string(), z.tuple([z.int().min(0), z.int().min(0).max(100_000)])])),
});

/** Writes the transcripts of one run. What could not be written stays for the next flush. */
export class TranscriptWriter {
  readonly #dir: string;
  readonly #shared: SharedText;
  readonly #waiting = new Map<string, string>();
  /** Where the whole lines of a file end, in bytes; what may lie behind is left of a write that failed. */
  readonly #ends = new Map<string, number>();
  /** Of files that are open, the one that was written last at the end. */
  readonly #open = new Map<string, number>();
  /** Files of a write that failed. */
  readonly #torn = new Set<string>();

  private constructor(dir: string, shared: SharedText) {
    this.#dir = dir;
    this.#shared = shared;
  }

  static async open(dir: string): Promise<TranscriptWriter> {
    const path = join(dir, RUN_FILES.shared);
    await dropTornLine(path);
    return new TranscriptWriter(dir, await SharedText.open(path));
  }

  add(agentId: string, messages: readonly Message[]): void {
    const file = transcriptFile(agentId);
    if (file === null) throw new Error(`Not an agent id: ${agentId}`);
    const lines = messages.map((message) => `${this.#lineOf(JSON.stringify(message))}\n`);
    this.#waiting.set(file, (this.#waiting.get(file) ?? '') + lines.join(''));
  }

  /** Throws what the file system says. Shared texts first: a line is never on disk before what it points to. */
  flush(): void {
    this.#shared.flush();
    for (const [file, text] of this.#waiting) {
      this.#append(file, text);
      this.#waiting.delete(file);
    }
  }

  /** All of it or, once it is tried again, nothing twice: a full disk leaves some of the lines. */
  #append(file: string, text: string): void {
    const path = join(this.#dir, file);
    const end = this.#ends.get(file) ?? soundEnd(path);
    if (this.#torn.has(file)) truncateSync(path, end);
    this.#torn.delete(file);
    try {
      this.#ends.set(file, end);
      appendFileSync(this.#opened(file, path), text);
      this.#ends.set(file, end + Buffer.byteLength(text));
    } catch (error) {
      if (statSync(path, { throwIfNoEntry: false }) !== undefined) this.#torn.add(file);
      throw error;
    }
  }

  close(): void {
    this.#shared.close();
    for (const fd of this.#open.values()) closeSync(fd);
    this.#open.clear();
  }

  #opened(file: string, path: string): number {
    const known = this.#open.get(file);
    const fd = known ?? openSync(path, 'a', FILE_MODE);
    this.#open.delete(file);
    this.#open.set(file, fd);
    const [oldest] = this.#open;
    if (oldest && this.#open.size > MAX_OPEN) {
      this.#open.delete(oldest[0]);
      closeSync(oldest[1]);
    }
    return fd;
  }

  #lineOf(json: string): string {
    if (json.length < LONG_CHARS) return json;
    const shared = partsOf(json).flatMap((part): readonly (Span | string)[] =>
      part.length < SHORT_CHARS ? [part] : chunksOf(part).map((chunk) => this.#shared.spanOf(chunk)),
    );
    return JSON.stringify({ sum: sumOf(json), shared });
  }
}

/**
 * An agent's messages as far as they can be read: up to a torn line, or one whose shared texts a power cut has taken.
 * Empty where there are none; null for an id that is no file name.
 */
export async function readMessages(dir: string, agentId: string): Promise<readonly Message[] | null> {
  const file = transcriptFile(agentId);
  if (file === null) return null;
  const lines = await readLines(join(dir, file));
  const texts = new SharedReader(join(dir, RUN_FILES.shared));
  try {
    const messages: Message[] = [];
    for (const line of lines) {
      const message = messageSchema.safeParse(texts.messageOf(parseJson(line)));
      if (!message.success) break;
      messages.push(message.data);
    }
    return messages;
  } finally {
    texts.close();
  }
}

/** Its length without a torn last line, which is cut off. */
function soundEnd(path: string): number {
  dropTornLineNow(path);
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

class SharedReader {
  readonly #path: string;
  /** Null: there is no such file. */
  #fd: number | null | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** The message that a line stands for; undefined when its texts are not there or not the ones that were meant. */
  messageOf(line: unknown): unknown {
    const parsed = sharedLine.safeParse(line);
    if (!parsed.success) return line;
    const { sum, shared } = parsed.data;
    const fd = this.#open();
    if (fd === null) return undefined;
    const chunks = shared.map((part) => (typeof part === 'string' ? part : readSpan(fd, part)));
    if (chunks.includes(null)) return undefined;
    const json = chunks.join('');
    return sumOf(json) === sum ? parseJson(json) : undefined;
  }

  close(): void {
    if (typeof this.#fd === 'number') closeSync(this.#fd);
  }

  #open(): number | null {
    if (this.#fd !== undefined) return this.#fd;
    try {
      this.#fd = openSync(this.#path, 'r');
    } catch (error) {
      if (!isMissing(error)) throw error;
      this.#fd = null;
    }
    return this.#fd;
  }
}

/**
 * Cut where a text, a tool's answer or a picture begins: what stands before it (ids, names) is another one each time, and would make
 * the first chunk of it another one too. Within a string of JSON the mark cannot stand, its quotes would be escaped.
 */
function partsOf(json: string): readonly string[] {
  return json.split(/(?<="(?:text|content|data)":")/);
}

function sumOf(json: string): string {
  return createHash('sha256').update(json).digest('hex').slice(0, 16);
}
