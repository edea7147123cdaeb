import { closeSync, openSync, readFileSync, statSync, truncateSync, writeSync } from 'node:fs';
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

/** `undefined` for a text that is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Appends through one kept descriptor, unsynced. What could not be written stays and is tried with the next. */
export class LineAppender {
  readonly #fd: number;
  #pending: Buffer = Buffer.alloc(0);
  #lines: string[] = [];

  constructor(path: string) {
    this.#fd = openSync(path, 'a', FILE_MODE);
  }

  add(value: unknown): void {
    this.#lines.push(toLine(value));
  }

  /** A text without a newline in it. */
  addLine(text: string): void {
    this.#lines.push(`${text}\n`);
  }

  /** Throws what the file system says; never tears a line, whatever it says. */
  flush(): void {
    if (this.#lines.length > 0) {
      const text = Buffer.from(this.#lines.join(''), 'utf8');
      this.#pending = this.#pending.length === 0 ? text : Buffer.concat([this.#pending, text]);
      this.#lines = [];
    }
    while (this.#pending.length > 0) this.#pending = this.#pending.subarray(writeSync(this.#fd, this.#pending));
  }

  close(): void {
    closeSync(this.#fd);
  }
}

interface Waiter {
  readonly line: string;
  resolve(): void;
  reject(reason: unknown): void;
}

/** Appends lines that are on the disk when their promise resolves; those that wait share one sync. */
export class GroupCommit {
  readonly #file: FileHandle;
  #size: number;
  #waiting: Waiter[] = [];
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
    return new Promise((resolve, reject) => {
      this.#waiting.push({ line: toLine(value), resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    await this.#draining;
    await this.#file.close();
  }

  async #drain(): Promise<void> {
    // One turn later, so that appends of the same turn share the first sync too.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#commit(batch.map((waiter) => waiter.line).join(''));
        for (const waiter of batch) waiter.resolve();
      } catch (error) {
        for (const waiter of batch) waiter.reject(error);
      }
    }
    // Here and not later: whoever appends from now on must start a new round.
    this.#draining = null;
  }

  async #commit(text: string): Promise<void> {
    if (this.#broken !== null) throw new Error('The journal cannot be written any more.', { cause: this.#broken });
    const bytes = Buffer.from(text, 'utf8');
    try {
      await this.#file.appendFile(bytes);
      await this.#file.datasync();
      this.#size += bytes.length;
    } catch (error) {
      // Half a line in the middle would make the whole file unreadable: back to the last good end, or never again.
      await this.#file.truncate(this.#size).catch((reason: unknown) => (this.#broken = reason));
      throw error;
    }
  }
}

function endOfLastLine(bytes: Buffer): number {
  return bytes.lastIndexOf(0x0a) + 1;
}

function emptyWhenMissing(error: unknown): Buffer {
  if (isMissing(error)) return Buffer.alloc(0);
  throw error;
}
