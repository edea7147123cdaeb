import { closeSync, fdatasync, openSync, readFileSync, statSync, truncateSync, writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, readFile, truncate } from 'node:fs/promises';
import type * as z from 'zod';
import { isMissing } from './errno.ts';

/** Files of a run are for its owner's eyes. */
export const FILE_MODE = 0o600;

/** One value a line, ended by a newline: a line without one was being written when the machine stopped. */
export function toLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

export type Parsed<T> =
  { readonly ok: true; readonly values: readonly T[] } | { readonly ok: false; readonly message: string };

/** The whole lines of a file; a torn last line is left out, a missing file has none. */
export async function readLines(path: string): Promise<readonly string[]> {
  const bytes = await readFile(path).catch(emptyWhenMissing);
  const whole = bytes.subarray(0, endOfLastLine(bytes)).toString('utf8');
  return whole === '' ? [] : whole.slice(0, -1).split('\n');
}

/** Cuts a torn last line off, so that the next one does not continue it. */
export async function dropTornLine(path: string): Promise<void> {
  const bytes = await readFile(path).catch(emptyWhenMissing);
  const end = endOfLastLine(bytes);
  if (end < bytes.length) await truncate(path, end);
}

/** The same before the call returns. */
export function dropTornLineNow(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return;
  const bytes = readFileSync(path);
  const end = endOfLastLine(bytes);
  if (end < bytes.length) truncateSync(path, end);
}

/** Parses every line, or names the file and the line that is no value of this kind. */
export function parseLines<T>(path: string, lines: readonly string[], schema: z.ZodType<T>): Parsed<T> {
  const values: T[] = [];
  for (const [index, line] of lines.entries()) {
    const value = schema.safeParse(parseJson(line));
    if (!value.success) return { ok: false, message: `${path}, line ${index + 1}: damaged (${line.slice(0, 40)})` };
    values.push(value.data);
  }
  return { ok: true, values };
}

/** What can be read of a file before the call returns: its lines up to a torn or damaged one; a missing file has none. */
export function readValuesNow<T>(path: string, schema: z.ZodType<T>): readonly T[] {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return [];
  const bytes = readFileSync(path);
  const values: T[] = [];
  for (const line of bytes.toString('utf8', 0, endOfLastLine(bytes)).split('\n')) {
    const value = schema.safeParse(parseJson(line));
    if (!value.success) break;
    values.push(value.data);
  }
  return values;
}

/** `undefined` for a text that is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const FULL_CHARS = 64 * 1024;

/** Appends through one kept descriptor, unsynced. What could not be written stays and is tried with the next. */
export class LineAppender {
  readonly #fd: number;
  #pending: Buffer = Buffer.alloc(0);
  /** Without their newlines. */
  #lines: string[] = [];
  #chars = 0;

  constructor(path: string) {
    this.#fd = openSync(path, 'a', FILE_MODE);
  }

  add(value: unknown): void {
    this.addLine(JSON.stringify(value));
  }

  /** A text without a newline in it. */
  addLine(text: string): void {
    this.#lines.push(text);
    this.#chars += text.length;
  }

  /** So much waits that keeping it costs more than writing it. */
  get isFull(): boolean {
    return this.#chars > FULL_CHARS;
  }

  /** Throws what the file system says; never tears a line, whatever it says. */
  flush(): void {
    while (this.#pending.length > 0) this.#pending = this.#pending.subarray(writeSync(this.#fd, this.#pending));
    if (this.#lines.length === 0) return;
    this.#lines.push('');
    const text = this.#lines.join('\n');
    this.#lines = [];
    this.#chars = 0;
    this.#write(text);
  }

  /** Nearly always whole at once, and then without bytes of our own: a run writes megabytes. */
  #write(text: string): void {
    let written = 0;
    try {
      written = writeSync(this.#fd, text);
    } finally {
      if (written < Buffer.byteLength(text)) this.#pending = Buffer.from(text, 'utf8').subarray(written);
    }
    if (this.#pending.length > 0) this.flush();
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** Lines that share one sync, and the promise of it. */
interface Batch {
  readonly lines: string[];
  readonly committed: PromiseWithResolvers<void>;
}

/** Appends lines that are on the disk when their promise resolves; those that wait share one sync. */
export class GroupCommit {
  readonly #file: FileHandle;
  #size: number;
  #waiting: Batch | null = null;
  #draining: Promise<void> | null = null;
  #broken: unknown = null;

  private constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#size = size;
  }

  static async open(path: string): Promise<GroupCommit> {
    const file = await open(path, 'a', FILE_MODE);
    const { size } = await file.stat();
    return new GroupCommit(file, size);
  }

  append(value: unknown): Promise<void> {
    const line = JSON.stringify(value);
    const batch = (this.#waiting ??= { lines: [], committed: Promise.withResolvers() });
    batch.lines.push(line);
    this.#draining ??= this.#drain();
    return batch.committed.promise;
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    await this.#draining;
    await this.#file.close();
  }

  async #drain(): Promise<void> {
    // One turn later, so that appends of the same turn share the first sync too.
    await Promise.resolve();
    while (this.#waiting !== null) {
      const batch: Batch = this.#waiting;
      this.#waiting = null;
      batch.lines.push('');
      try {
        await this.#commit(batch.lines.join('\n'));
        batch.committed.resolve();
      } catch (error) {
        batch.committed.reject(error);
      }
    }
    // Here and not later: whoever appends from now on must start a new round.
    this.#draining = null;
  }

  async #commit(text: string): Promise<void> {
    if (this.#broken !== null) throw new Error('The journal cannot be written any more.', { cause: this.#broken });
    const bytes = Buffer.from(text, 'utf8');
    try {
      for (let rest = bytes; rest.length > 0;) rest = rest.subarray(writeSync(this.#file.fd, rest));
      await synced(this.#file.fd);
      this.#size += bytes.length;
    } catch (error) {
      // Half a line in the middle would make the whole file unreadable: back to the last good end, or never again.
      await this.#file.truncate(this.#size).catch((reason: unknown) => (this.#broken = reason));
      throw error;
    }
  }
}

/** Through the callback: a promise of the file's own costs several times as much, and there is one for each few agents. */
function synced(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fdatasync(fd, (error) => (error ? reject(error) : resolve()));
  });
}

function endOfLastLine(bytes: Buffer): number {
  return bytes.lastIndexOf(0x0a) + 1;
}

function emptyWhenMissing(error: unknown): Buffer {
  if (isMissing(error)) return Buffer.alloc(0);
  throw error;
}
