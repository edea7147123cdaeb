import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Event } from '../protocol/messages.ts';
import { isMissing } from './errno.ts';
import { parseLines } from './ndjson.ts';
import { eventSchema, RUN_FILES } from './runFiles.ts';

/** Reads a run's log as it grows, whoever writes it. One call at a time. */
export class RunTail {
  readonly #path: string;
  #offset = 0;

  constructor(dir: string) {
    this.#path = join(dir, RUN_FILES.events);
  }

  /** Events since the last call, from the first on; a line that is being written waits. Throws for a damaged log. */
  async read(): Promise<readonly Event[]> {
    const bytes = await this.#added();
    const end = bytes.lastIndexOf(0x0a);
    if (end < 0) return [];
    const events = parseLines(this.#path, bytes.subarray(0, end).toString('utf8').split('\n'), eventSchema);
    if (!events.ok) throw new Error(events.message);
    this.#offset += end + 1;
    return events.values;
  }

  async #added(): Promise<Buffer> {
    const file = await open(this.#path, 'r').catch((error: unknown) => {
      if (isMissing(error)) return null;
      throw error;
    });
    if (file === null) return Buffer.alloc(0);
    try {
      const { size } = await file.stat();
      if (size <= this.#offset) return Buffer.alloc(0);
      const bytes = Buffer.alloc(size - this.#offset);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, this.#offset);
      return bytes.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }
}
