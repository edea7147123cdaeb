import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a note lies for each apply that is being written. */
export const pendingFolder = (home: string): string => join(home, 'applying');

/** The names of the notes that are there; one look at a folder, and no more to load for it. */
export async function pendingMoves(home: string): Promise<readonly string[]> {
  const names = await readdir(pendingFolder(home)).catch(() => []);
  return names.filter((name) => name.endsWith('.json'));
}
