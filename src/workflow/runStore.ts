import type { Json } from '../protocol/json.ts';
import type { Message } from '../protocol/conversation.ts';
import type { Event } from '../protocol/messages.ts';
import type {
  BaseCommit,
  Census,
  Concurrency,
  PermissionMode,
  RunCaps,
  RunEnd,
  RunUsage,
  WorktreeChoices,
} from '../protocol/run.ts';
import type { JournalEntry } from './journal.ts';
import type { Spent, SpentBefore } from './spending.ts';

/** How a run reaches its model, so that a resume asks the same one. Never a key, nor a password in the URL. */
export type ModelRecord =
  | { readonly kind: 'api'; readonly baseURL: string | null }
  /** `rulesText` as it was given; null: the simulator's own rules. */
  | { readonly kind: 'simulated'; readonly rulesText: string | null };

/**
 * Of all files of a run together, as its manifest says. Version 1 had no texts that transcripts share, and the result in
 * `end.json`; it is read as well, and is version 2 from its next write on.
 */
export const RUN_VERSION = 2;

/** Fixed at a run's launch and kept over its resumes. */
export interface RunManifest {
  readonly version: typeof RUN_VERSION;
  readonly runId: string;
  readonly workflowName: string;
  /** The file the script came from; the run keeps its own copy, `script.js`. */
  readonly scriptPath: string;
  readonly args: Json;
  /** False: `args` was omitted, and the script sees undefined. */
  readonly hasArgs: boolean;
  readonly cwd: string;
  readonly baseCommit: string | null;
  /** More of the base, as it was at the launch; absent in runs of before there was more. */
  readonly base?: BaseCommit;
  readonly worktree?: WorktreeChoices;
  readonly model: string;
  readonly modelSource: ModelRecord;
  readonly permissionMode: PermissionMode;
  /** False: what no review has approved lands as well. Absent: it does not. As it was last. */
  readonly requireReview?: boolean;
  readonly concurrency: Concurrency;
  readonly caps: RunCaps;
  readonly createdAt: number;
}

/** How a run ended, beside its manifest; absent while it runs and after a crash. */
export interface RunRecordEnd {
  readonly end: RunEnd;
  readonly usage: RunUsage;
  /** Absent in runs of before there was one. */
  readonly census?: Census;
  /** Over all attempts. Absent in runs of before it was written. */
  readonly spent?: Spent;
  readonly endedAt: number;
}

/** An agent's call as earlier attempts asked for it. */
export interface PastCall {
  readonly agentId: string;
  readonly label: string;
  /** Its place in the journal; absent in runs of before that was logged. */
  readonly key?: string;
  /** 1 for the launch. */
  readonly attempt: number;
  /** It worked in the session's folder itself; absent where that is not known. */
  readonly inFolder?: true;
}

/** What the session's folder was like for one attempt (see `Worktrees.folderState`); null: not known. */
export interface FolderSeen {
  readonly attempt: number;
  readonly found: string | null;
  /** When the attempt ended; null also when it was cut short. */
  readonly left: string | null;
}

/** A run's own files, while this process owns it. */
export interface OpenRun {
  readonly manifest: RunManifest;
  /** Absolute. */
  readonly dir: string;
  /** The script as stored with the run. */
  readonly script: string;
  /** Answers that count: of several for one call the newest, and none that was dropped. */
  readonly journal: readonly JournalEntry[];
  /** Number of the last event so far, to go on numbering; 0 for a new run. */
  readonly lastSeq: number;
  /** How often it has been started before (`run.started` events). */
  readonly attempts: number;
  /** Agents of earlier attempts that were queued and have not finished: the newest by its call's place in the journal. */
  readonly unfinished: ReadonlyMap<string, string>;
  /** What a person has told agents, by agent, in that order: whether it was heard stands in their transcripts. */
  readonly told: ReadonlyMap<string, readonly string[]>;
  /** Calls that were made since the script was last changed, in their order: those from the journal too. */
  readonly calls: readonly PastCall[];
  /** One an attempt. */
  readonly folders: readonly FolderSeen[];
  /** Ids of changes that a person had discarded when it was opened; nobody discards while somebody has the run. */
  readonly discarded: ReadonlySet<string>;
  /** An agent's conversation as far as it is stored, without a torn end; empty where there is none. */
  readTranscript(agentId: string): Promise<readonly Message[]>;
  /** Agents at once as a person has set them while it ran, instead of what its launch said; null: nobody has. */
  readonly concurrency: Concurrency | null;
  /** What its earlier attempts have used of its caps. */
  readonly spent: SpentBefore;
  appendEvents(events: readonly Event[]): void;
  /** What its log holds from number `from` on; also after it was closed. */
  readEvents(from: number): readonly Event[];
  /** Resolves when the entry is on disk (group commit). */
  appendJournal(entry: JournalEntry): Promise<void>;
  /** From now on these answers do not count, though they stay on disk: their calls are made again. */
  dropAnswers(keys: readonly string[]): Promise<void>;
  appendTranscript(agentId: string, messages: readonly Message[]): void;
  /** Writes how the run ended; with this on disk the run is not interrupted. */
  finish(end: RunRecordEnd): Promise<void>;
  /** Replaces the stored script (a resume with an edited one); the old one is kept beside it. */
  replaceScript(source: string, scriptPath: string): Promise<void>;
  /** What a resume says of it: the manifest has it from here on. */
  keepReviewRule(requireReview: boolean): Promise<void>;
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
