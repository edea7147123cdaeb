import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { OnDisk, TreeWrite } from '../../workflow/apply/overlap.ts';
import { isMissing } from '../errno.ts';
import { versionOf, type FileVersion } from '../files.ts';
import { expectOk, type Git } from '../git.ts';
import type { GitPlace } from '../gitPlace.ts';

/** What lies at a path of a checkout, no link followed, not even on the way there. */
export type Seen =
  | { readonly kind: 'absent' }
  | { readonly kind: 'file'; readonly version: FileVersion; readonly mode: number }
  | { readonly kind: 'link'; readonly version: FileVersion; readonly target: Buffer }
  | { readonly kind: 'folder' }
  | { readonly kind: 'under'; readonly file: string }
  | { readonly kind: 'special' };

export async function look(root: string, path: string): Promise<Seen> {
  const above = dirname(path);
  if (above !== '.') {
    const way = await look(root, above);
    if (way.kind === 'absent' || way.kind === 'under') return way;
    if (way.kind !== 'folder') return { kind: 'under', file: above };
  }
  const whole = join(root, path);
  try {
    const stat = await lstat(whole, { bigint: true });
    if (stat.isDirectory()) return { kind: 'folder' };
    const version = versionOf(stat);
    if (stat.isFile()) return { kind: 'file', version, mode: Number(stat.mode) & 0o777 };
    if (stat.isSymbolicLink()) return { kind: 'link', version, target: await readlink(whole, 'buffer') };
    return { kind: 'special' };
  } catch (error) {
    if (isMissing(error)) return { kind: 'absent' };
    throw error;
  }
}

/** False for what no tree of git may hold, and for what would lead out of the checkout or into git's own folder. */
export function isTreePath(path: string): boolean {
  if (path === '' || path.includes('\0') || (process.platform === 'win32' && /[\\:]/.test(path))) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && part.toLowerCase() !== '.git');
}

/** All paths below a folder, links and special files as well; empty folders have none. */
export async function pathsIn(root: string, folder: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const below = await Promise.all(
    entries.map((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? pathsIn(root, path) : Promise.resolve([path]);
    }),
  );
  return below.flat();
}

/**
 * The same as git would take it in: through its filters and line endings, whatever its index believes (a file may be marked
 * as one that git does not look at).
 */
export async function onDisk(
  git: Git,
  place: GitPlace,
  writes: readonly Pick<TreeWrite, 'path' | 'before'>[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, OnDisk>> {
  const seen = new Map<string, Seen>();
  for (const { path } of writes) seen.set(path, await look(place.root, path));
  const known = new Map(writes.map(({ path, before }) => [path, before?.mode]));
  const files = [...seen.keys()].filter((path) => seen.get(path)?.kind === 'file');
  const [oids, fileMode, hash] = await Promise.all([
    hashesOf(git, place, files, signal),
    trustsFileMode(git, place, signal),
    objectFormat(git, place, signal),
  ]);
  const found = new Map<string, OnDisk>();
  for (const [path, here] of seen) {
    if (here.kind === 'file') {
      const executable = fileMode ? (here.mode & constants.S_IXUSR) !== 0 : known.get(path) === '100755';
      found.set(path, { kind: 'entry', entry: { mode: executable ? '100755' : '100644', oid: oids.get(path) ?? '' } });
    } else if (here.kind === 'link') {
      const header = `blob ${here.target.length}\0`;
      const oid = createHash(hash).update(header).update(here.target).digest('hex');
      found.set(path, { kind: 'entry', entry: { mode: '120000', oid } });
    } else if (here.kind === 'folder') {
      found.set(path, { kind: 'folder', holds: await pathsIn(place.root, path) });
    } else found.set(path, here);
  }
  return found;
}

async function hashesOf(
  git: Git,
  { root, gitDir }: GitPlace,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  if (paths.length === 0) return new Map();
  const input = `${paths.map(quoted).join('\n')}\n`;
  const args = ['hash-object', '--stdin-paths'];
  const hashed = expectOk(await git({ cwd: root, gitDir, workTree: root, args, input }, signal), 'reading files');
  const oids = hashed.trim().split('\n');
  return new Map(paths.map((path, index) => [path, oids[index] ?? '']));
}

/** One path a line; git reads one in quotes as C would. */
function quoted(path: string): string {
  return /["\\\n\r]/.test(path)
    ? `"${path.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}"`
    : path;
}

/** Whether the executable bit of a file means anything here. */
async function trustsFileMode(git: Git, { root }: GitPlace, signal: AbortSignal): Promise<boolean> {
  const told = await git({ cwd: root, args: ['config', '--type=bool', '--get', 'core.fileMode'] }, signal);
  return told.kind !== 'ok' || told.stdout.trim() !== 'false';
}

async function objectFormat(git: Git, { root }: GitPlace, signal: AbortSignal): Promise<'sha1' | 'sha256'> {
  const told = await git({ cwd: root, args: ['rev-parse', '--show-object-format'] }, signal);
  return told.kind === 'ok' && told.stdout.trim() === 'sha256' ? 'sha256' : 'sha1';
}
