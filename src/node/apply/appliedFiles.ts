import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, readlink, realpath, rename, rm, rmdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { isMissing } from '../errno.ts';
import { replaceFile } from '../files.ts';
import { halfWrittenBeside, isHalfWritten } from '../halfWritten.ts';
import { parseJson } from '../ndjson.ts';
import { FOLDER_MODE, readText, writeWhole } from '../runFiles.ts';
import { isTreePath, look, pathsIn, type Seen } from './onDisk.ts';

// What one apply changes in a checkout, with the content of both sides, so that it can be done, taken back, and brought to
// a whole after a crash. `plan.json` names the files; `before/` and `after/` hold them byte for byte, whatever git's
// filters would make of them.

export type Side = 'before' | 'after';
const other = (side: Side): Side => (side === 'before' ? 'after' : 'before');

const treePath = z.string().refine(isTreePath);

const fileState = z.object({
  kind: z.enum(['file', 'link']),
  /** Permissions; of a link without meaning. */
  mode: z.int().min(0).max(0o777),
  sha256: z.string(),
});
type FileState = z.infer<typeof fileState>;

const planSchema = z.object({
  version: z.literal(1),
  /** The checkout's top folder; absolute, symlinks resolved. */
  root: z.string(),
  gitDir: z.string(),
  files: z.array(z.object({ path: treePath, before: fileState.nullable(), after: fileState.nullable() })),
});
export type AppliedPlan = z.infer<typeof planSchema>;
type AppliedFile = AppliedPlan['files'][number];

export type Moved =
  | { readonly kind: 'moved' }
  /** These are not as the other side has them; nothing was done. */
  | { readonly kind: 'edited'; readonly paths: readonly string[] }
  /** Nothing stays of it, but for `left`: files that somebody changed meanwhile. */
  | { readonly kind: 'failed'; readonly message: string; readonly left: readonly string[] };

/** Notes what lies in the checkout and what shall; `after/` is filled already. */
export async function keepPlan(
  dir: string,
  { root, gitDir, paths }: { readonly root: string; readonly gitDir: string; readonly paths: readonly string[] },
): Promise<AppliedPlan> {
  const files: AppliedFile[] = [];
  for (const path of paths) {
    const after = await stateOf(join(dir, 'after'), path);
    const seen = await look(root, path);
    const before = await stateOf(root, path, seen);
    await keep(root, path, seen, join(dir, 'before', path));
    if (before?.kind === 'file' && after?.kind === 'file') after.mode = keptMode(before.mode, after.mode);
    files.push({ path, before, after });
  }
  const plan: AppliedPlan = { version: 1, root, gitDir, files };
  await writeWhole(join(dir, 'plan.json'), `${JSON.stringify(plan, null, 2)}\n`);
  return plan;
}

/** Null for one that is missing or damaged. */
export async function readPlan(dir: string): Promise<AppliedPlan | null> {
  const parsed = planSchema.safeParse(parseJson((await readText(join(dir, 'plan.json'))) ?? ''));
  return parsed.success ? parsed.data : null;
}

/** Brings all files from one side to the other, or none. */
export async function moveTo(dir: string, plan: AppliedPlan, side: Side): Promise<Moved> {
  const edited = await notAs(plan, other(side));
  if (edited.length > 0) return { kind: 'edited', paths: edited };
  try {
    await carry(dir, plan.root, plan.files, side);
    return { kind: 'moved' };
  } catch (error) {
    const left = await bringBack(dir, plan, other(side));
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error), left };
  }
}

/**
 * Takes back what was begun and not brought to its end, after a failure as after a crash. Gives the files that are as
 * neither side has them, and stay as they are.
 */
export async function bringBack(dir: string, plan: AppliedPlan, side: Side): Promise<readonly string[]> {
  await removeHalves(dir, plan, other(side));
  const [moved, left] = [[] as AppliedFile[], [] as string[]];
  for (const file of plan.files) {
    if (await isAs(plan, file, side)) continue;
    if (await isAs(plan, file, other(side))) moved.push(file);
    else left.push(file.path);
  }
  await carry(dir, plan.root, moved, side);
  return left;
}

/** First what goes, so that a folder can take the place of a file, and the other way round. */
async function carry(dir: string, root: string, files: readonly AppliedFile[], side: Side): Promise<void> {
  for (const file of files) if (file[side] === null) await take(root, file, other(side));
  for (const file of files) if (file[side] !== null) await put(dir, root, file, side);
}

async function take(root: string, file: AppliedFile, from: Side): Promise<void> {
  const seen = await look(root, file.path);
  if (!sameState(file[from], await stateOf(root, file.path, seen))) throw changed(file.path);
  if (seen.kind === 'absent') return;
  await rm(join(root, file.path));
  await removeEmptyAbove(root, file.path);
}

async function put(dir: string, root: string, file: AppliedFile, side: Side): Promise<void> {
  const { path } = file;
  const [from, to] = [file[other(side)], file[side]];
  if (to === null || sameState(from, to)) return;
  const seen = await look(root, path);
  const isAsBefore = from === null ? seen.kind === 'absent' : sameState(from, await stateOf(root, path, seen));
  if (!isAsBefore) throw changed(path);
  const before = seen.kind === 'file' || seen.kind === 'link' ? seen.version : null;
  const source = join(dir, side, path);
  if (to.kind === 'link') return putLink(root, path, await readlink(source), before);
  const put = await replaceFile(join(root, path), await readFile(source), { mode: to.mode, before });
  if (put === null) throw changed(path);
}

/** A link has no content that could be lost half-way: it is made beside its place and renamed into it. */
async function putLink(root: string, path: string, target: string, before: string | null): Promise<void> {
  const place = join(root, path);
  await mkdir(dirname(place), { recursive: true });
  if ((await realpath(dirname(place))) !== dirname(place)) throw changed(path);
  const temporary = halfWrittenBeside(place, randomBytes(6).toString('hex'));
  await symlink(target, temporary);
  try {
    const seen = await look(root, path);
    if ((seen.kind === 'file' || seen.kind === 'link' ? seen.version : null) !== before) throw changed(path);
    await rename(temporary, place);
  } finally {
    await rm(temporary, { force: true });
  }
}

function changed(path: string): Error {
  return new Error(`${path} was changed meanwhile. Nothing was written; try again.`);
}

/** Removes what a process that was killed was writing: a file named so that begins as what was to be written. */
async function removeHalves(dir: string, { root, files }: AppliedPlan, side: Side): Promise<void> {
  for (const { path, [side]: state } of files) {
    if (state === null) continue;
    const folder = join(root, dirname(path));
    for (const name of await readdir(folder).catch(() => [])) {
      if (!isHalfWritten(name, path)) continue;
      const half = join(folder, name);
      const seen = await look(root, join(dirname(path), name).replaceAll('\\', '/'));
      const whole = join(dir, side, path);
      const ours =
        seen.kind === 'link'
          ? state.kind === 'link' && seen.target.equals(await readlink(whole, 'buffer'))
          : seen.kind === 'file' && state.kind === 'file' && (await beginsAs(half, whole));
      if (ours) await rm(half, { force: true });
    }
  }
}

async function beginsAs(half: string, whole: string): Promise<boolean> {
  const [a, b] = await Promise.all([readFile(half), readFile(whole)]);
  return b.subarray(0, a.length).equals(a);
}

async function notAs(plan: AppliedPlan, side: Side): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const file of plan.files) if (!(await isAs(plan, file, side))) paths.push(file.path);
  return paths;
}

async function isAs({ root, files }: AppliedPlan, file: AppliedFile, side: Side): Promise<boolean> {
  const seen = await look(root, file.path);
  if (file[side] !== null) return sameState(file[side], await stateOf(root, file.path, seen));
  const onSide = (path: string): boolean => files.some((one) => one.path === path && one[side] !== null);
  if (seen.kind === 'absent') return true;
  if (seen.kind === 'under') return onSide(seen.file);
  return seen.kind === 'folder' && (await pathsIn(root, file.path)).every(onSide);
}

async function stateOf(root: string, path: string, seen?: Seen): Promise<FileState | null> {
  const here = seen ?? (await look(root, path));
  if (here.kind === 'link') return { kind: 'link', mode: 0, sha256: sha256(here.target) };
  if (here.kind !== 'file') return null;
  return { kind: 'file', mode: here.mode, sha256: sha256(await readFile(join(root, path))) };
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function sameState(a: FileState | null, b: FileState | null): boolean {
  if (a === null || b === null) return a === b;
  return a.kind === b.kind && a.sha256 === b.sha256 && (a.mode & constants.S_IXUSR) === (b.mode & constants.S_IXUSR);
}

/** A file stays as private as it was; whoever may read it may run it when it becomes a program. */
function keptMode(before: number, after: number): number {
  const plain = before & 0o666;
  return (after & constants.S_IXUSR) === 0 ? plain : plain | ((plain & 0o444) >> 2);
}

async function keep(root: string, path: string, seen: Seen, to: string): Promise<void> {
  if (seen.kind !== 'file' && seen.kind !== 'link') return;
  await mkdir(dirname(to), { recursive: true, mode: FOLDER_MODE });
  if (seen.kind === 'link') return symlink(seen.target, to);
  await copyFile(join(root, path), to, constants.COPYFILE_FICLONE);
}

/** As git does: a folder whose last file went goes too. */
async function removeEmptyAbove(root: string, path: string): Promise<void> {
  for (let above = dirname(path); above !== '.'; above = dirname(above)) {
    try {
      await rmdir(join(root, above));
    } catch (error) {
      if (!isMissing(error)) return;
    }
  }
}
