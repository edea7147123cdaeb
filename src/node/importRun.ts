import { randomBytes } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { isCommitId } from '../base/commitId.ts';
import type { Event } from '../protocol/messages.ts';
import { MAX_CONCURRENCY } from '../protocol/run.ts';
import type { RunManifest } from '../workflow/runStore.ts';
import { parseDecisions, writeDecisions } from './apply/decisionLog.ts';
import { errnoOf } from './errno.ts';
import { isOwnBranch, namesOwnRevisions } from './importedRevisions.ts';
import { FILE_MODE, parseJson, parseLines, readLines } from './ndjson.ts';
import { ARCHIVE_VERSION, BUNDLE, endSchema, headerSchema, isRunFile, pieceSchema } from './runArchive.ts';
import {
  FOLDER_MODE,
  journalSchema,
  makeFolder,
  readManifest,
  RUN_FILES,
  runFolders,
  runsFolderOf,
  writeManifest,
} from './runFiles.ts';
import { readRun } from './runReader.ts';

/** Unpacked; a run of thousands of agents takes some hundred megabytes. */
const MAX_BYTES = 2 * 1024 * 1024 * 1024;
const MAX_LINE_BYTES = 4 * 1024 * 1024;
const MAX_FILES = 100_000;
/** What an import that was killed has left is swept by a later one. */
const LEFTOVER_MS = 60 * 60 * 1_000;
const SCRATCH = '.import-';

export interface ImportOptions {
  /** Where the run belongs from now on, whatever folder it names. */
  readonly cwd: string;
  /** Throws when the views could not show these events. */
  readonly tryEvents: (runId: string, events: readonly Event[]) => void;
  readonly maxBytes?: number;
}

export type Imported =
  | {
      readonly kind: 'imported';
      readonly runId: string;
      readonly dir: string;
      readonly manifest: RunManifest;
      /** What is not as it was: the folder, rights, the server. One line each. */
      readonly changed: readonly string[];
      /** The file with the commits of its changes; null: there are none. */
      readonly bundle: string | null;
    }
  | { readonly kind: 'refused'; readonly message: string };

/** Reads an exported run; it is there as a whole or not at all. Whoever made the file is not trusted. */
export async function importRun(home: string, file: string, options: ImportOptions): Promise<Imported> {
  const refused = (message: string): Imported => ({ kind: 'refused', message });
  const parent = join(home, 'projects');
  await makeFolder(parent);
  await sweepLeftovers(parent);
  const scratch = join(parent, `${SCRATCH}${randomBytes(6).toString('hex')}`);
  await mkdir(scratch, { mode: FOLDER_MODE });
  try {
    const runId = await unpack(file, scratch, options.maxBytes ?? MAX_BYTES);
    if ((await runFolders(home)).some((folder) => folder.runId === runId))
      return refused(`The run ${runId} is here already. To have the imported one instead, first: dwf runs rm ${runId}`);
    const { manifest, changed } = await checked(file, scratch, runId, options);
    if (changed.length > 0) await writeManifest(scratch, manifest);
    const runs = await runsFolderOf(home, manifest.cwd);
    await makeFolder(runs);
    const dir = join(runs, runId);
    await rename(scratch, dir);
    const bundle = join(dir, BUNDLE);
    return { kind: 'imported', runId, dir, manifest, changed, bundle: existsSync(bundle) ? bundle : null };
  } catch (error) {
    if (error instanceof Unusable) return refused(error.message);
    throw error;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The file is not what it should be; the message says so in one line. */
class Unusable extends Error {}

/** Writes the files of the archive below `into`; gives the run's id. */
async function unpack(file: string, into: string, maxBytes: number): Promise<string> {
  let runId: string | null = null;
  let ended = false;
  let bytes = 0;
  const seen = new Set<string>();
  for await (const line of linesIn(file, maxBytes)) {
    const value = parseJson(line);
    if (ended) throw new Unusable(`${file} is damaged: there is more after its end.`);
    if (runId === null) {
      runId = headerOf(file, value);
      continue;
    }
    const end = endSchema.safeParse(value);
    if (end.success) {
      ended = true;
      if (end.data.end.files !== seen.size || end.data.end.bytes !== bytes)
        throw new Unusable(`${file} is damaged: it does not hold what it says.`);
      continue;
    }
    const piece = pieceSchema.safeParse(value);
    if (!piece.success) throw new Unusable(`${file} is damaged: it has a line that is no part of a run.`);
    const { path } = piece.data;
    if (!isRunFile(path)) throw new Unusable(`${file} was not made by an export: a run has no file "${shown(path)}".`);
    const content = 'text' in piece.data ? Buffer.from(piece.data.text) : Buffer.from(piece.data.base64, 'base64');
    bytes += content.length;
    seen.add(path);
    if (seen.size > MAX_FILES) throw new Unusable(`${file} is too large: it has more than ${MAX_FILES} files.`);
    await append(join(into, path), content);
  }
  if (runId === null || !ended) throw new Unusable(`${file} is torn: its end is missing. Export the run again.`);
  return runId;
}

function headerOf(file: string, value: unknown): string {
  const header = headerSchema.safeParse(value);
  if (!header.success) throw new Unusable(`${file} is no exported run.`);
  if (header.data.version > ARCHIVE_VERSION)
    throw new Unusable(`${file} was written by a newer version of Dynamic Workflows: update to import it.`);
  return header.data.runId;
}

async function append(path: string, content: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: FOLDER_MODE });
  await appendFile(path, content, { mode: FILE_MODE });
}

async function* linesIn(file: string, maxBytes: number): AsyncGenerator<string> {
  const source = createReadStream(file);
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  source.on('error', (error) => gunzip.destroy(error));
  source.pipe(gunzip);
  let rest: Buffer = Buffer.alloc(0);
  let bytes = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new Unusable(`${file} is too large: unpacked it has more than ${maxBytes} bytes.`);
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (let at = rest.indexOf(0x0a); at !== -1; at = rest.indexOf(0x0a)) {
        yield rest.toString('utf8', 0, at);
        rest = rest.subarray(at + 1);
      }
      if (rest.length > MAX_LINE_BYTES) throw new Unusable(`${file} is damaged: it has a line without an end.`);
    }
    if (rest.length > 0) throw new Unusable(`${file} is torn: its end is missing. Export the run again.`);
  } catch (error) {
    throw readable(file, error);
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

function readable(file: string, error: unknown): unknown {
  switch (errnoOf(error)) {
    case 'ENOENT':
      return new Unusable(`There is no file ${file}.`);
    case 'EISDIR':
      return new Unusable(`${file} is a folder.`);
    case 'EACCES':
      return new Unusable(`${file} may not be read.`);
    case 'Z_BUF_ERROR':
      return new Unusable(`${file} is torn: its end is missing. Export the run again.`);
    case 'Z_DATA_ERROR':
      return new Unusable(`${file} is no exported run, or is damaged.`);
    default:
      return error;
  }
}

/** Everything that reading the run later depends on, and a manifest that gives it no rights and names no server. */
async function checked(
  file: string,
  dir: string,
  runId: string,
  options: ImportOptions,
): Promise<{ readonly manifest: RunManifest; readonly changed: readonly string[] }> {
  const damaged = (what: string): Unusable => new Unusable(`${file} is damaged: ${what}.`);
  const read = await readManifest(dir);
  if (read.kind === 'missing') throw damaged('it has no run.json');
  if (read.kind === 'unreadable')
    throw new Unusable(read.message.replace(join(dir, RUN_FILES.manifest), `run.json in ${file}`));
  if (read.manifest.runId !== runId) throw damaged('its run.json is of another run');
  if (!existsSync(join(dir, RUN_FILES.script))) throw damaged('it has no script');
  const journalPath = join(dir, RUN_FILES.journal);
  const journal = parseLines(journalPath, await readLines(journalPath), journalSchema);
  if (!journal.ok) throw damaged('its journal cannot be read');
  if (!(await keepDecisions(dir, runId))) throw damaged('what was decided about its changes cannot be read');
  const run = await readRun(dir);
  if (run.kind === 'unreadable') throw damaged('its events cannot be read');
  const own = namesOwnRevisions(runId, { events: run.run.events, journal: journal.values });
  if (!own.events) throw damaged('its events name something that is no commit or branch of the run');
  if (!own.journal) throw damaged('its journal names something that is no commit or branch of the run');
  try {
    options.tryEvents(runId, run.run.events);
  } catch {
    throw damaged('its events make no sense');
  }
  const { base, baseCommit } = read.manifest;
  if ([baseCommit, base?.commit, base?.head].some((commit) => commit != null && !isCommitId(commit)))
    throw damaged('its base commit is none');
  const { manifest, changed } = withoutRights(read.manifest, options.cwd);
  const dropped = await dropCaps(join(dir, RUN_FILES.events));
  if (!dropped && Object.keys(read.manifest.caps).length === 0) return { manifest, changed };
  return { manifest: { ...manifest, caps: {} }, changed: [...changed, CAPS_DROPPED] };
}

/**
 * What was discarded and what has landed is so wherever the run is; what was applied and merged, was in a checkout of
 * somebody else. False when git would be asked for something that is no commit or branch of the run.
 */
async function keepDecisions(dir: string, runId: string): Promise<boolean> {
  const decisions = await parseDecisions(dir);
  if (!decisions.ok) return false;
  const kept = decisions.values.filter(
    (one) => one.type === 'discarded' || one.type === 'restored' || one.type === 'landed',
  );
  const isOwn = ({ commit, branch }: { readonly commit: string; readonly branch: string }): boolean =>
    isCommitId(commit) && isOwnBranch(runId, branch);
  if (!kept.every((one) => one.type === 'restored' || isOwn(one))) return false;
  if (decisions.values.length > 0) await writeDecisions(dir, kept);
  return true;
}

const CAPS_DROPPED = 'Its caps are dropped: a resume stops at the safety limit, or at the caps you give it.';

/** A resume goes on with the caps that the log names last. True when it named any. */
async function dropCaps(path: string): Promise<boolean> {
  const before = await readLines(path);
  const lines = before.map((line) => {
    const event = parseJson(line) as { readonly [key: string]: unknown };
    if (event['type'] !== 'run.started' && event['type'] !== 'run.changed') return line;
    const { caps, budget, ...rest } = event;
    if (isEmpty(caps) && isEmpty(budget)) return line;
    return JSON.stringify({ ...rest, caps: {} });
  });
  const dropped = lines.some((line, at) => line !== before[at]);
  if (dropped) await writeFile(path, lines.map((line) => `${line}\n`).join(''), { mode: FILE_MODE });
  return dropped;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

/**
 * A resume would ask the server that the manifest names, with the person's key, let agents do what its mode and the rules
 * of its folder allow, land what nobody has reviewed, and begin as many at once as it says: none of it is for somebody
 * else's file to say.
 */
function withoutRights(
  manifest: RunManifest,
  cwd: string,
): { readonly manifest: RunManifest; readonly changed: readonly string[] } {
  const changed: string[] = [];
  let own = manifest;
  if (manifest.cwd !== cwd) {
    own = { ...own, cwd };
    changed.push(`Its folder was ${shown(manifest.cwd)}: it belongs to ${cwd} now.`);
  }
  if (manifest.concurrency !== 'elastic' && manifest.concurrency > MAX_CONCURRENCY) {
    own = { ...own, concurrency: MAX_CONCURRENCY };
    changed.push(`It had ${manifest.concurrency} agents at once: a resume has at most ${MAX_CONCURRENCY}.`);
  }
  if (manifest.permissionMode !== 'default' && manifest.permissionMode !== 'plan') {
    own = { ...own, permissionMode: 'default' };
    changed.push(`Its permission mode was ${manifest.permissionMode}: it is default now.`);
  }
  if (manifest.requireReview === false) {
    own = { ...own, requireReview: true };
    changed.push('Its changes landed without a review: a resume lands only what a review has approved.');
  }
  if (manifest.worktree?.setup) {
    const { setup, ...rest } = manifest.worktree;
    own = { ...own, worktree: rest };
    changed.push(`Each of its worktrees was set up by \`${shown(setup)}\`: a resume does without.`);
  }
  if (manifest.modelSource.kind === 'api' && manifest.modelSource.baseURL !== null) {
    own = { ...own, modelSource: { kind: 'api', baseURL: null } };
    changed.push(`It asked ${shown(manifest.modelSource.baseURL)}: a resume asks your own service.`);
  }
  return { manifest: own, changed };
}

async function sweepLeftovers(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(SCRATCH)) continue;
    const path = join(parent, name);
    const info = await stat(path).catch(() => null);
    if (info && Date.now() - info.mtimeMs > LEFTOVER_MS) await rm(path, { recursive: true, force: true });
  }
}

/** A stranger's text on one line, without what steers a terminal. */
function shown(text: string): string {
  return text.slice(0, 200).replace(/[\p{Cc}\p{Cf}]/gu, '?');
}
