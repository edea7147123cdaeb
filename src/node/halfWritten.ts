import { basename, dirname, join } from 'node:path';

// What is written beside a file before it takes that file's place, in one step. A process that is killed in between
// leaves it: nobody's work, so that no commit has it.

/** At most three bytes each, so that the whole fits into the 255 that a name may have. */
const START_LENGTH = 60;
const END = '.dwf.tmp';

/** A name of its own beside `path`, on the same disk. `random`: 12 hexadecimal digits. */
export function halfWrittenBeside(path: string, random: string): string {
  return join(dirname(path), `${startOf(path)}${random}${END}`);
}

/** Whether a file of this name, in the folder of `path`, was to take its place. */
export function isHalfWritten(name: string, path: string): boolean {
  const start = startOf(path);
  return name.startsWith(start) && name.endsWith(END) && /^[0-9a-f]{12}$/.test(name.slice(start.length, -END.length));
}

/** The same for git: all of them, in any folder. */
export const HALF_WRITTEN_GLOB = `**/.*.${'[0-9a-f]'.repeat(12)}${END}`;

const startOf = (path: string): string => `.${basename(path).slice(0, START_LENGTH)}.`;
