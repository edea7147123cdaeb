import { access, open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { isMissing } from './errno.ts';
import type { Found, WorkflowFile, WorkflowLibrary } from '../workflow/library.ts';

export interface LibraryFolders {
  /** The person's own: `~/.claude/workflows`. */
  readonly personal: string;
  readonly shipped: string;
}

const PROJECT_FOLDER = join('.claude', 'workflows');
const EXTENSIONS = ['.js', '.mjs'];
const SAFE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
/** More than a script may have (W01), so that its check sees that it is too long. */
const MAX_BYTES = 1024 * 1024;

/** Workflow files of the project (the folder's, then its repository's), of the person, and those shipped. */
export function fileLibrary(folders: LibraryFolders): WorkflowLibrary {
  return {
    byName: async (name, cwd) => {
      const places = await placesFor(cwd, folders);
      if (SAFE_NAME.test(name)) {
        for (const place of places) {
          for (const extension of EXTENSIONS) {
            const file = await read(join(place.folder, name + extension), place.origin);
            if (file !== null) return { kind: 'found', file };
          }
        }
      }
      return { kind: 'missing', message: missing(name, await namesIn(places.map((place) => place.folder))) };
    },
    byPath: (path, cwd) => byPath(resolve(cwd, path)),
    names: async (cwd) => namesIn((await placesFor(cwd, folders)).map(({ folder }) => folder)),
  };
}

/** The files behind those names, each with the name it is run by; of files with the same name, the nearest. */
export async function listWorkflowFiles(
  cwd: string | null,
  folders: LibraryFolders,
): Promise<readonly (WorkflowFile & { readonly name: string })[]> {
  const places = cwd === null ? commonPlaces(folders) : await placesFor(cwd, folders);
  const found = new Map<string, WorkflowFile & { readonly name: string }>();
  for (const { folder, origin } of places) {
    const files = (await readdir(folder).catch(() => [])).filter((file) => EXTENSIONS.includes(extname(file)));
    for (const file of files.sort()) {
      const name = basename(file, extname(file));
      const workflow = found.has(name) ? null : await read(join(folder, file), origin);
      if (workflow !== null) found.set(name, { ...workflow, name });
    }
  }
  return [...found.values()];
}

interface Place {
  readonly folder: string;
  readonly origin: WorkflowFile['origin'];
}

async function placesFor(cwd: string, folders: LibraryFolders): Promise<readonly Place[]> {
  const root = await repositoryRoot(cwd);
  const projects = root === null || root === resolve(cwd) ? [resolve(cwd)] : [resolve(cwd), root];
  return [
    ...projects.map((folder) => ({ folder: join(folder, PROJECT_FOLDER), origin: 'project' as const })),
    ...commonPlaces(folders),
  ];
}

function commonPlaces({ personal, shipped }: LibraryFolders): readonly Place[] {
  return [
    { folder: personal, origin: 'personal' },
    { folder: shipped, origin: 'shipped' },
  ];
}

/** The nearest folder upwards that holds `.git`, as a folder or (in a worktree) as a file. */
export async function repositoryRoot(cwd: string): Promise<string | null> {
  let folder = resolve(cwd);
  for (;;) {
    if (await exists(join(folder, '.git'))) return folder;
    const parent = dirname(folder);
    if (parent === folder) return null;
    folder = parent;
  }
}

async function byPath(path: string): Promise<Found> {
  const info = await stat(path).catch(() => null);
  if (info?.isFile() === false) {
    const what = info.isDirectory() ? 'a folder' : 'no regular file';
    return { kind: 'missing', message: `${path} is ${what}, not a workflow script.` };
  }
  const file = await read(path, 'file');
  return file === null ? { kind: 'missing', message: `There is no file ${path}.` } : { kind: 'found', file };
}

/** Null when there is no such file. */
async function read(path: string, origin: WorkflowFile['origin']): Promise<WorkflowFile | null> {
  // Asked before: to open a pipe is to wait for somebody who writes into it.
  const info = await stat(path).catch(nullWhenMissing);
  if (info?.isFile() !== true) return null;
  const file = await open(path, 'r').catch(nullWhenMissing);
  if (file === null) return null;
  try {
    const buffer = new Uint8Array(MAX_BYTES);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, MAX_BYTES - length);
      length += bytesRead;
      if (bytesRead === 0 || length === MAX_BYTES) break;
    }
    return { path, bytes: buffer.slice(0, length), origin };
  } finally {
    await file.close();
  }
}

async function namesIn(folders: readonly string[]): Promise<readonly string[]> {
  const files = await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])));
  const names = files.flat().filter((file) => EXTENSIONS.includes(extname(file)));
  return [...new Set(names.map((file) => basename(file, extname(file))))].sort();
}

function missing(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  const hint = near === null ? '' : ` Did you mean "${near}"?`;
  const list = known.length === 0 ? 'There are none here.' : `There are: ${known.join(', ')}.`;
  return `There is no workflow "${name}".${hint} ${list}`;
}

/** The known name closest to what was typed, if it is close enough to have been meant. */
function nearest(name: string, known: readonly string[]): string | null {
  const ranked = known
    .map((candidate) => ({ candidate, distance: distanceBetween(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  if (best === undefined) return null;
  const contained = name.length >= 3 && best.candidate.includes(name);
  return contained || best.distance <= Math.max(2, Math.floor(name.length / 3)) ? best.candidate : null;
}

/** Levenshtein's: insertions, deletions and replacements of one letter. */
function distanceBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function nullWhenMissing(error: unknown): null {
  if (isMissing(error)) return null;
  throw error;
}
