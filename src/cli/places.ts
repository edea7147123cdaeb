import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LibraryFolders } from '../node/library.ts';
import type { Io } from './io.ts';

/** Where runs and worktrees are kept: `~/.dynamic-workflows`, or DYNAMIC_WORKFLOWS_HOME. */
export function homeOf(io: Io): string {
  return io.env['DYNAMIC_WORKFLOWS_HOME'] || join(io.home, '.dynamic-workflows');
}

export function libraryFolders(io: Io): LibraryFolders {
  return { personal: join(io.home, '.claude', 'workflows'), shipped: packaged('workflows') };
}

/** A file or folder that ships with the program: above this file, in a checkout and beside a bundle alike. */
export function packaged(...path: readonly string[]): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return join(folder, ...path);
}
