import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { MAX_RECORDED_BYTES } from '../workflow/commands.ts';
import { FILE_MODE } from './ndjson.ts';
import { FOLDER_MODE } from './runFiles.ts';

/** A file that takes what pipes bring, as it comes. */
export interface OutputFile {
  /** Takes all of this pipe too; a pipe that is faster than the disk waits for it. */
  record(pipe: Readable): void;
  /** Takes what has come through a pipe. */
  write(pipe: Readable, chunk: Buffer): void;
  /** Resolves when all is written, or cannot be: a full disk is no failure of the command. */
  close(): Promise<void>;
}

/** Makes the file and its folder; both are for the person alone. */
export function openOutputFile(path: string, maxBytes = MAX_RECORDED_BYTES): OutputFile {
  mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE });
  const file = createWriteStream(path, { mode: FILE_MODE });
  const closed = new Promise<void>((resolve) => file.once('close', () => resolve()));
  let broken = false;
  file.on('error', () => (broken = true));
  let left = maxBytes;
  const take = (pipe: Readable, chunk: Buffer): void => {
    if (broken || left === 0) return;
    const fits = chunk.subarray(0, left);
    left -= fits.length;
    write(file, pipe, left === 0 ? Buffer.concat([fits, CUT]) : fits);
  };
  return {
    record: (pipe) => pipe.on('data', (chunk: Buffer) => take(pipe, chunk)),
    write: take,
    close: async () => {
      file.end();
      await closed;
    },
  };
}

const CUT = Buffer.from('\n[… the file is full: the rest of the output was not kept …]\n');

function write(file: WriteStream, pipe: Readable, chunk: Buffer): void {
  if (file.write(chunk)) return;
  pipe.pause();
  const goOn = (): void => {
    file.off('drain', goOn);
    file.off('close', goOn);
    pipe.resume();
  };
  file.on('drain', goOn);
  file.on('close', goOn);
}
