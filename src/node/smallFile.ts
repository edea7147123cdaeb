import { open, realpath, stat } from 'node:fs/promises';
import { sep } from 'node:path';
import { errnoOf, isMissing } from './errno.ts';

export type SmallFile =
  | { readonly kind: 'read'; readonly path: string; readonly text: string }
  | { readonly kind: 'absent' }
  /** `what` goes on from the file's name: `is larger than 64 KiB`. */
  | { readonly kind: 'problem'; readonly what: string };

/**
 * A text file of at most `maxBytes`, symlinks resolved; one that lies outside of `inside` after that is not read, since a
 * repository could make one that names a person's secrets.
 */
export async function readSmallFile(path: string, maxBytes: number, inside: string | null): Promise<SmallFile> {
  try {
    const real = await realpath(path);
    if (inside !== null && !isInside(inside, real)) return { kind: 'problem', what: `leads out of ${inside}` };
    // Asked before: to open a pipe is to wait for somebody who writes into it.
    const info = await stat(real);
    if (!info.isFile()) return { kind: 'problem', what: 'is no regular file' };
    const text = await readUpTo(real, maxBytes);
    return text === null
      ? { kind: 'problem', what: `is larger than ${Math.floor(maxBytes / 1024)} KiB` }
      : { kind: 'read', path: real, text };
  } catch (error) {
    if (isMissing(error)) return { kind: 'absent' };
    return { kind: 'problem', what: `cannot be read (${errnoOf(error) ?? 'unknown error'})` };
  }
}

function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** Null when there is more. */
async function readUpTo(path: string, maxBytes: number): Promise<string | null> {
  const file = await open(path, 'r');
  try {
    const buffer = new Uint8Array(maxBytes + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length);
      length += bytesRead;
      if (length > maxBytes) return null;
      if (bytesRead === 0) return new TextDecoder().decode(buffer.subarray(0, length));
    }
  } finally {
    await file.close();
  }
}
