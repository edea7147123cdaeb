import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describeSpill, MAX_SPILLED_BYTES } from '../workflow/commands.ts';
import { FILE_MODE } from './ndjson.ts';
import { FOLDER_MODE } from './runFiles.ts';

/** Where an agent's tools put what is too long to be told to it. */
export interface Spill {
  /** A file for one more output, not made yet; null when there is no room for any. Whoever writes it says how much. */
  reserve(tool: string): string | null;
  wrote(bytes: number): void;
  /** Writes a whole text and gives its path; null when it could not be kept. */
  write(tool: string, text: string): Promise<string | null>;
}

/** What the outputs of one run may take: three thousand agents with long outputs must not fill the disk. */
const MAX_RUN_BYTES = 256 * 1024 * 1024;

const MAX_NAME = 60;

/** By an agent's folder of outputs, `<run>/outputs/<agent>`; all agents of a run share the room. */
export function createSpills(maxRunBytes = MAX_RUN_BYTES): (folder: string) => Spill {
  const taken = new Map<string, number>();
  return (folder) => {
    const run = dirname(folder);
    const wrote = (bytes: number): void => void taken.set(run, (taken.get(run) ?? 0) + bytes);
    const reserve = (tool: string): string | null =>
      (taken.get(run) ?? 0) >= maxRunBytes
        ? null
        : join(folder, `${fileNameOf(tool)}-${randomBytes(6).toString('hex')}.txt`);
    return {
      reserve,
      wrote,
      write: async (tool, text) => {
        const path = reserve(tool);
        if (path === null) return null;
        const bytes = Buffer.from(text).subarray(0, MAX_SPILLED_BYTES);
        try {
          await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
          await writeFile(path, bytes, { mode: FILE_MODE, flag: 'wx' });
        } catch {
          // A full disk: the agent is told that there is no more.
          return null;
        }
        wrote(bytes.length);
        return path;
      },
    };
  };
}

/** A tool of somebody else's may be called anything. */
function fileNameOf(tool: string): string {
  return tool
    .toLowerCase()
    .replace(/[^\w-]+/g, '_')
    .slice(0, MAX_NAME);
}

/** What an agent is told of a text that it is shown a part of; null when it could not be kept. */
export async function spillWhole(spill: Spill, tool: string, text: string): Promise<string | null> {
  const path = await spill.write(tool, text);
  return path === null ? null : describeSpill({ path, bytes: Buffer.byteLength(text) });
}

/** Where nothing is kept. */
export const NO_SPILL: Spill = { reserve: () => null, wrote: () => undefined, write: () => Promise.resolve(null) };
