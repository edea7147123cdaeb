import type { Json } from '../protocol/json.ts';
import type { Message } from '../protocol/conversation.ts';
import type { Event } from '../protocol/messages.ts';
import type { PermissionMode, RunEnd, RunUsage } from '../protocol/run.ts';
import type { JournalEntry } from './journal.ts';

/** How a run reaches its model, so that a resume asks the same one. Never a key, nor a password in the URL. */
export type ModelRecord =
  | { readonly kind: 'api'; readonly baseURL: string | null }
  /** `rulesText` as it was given; null: the simulator's own rules. */
  | { readonly kind: 'simulated'; readonly rulesText: string | null };

/** Fixed at a run's launch and kept over its resumes. Written once, version 1. */
export interface RunManifest {
  readonly version: 1;
  readonly runId: string;
  readonly workflowName: string;
  /** The file the script came from; the run keeps its own copy, `script.js`. */
  readonly scriptPath: string;
  readonly args: Json;
  /** False: `args` was omitted, and the script sees undefined. */
  readonly hasArgs: boolean;
  readonly cwd: string;
  readonly baseCommit: string | null;
  readonly model: string;
  readonly modelSource: ModelRecord;
  readonly permissionMode: PermissionMode;
  readonly concurrency: number;
  readonly budget: number | null;
  readonly createdAt: number;
}

/** How a run ended, beside its manifest; absent while it runs and after a crash. */
export interface RunRecordEnd {
  readonly end: RunEnd;
  readonly usage: RunUsage;
  readonly endedAt: number;
}

/** A run's own files, while this process owns it. */
export interface OpenRun {
  readonly manifest: RunManifest;
  /** Absolute. */
  readonly dir: string;
  /** The script as stored with the run. */
  readonly script: string;
  readonly journal: readonly JournalEntry[];
  /** Number of the last event so far, to go on numbering; 0 for a new run. */
  readonly lastSeq: number;
  /** How often it has been started before (`run.started` events). */
  readonly attempts: number;
  /** Agents of earlier attempts that were queued and have not finished: the newest by its call's place in the journal. */
  readonly unfinished: ReadonlyMap<string, string>;
  /** An agent's conversation as far as it is stored, without a torn end; empty where there is none. */
  readTranscript(agentId: string): Promise<readonly Message[]>;
  /** Output tokens that its replies have used so far. */
  readonly spentTokens: number;
  appendEvents(events: readonly Event[]): void;
  /** Resolves when the entry is on disk (group commit). */
  appendJournal(entry: JournalEntry): Promise<void>;
  appendTranscript(agentId: string, messages: readonly Message[]): void;
  /** Writes how the run ended; with this on disk the run is not interrupted. */
  finish(end: RunRecordEnd): Promise<void>;
  /** Replaces the stored script (a resume with an edited one); the old one is kept beside it. */
  replaceScript(source: string, scriptPath: string): Promise<void>;
  close(): Promise<void>;
}

export type OpenResult =
  | { readonly kind: 'opened'; readonly run: OpenRun }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'running'; readonly pid: number }
  | { readonly kind: 'unreadable'; readonly message: string };

/** Where runs are kept. One writer a run (a lock with pid and start time); anybody may read. */
export interface RunStore {
  create(manifest: RunManifest, script: string): Promise<OpenRun>;
  open(runId: string): Promise<OpenResult>;
}
