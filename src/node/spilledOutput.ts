import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { MAX_SPILLED_BYTES } from '../workflow/commands.ts';
import { openOutputFile, type OutputFile } from './outputFile.ts';

/** A file that is made only once there is too much to keep in memory, and then has all that came before too. */
export interface SpilledOutput {
  take(pipe: Readable): void;
  /** All that has come. */
  bytes(): number;
  /** Resolves when it is written; with `keep` false, what was made is removed. */
  close(keep: boolean): Promise<void>;
}

export function createSpilledOutput(path: string, maxHeldBytes: number): SpilledOutput {
  let held: { readonly pipe: Readable; readonly chunk: Buffer }[] = [];
  let bytes = 0;
  let file: OutputFile | null = null;
  let broken = false;

  const open = (): void => {
    try {
      file = openOutputFile(path, MAX_SPILLED_BYTES);
      for (const { pipe, chunk } of held) file.write(pipe, chunk);
    } catch {
      // No folder can be made there: the command goes on, its output is what is kept.
      broken = true;
    }
    held = [];
  };

  return {
    take: (pipe) =>
      pipe.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (broken) return;
        if (file) {
          file.write(pipe, chunk);
          return;
        }
        held.push({ pipe, chunk });
        if (bytes > maxHeldBytes) open();
      }),
    bytes: () => bytes,
    close: async (keep) => {
      if (!file) return;
      await file.close();
      if (!keep) await rm(path, { force: true });
    },
  };
}
