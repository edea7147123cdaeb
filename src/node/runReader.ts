import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Message } from '../protocol/conversation.ts';
import type { Event } from '../protocol/messages.ts';
import type { Census, RunEnd, RunStatus, RunUsage, StopReason } from '../protocol/run.ts';
import type { RunManifest } from '../workflow/runStore.ts';
import { parseLines, readLines } from './ndjson.ts';
import { RUN_FILES, eventSchema, readEnd, readManifest, runFolders, type RunKind } from './runFiles.ts';
import { ownershipOf } from './runLock.ts';
import { readMessages } from './transcriptFiles.ts';

/** A run as a list shows it. Read without its lock: another process may write it meanwhile. */
export interface RunSummary {
  readonly runId: string;
  readonly workflowName: string;
  readonly status: RunStatus;
  /** Of one that was stopped. */
  readonly stopReason: StopReason | null;
  /** Why it was stopped or has failed. */
  readonly message: string | null;
  readonly cwd: string;
  /** Absolute: its folder. */
  readonly dir: string;
  readonly createdAt: number;
  /** Null while it runs and after a crash. */
  readonly endedAt: number | null;
  readonly usage: RunUsage | null;
  /** Of the process that has it, while it runs. */
  readonly pid: number | null;
}

export interface RunRecord extends RunSummary {
  readonly manifest: RunManifest;
  readonly events: readonly Event[];
  readonly end: RunEnd | null;
  readonly census: Census | null;
}

export type ReadRun =
  { readonly kind: 'read'; readonly run: RunRecord } | { readonly kind: 'unreadable'; readonly message: string };

export type FoundRun =
  | { readonly kind: 'found'; readonly runId: string; readonly dir: string }
  | { readonly kind: 'unknown' }
  /** Several begin so. */
  | { readonly kind: 'ambiguous'; readonly runIds: readonly string[] };

/** All runs or sessions, newest first; of one working directory when `cwd` is given. Those that cannot be read are left out. */
export async function listRuns(home: string, cwd?: string, kind?: RunKind): Promise<readonly RunSummary[]> {
  const folders = await runFolders(home, cwd, kind);
  const summaries = await Promise.all(folders.map(({ dir }) => summaryOf(dir)));
  return summaries.filter((summary) => summary !== null).sort((a, b) => b.createdAt - a.createdAt);
}

/** By its id, or by a beginning of the id or of its last part that only one run has. */
export async function findRun(home: string, text: string, kind?: RunKind): Promise<FoundRun> {
  const folders = await runFolders(home, undefined, kind);
  const exact = folders.find((folder) => folder.runId === text);
  if (exact) return { kind: 'found', ...exact };
  if (text === '') return { kind: 'unknown' };
  const matching = folders.filter(({ runId }) => runId.startsWith(text) || lastPart(runId).startsWith(text));
  const [first, second] = matching;
  if (!first) return { kind: 'unknown' };
  if (second) return { kind: 'ambiguous', runIds: matching.map((folder) => folder.runId).sort() };
  return { kind: 'found', ...first };
}

export async function readRun(dir: string): Promise<ReadRun> {
  const read = await readManifest(dir);
  if (read.kind === 'unreadable') return read;
  if (read.kind === 'missing') return { kind: 'unreadable', message: `${join(dir, RUN_FILES.manifest)} is missing.` };
  const path = join(dir, RUN_FILES.events);
  const events = parseLines(path, await readLines(path), eventSchema);
  if (!events.ok) return { kind: 'unreadable', message: events.message };
  const { summary, end, census } = await standing(dir, read.manifest);
  return { kind: 'read', run: { ...summary, manifest: read.manifest, events: events.values, end, census } };
}

/** The turns of an agent's conversation, empty for one that never said a word; null when there is no such agent id. */
export async function readTranscript(dir: string, agentId: string): Promise<readonly Message[] | null> {
  return readMessages(dir, agentId);
}

/** Null for a folder that holds no readable run. */
export async function summaryOf(dir: string, now = Date.now()): Promise<RunSummary | null> {
  const read = await readManifest(dir);
  return read.kind === 'read' ? (await standing(dir, read.manifest, now)).summary : null;
}

/**
 * When it was last at work: its end; of a run that has none, when its log was last written, since it may have been resumed
 * long after its launch.
 */
export async function lastAtWork({
  dir,
  createdAt,
  endedAt,
}: Pick<RunSummary, 'dir' | 'createdAt' | 'endedAt'>): Promise<number> {
  if (endedAt !== null) return endedAt;
  const log = await stat(join(dir, RUN_FILES.events)).catch(() => null);
  return Math.max(createdAt, log?.mtimeMs ?? 0);
}

/** How a run stands and how it has ended; null for a folder that holds no readable run. */
export async function readStanding(dir: string): Promise<Awaited<ReturnType<typeof standing>> | null> {
  const read = await readManifest(dir);
  return read.kind === 'read' ? standing(dir, read.manifest) : null;
}

async function standing(dir: string, manifest: RunManifest, now = Date.now()) {
  const { runId, workflowName, cwd, createdAt } = manifest;
  // The owner first: a run that ends in between then reads as ended, never as interrupted.
  const owner = await ownershipOf(dir, now);
  const record = await readEnd(dir);
  const running = owner.kind === 'held' && !owner.silent;
  const status: RunStatus = record ? record.end.status : running ? 'running' : 'interrupted';
  const summary: RunSummary = {
    runId,
    workflowName,
    status,
    stopReason: record?.end.status === 'stopped' ? record.end.reason : null,
    message: record && 'message' in record.end ? record.end.message : null,
    cwd,
    dir,
    createdAt,
    endedAt: record?.endedAt ?? null,
    usage: record?.usage ?? null,
    pid: status === 'running' && owner.kind === 'held' ? owner.pid : null,
  };
  const { end = null, census = null, spent = null } = record ?? {};
  return { summary, end, census, spent };
}

function lastPart(runId: string): string {
  return runId.slice(runId.lastIndexOf('-') + 1);
}
