import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { oneLine } from '../../engine/framed.ts';
import type { Git } from '../git.ts';

const MAX_LINES = 150;
const MAX_LINE_CHARS = 120;
/** Of names: enough for a hundred thousand files. */
const MAX_BYTES = 8 * 1024 * 1024;
/** Folders below folders below the top are counted, not shown. */
const SHOWN_DEPTH = 2;
/** What nobody wrote by hand. */
const BUILT = new Set(['.git', 'node_modules', 'dist', 'build', 'target', '.venv', '__pycache__']);

interface Folder {
  readonly folders: Map<string, Folder>;
  readonly files: string[];
  count: number;
}

/** What lies where in `cwd`, two folders deep: by git's index where there is one, else as the file system has it. */
export async function folderMap(git: Git, cwd: string, inRepository: boolean): Promise<string> {
  const listed = inRepository ? await git({ cwd, args: ['ls-files', '-z', '--cached'], maxBytes: MAX_BYTES }) : null;
  const tracked = listed?.kind === 'ok' ? listed.stdout.split('\0').filter((path) => path !== '') : [];
  const paths = tracked.length > 0 ? tracked : await pathsIn(cwd);
  const lines = linesOf(treeOf(paths), '', 1);
  const shown = lines.slice(0, MAX_LINES);
  return [...shown, ...(lines.length > shown.length ? [`… ${lines.length - shown.length} more`] : [])].join('\n');
}

/** As deep as it is shown, and one deeper, so that there is something to count. */
async function pathsIn(top: string, below = '', depth = 0): Promise<readonly string[]> {
  const entries = await readdir(join(top, below), { withFileTypes: true }).catch(() => []);
  const parts = await Promise.all(
    entries.slice(0, 1_000).map(async (entry): Promise<readonly string[]> => {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (!entry.isDirectory()) return [path];
      return BUILT.has(entry.name) || depth >= SHOWN_DEPTH ? [] : pathsIn(top, path, depth + 1);
    }),
  );
  return parts.flat();
}

function treeOf(paths: readonly string[]): Folder {
  const top: Folder = { folders: new Map(), files: [], count: 0 };
  for (const path of paths) {
    const names = path.split('/');
    let folder = top;
    for (const name of names.slice(0, -1)) {
      const next = folder.folders.get(name) ?? { folders: new Map(), files: [], count: 0 };
      folder.folders.set(name, next);
      next.count += 1;
      folder = next;
    }
    folder.files.push(names.at(-1) ?? '');
  }
  return top;
}

/** Folders first, with how many files are in them; files at the top alone. */
function linesOf({ folders, files }: Folder, indent: string, depth: number): readonly string[] {
  const inOrder = [...folders].sort(([a], [b]) => (a < b ? -1 : 1));
  const below = inOrder.flatMap(([name, folder]) => [
    `${indent}${shown(name)}/ (${folder.count})`,
    ...(depth < SHOWN_DEPTH ? linesOf(folder, `${indent}  `, depth + 1) : []),
  ]);
  return [...below, ...(depth === 1 ? files.sort().map(shown) : [])];
}

function shown(name: string): string {
  return oneLine(name).slice(0, MAX_LINE_CHARS);
}
