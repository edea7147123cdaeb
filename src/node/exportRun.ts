import { isUtf8 } from 'node:buffer';
import { createWriteStream } from 'node:fs';
import { mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { RunManifest } from '../workflow/runStore.ts';
import type { Git } from './git.ts';
import { FILE_MODE, toLine } from './ndjson.ts';
import { archiveHeader, BUNDLE, isRunFile } from './runArchive.ts';
import { refsOfRun, whyNot } from './runRefs.ts';

const PIECE_BYTES = 256 * 1024;

export interface Exported {
  /** Of the file that was written. */
  readonly bytes: number;
  readonly files: number;
  /** The commits of its changes are in it. */
  readonly withChanges: boolean;
  /** Why they are not, where it has some or nobody can tell, for a person to read. */
  readonly missing: string | null;
}

/**
 * Writes a run into one file, as it is now, also while it goes on. `output` appears as a whole or not at all, and replaces
 * what was there.
 */
export async function exportRun(
  git: Git,
  { dir, manifest }: { readonly dir: string; readonly manifest: RunManifest },
  output: string,
): Promise<Exported> {
  const scratch = await mkdtemp(join(tmpdir(), 'dynamic-workflows-export-'));
  const temporary = `${output}.${process.pid}.tmp`;
  try {
    const bundle = join(scratch, BUNDLE);
    const bundled = await bundleChanges(git, manifest, bundle);
    const withChanges = bundled.kind === 'bundled';
    const files = [...(await filesOf(dir)), ...(withChanges ? [{ path: BUNDLE, from: bundle }] : [])];
    await pipeline(
      Readable.from(linesOf(manifest, files)),
      createGzip(),
      createWriteStream(temporary, { mode: FILE_MODE, flags: 'wx' }),
    );
    await rename(temporary, output);
    const missing = bundled.kind === 'failed' ? bundled.message : null;
    return { bytes: (await stat(output)).size, files: files.length, withChanges, missing };
  } finally {
    await Promise.all([rm(scratch, { recursive: true, force: true }), rm(temporary, { force: true })]);
  }
}

interface Source {
  /** In the archive. */
  readonly path: string;
  /** On disk. */
  readonly from: string;
}

/** Transcripts first: what they point to is written before them, so a run that goes on is read in the other order. */
async function filesOf(dir: string): Promise<readonly Source[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.flatMap((entry) => {
    const from = join(entry.parentPath, entry.name);
    const path = relative(dir, from).split(sep).join('/');
    return entry.isFile() && isRunFile(path) && path !== BUNDLE ? [{ path, from }] : [];
  });
  const rank = ({ path }: Source): number => (path.startsWith('agents/') ? 0 : 1);
  return files.sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1));
}

async function* linesOf(manifest: RunManifest, files: readonly Source[]): AsyncGenerator<string> {
  yield toLine(archiveHeader(manifest));
  let bytes = 0;
  for (const { path, from } of files) {
    for await (const piece of piecesOf(from)) {
      bytes += piece.length;
      yield toLine(isUtf8(piece) ? { path, text: piece.toString('utf8') } : { path, base64: piece.toString('base64') });
    }
  }
  yield toLine({ end: { files: files.length, bytes } });
}

/** At least one piece a file, so that an empty one is there too; none ends within a character. */
async function* piecesOf(from: string): AsyncGenerator<Buffer> {
  const file = await open(from, 'r');
  try {
    let rest = Buffer.alloc(0);
    for (let first = true; ; first = false) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(PIECE_BYTES), 0, PIECE_BYTES, null);
      const all = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      if (bytesRead === 0) {
        if (first || all.length > 0) yield all;
        return;
      }
      const end = endOfCharacter(all);
      if (end > 0) yield all.subarray(0, end);
      rest = Buffer.from(all.subarray(end));
    }
  } finally {
    await file.close();
  }
}

/** Where the last whole character of UTF-8 ends; the end where that is no UTF-8 anyway. */
function endOfCharacter(bytes: Buffer): number {
  for (let back = 1; back <= 4 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

type Bundled = { readonly kind: 'bundled' | 'none' } | { readonly kind: 'failed'; readonly message: string };

async function bundleChanges(git: Git, { cwd, runId, base, baseCommit }: RunManifest, path: string): Promise<Bundled> {
  const read = await refsOfRun(git, cwd, runId);
  if (read.kind === 'unreadable')
    return baseCommit === null ? { kind: 'none' } : { kind: 'failed', message: read.message };
  const names = [...read.refs.kept, ...read.refs.branches].map(({ name }) => name);
  if (names.length === 0) return { kind: 'none' };
  // A snapshot is in nobody else's repository: it goes along.
  const beyond = [...names, ...(baseCommit === null ? [] : [`^${base?.head ?? baseCommit}`])];
  const count = await git({ cwd, args: ['rev-list', '--count', ...beyond] });
  // Git makes no bundle without a commit.
  if (count.kind === 'ok' && count.stdout.trim() === '0') return { kind: 'none' };
  const made = count.kind === 'ok' ? await git({ cwd, args: ['bundle', 'create', '--quiet', path, ...beyond] }) : count;
  return made.kind === 'ok' ? { kind: 'bundled' } : { kind: 'failed', message: whyNot(made) };
}
