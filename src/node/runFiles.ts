import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, readdir, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { IMAGE_TYPES, type Message } from '../protocol/conversation.ts';
import type { Json } from '../protocol/json.ts';
import type { Event } from '../protocol/messages.ts';
import { PERMISSION_MODES } from '../protocol/run.ts';
import type { JournalEntry } from '../workflow/journal.ts';
import type { JournalLine } from '../workflow/journalLine.ts';
import { RUN_VERSION, type RunManifest, type RunRecordEnd } from '../workflow/runStore.ts';
import { concurrencySchema, runCapsSchema } from './capsSchema.ts';
import { isMissing } from './errno.ts';
import { FILE_MODE, parseJson } from './ndjson.ts';

// The border of a run's files: where they are and what is in them. `run.json` carries the version of them all.
// A person's or another version's file is checked as far as reading on depends on it; the rest is ours as written.

export const FOLDER_MODE = 0o700;

/** Sessions are kept as runs are, beside them. */
export type RunKind = 'runs' | 'sessions';

/** A run's files by what they hold. */
export const RUN_FILES = {
  manifest: 'run.json',
  script: 'script.js',
  events: 'events.ndjson',
  journal: 'journal.ndjson',
  /** What a person has decided about its changes; see `apply/decisionLog.ts`. */
  decisions: 'decisions.ndjson',
  end: 'end.json',
  result: 'result.json',
  /** Texts that transcripts share. */
  shared: 'shared.txt',
  agents: 'agents',
  checks: 'checks',
  /** What the setup commands of worktrees said. */
  setup: 'setup',
  /** What was too long to be told to an agent, one folder an agent. */
  outputs: 'outputs',
} as const;

const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const AGENT_ID = /^[A-Za-z0-9](?:\.?[A-Za-z0-9_-])*$/;

/** False for anything that could lead out of the folder of runs. */
export function isRunId(text: string): boolean {
  return RUN_ID.test(text);
}

/** Where an agent's transcript is, relative to the run's folder; null for an id that is no file name. */
export function transcriptFile(agentId: string): string | null {
  return agentId.length <= 128 && AGENT_ID.test(agentId) ? join(RUN_FILES.agents, `${agentId}.ndjson`) : null;
}

/** `<home>/projects/<folder's name>-<hash of its real path>/runs`: one project whatever link leads to it. */
export async function runsFolderOf(home: string, cwd: string, kind: RunKind = 'runs'): Promise<string> {
  const real = await realpath(cwd).catch(() => cwd);
  const slug = basename(real)
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .slice(0, 40);
  const hash = createHash('sha256').update(real).digest('hex').slice(0, 12);
  return join(home, 'projects', `${slug}-${hash}`, kind);
}

/** Whether a run's folder is that of a session. */
export function isSession(dir: string): boolean {
  return basename(dirname(dir)) === ('sessions' satisfies RunKind);
}

/** Folders of all complete runs, by id; one whose launch died half-way has no manifest and does not count. */
export async function runFolders(
  home: string,
  cwd?: string,
  kind: RunKind = 'runs',
): Promise<readonly { readonly runId: string; readonly dir: string }[]> {
  const projects = join(home, 'projects');
  const parents =
    cwd === undefined
      ? (await names(projects)).map((project) => join(projects, project, kind))
      : [await runsFolderOf(home, cwd, kind)];
  const found = await Promise.all(
    parents.map(async (parent) =>
      (await names(parent)).filter(isRunId).map((runId) => ({ runId, dir: join(parent, runId) })),
    ),
  );
  return found.flat();
}

export type ReadManifest =
  /** `older`: by an older version, whose manifest this is in today's words. */
  | { readonly kind: 'read'; readonly manifest: RunManifest; readonly older: boolean }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly message: string };

export async function readManifest(dir: string): Promise<ReadManifest> {
  const path = join(dir, RUN_FILES.manifest);
  const text = await readText(path);
  if (text === null) return { kind: 'missing' };
  const parsed = manifestSchema.safeParse(parseJson(text));
  if (parsed.success) {
    const { version } = parsed.data;
    const manifest = { ...parsed.data, version: RUN_VERSION } as unknown as RunManifest;
    return { kind: 'read', manifest, older: version < RUN_VERSION };
  }
  const newer = z.object({ version: z.int().min(RUN_VERSION + 1) }).safeParse(parseJson(text));
  return {
    kind: 'unreadable',
    message: newer.success
      ? `${path} was written by a newer version of Dynamic Workflows: update to read it.`
      : `${path} is damaged.`,
  };
}

export async function writeManifest(dir: string, manifest: RunManifest): Promise<void> {
  await writeWhole(join(dir, RUN_FILES.manifest), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Null while there is no (readable) one. */
export async function readEnd(dir: string): Promise<RunRecordEnd | null> {
  const text = await readText(join(dir, RUN_FILES.end));
  if (text === null) return null;
  const parsed = endSchema.safeParse(parseJson(text));
  if (!parsed.success) return null;
  const record = parsed.data as unknown as RunRecordEnd;
  // Version 1 has the result in the same file.
  if ('result' in parsed.data.end) return record;
  const result = parseJson((await readText(join(dir, RUN_FILES.result))) ?? '') as Json | undefined;
  return { ...record, end: { ...record.end, result: result ?? null } };
}

/** The result has a file of its own, for people and programs; the end comes last and says that it is whole. */
export async function writeEnd(dir: string, record: RunRecordEnd): Promise<void> {
  const { result, ...end } = record.end;
  await writeWhole(join(dir, RUN_FILES.result), `${JSON.stringify(result, null, 2)}\n`);
  await writeWhole(join(dir, RUN_FILES.end), `${JSON.stringify({ ...record, end }, null, 2)}\n`);
}

export async function readText(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
}

/** Replaces a file as a whole: a reader sees the old text or the new one, also after a power cut. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', FILE_MODE);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: FOLDER_MODE });
}

/** A file's name is on the disk once its folder is; systems that cannot sync a folder do so by themselves. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => null);
  if (folder === null) return;
  try {
    await folder.sync();
  } catch {
    // Not supported here.
  } finally {
    await folder.close();
  }
}

async function names(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
}

const manifestShape = {
  runId: z.string().regex(RUN_ID),
  workflowName: z.string(),
  scriptPath: z.string(),
  args: z.json(),
  hasArgs: z.boolean(),
  cwd: z.string(),
  baseCommit: z.string().nullable(),
  base: z
    .looseObject({
      commit: z.string(),
      branch: z.string().optional(),
      dirtyFiles: z.int().min(0),
      snapshot: z.literal(true).optional(),
      head: z.string().optional(),
    })
    .optional(),
  worktree: z
    .looseObject({
      dependencyFolders: z.array(z.string()).optional(),
      setup: z.string().optional(),
      setupMinutes: z.number().positive().optional(),
    })
    .optional(),
  model: z.string(),
  modelSource: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('api'), baseURL: z.string().nullable() }),
    z.object({ kind: z.literal('simulated'), rulesText: z.string().nullable() }),
  ]),
  permissionMode: z.enum(PERMISSION_MODES),
  requireReview: z.boolean().optional(),
  concurrency: concurrencySchema,
  createdAt: z.number(),
};

/** Version 1 knew one cap, in output tokens. */
const manifestSchema = z.union([
  z.looseObject({ ...manifestShape, version: z.literal(RUN_VERSION), caps: runCapsSchema }),
  z
    .looseObject({ ...manifestShape, version: z.literal(1), budget: z.number().nullable() })
    .transform(({ budget, ...rest }) => ({ ...rest, caps: budget === null ? {} : { outputTokens: budget } })),
]);

const endSchema = z.looseObject({
  end: z.looseObject({
    status: z.enum(['completed', 'degraded', 'stopped', 'failed']),
    failures: z.array(z.looseObject({ cause: z.string(), message: z.string() })),
  }),
  usage: z.looseObject({
    agents: z.number(),
    requests: z.number(),
    inputTokens: z.number(),
    outputTokens: z.number(),
    cacheReadTokens: z.number(),
    usd: z.number().nullable(),
    ms: z.number(),
  }),
  spent: z.looseObject({ outputTokens: z.number(), usd: z.number().nullable() }).optional(),
  endedAt: z.number(),
});

const journalShape = z.looseObject({ key: z.string(), kind: z.string(), agentId: z.string() });
const eventShape = z.looseObject({ seq: z.int().min(1), at: z.number(), runId: z.string(), type: z.string() });
const imageShape = z.strictObject({ mediaType: z.enum(IMAGE_TYPES), data: z.string() });
const messageShape = z.looseObject({
  role: z.enum(['user', 'assistant']),
  content: z.array(z.looseObject({ type: z.string(), images: z.array(imageShape).optional() })),
});

export const journalSchema: z.ZodType<JournalLine> = z.union([
  z.strictObject({ key: z.string(), dropped: z.literal(true) }),
  journalShape.transform((value) => value as unknown as JournalEntry),
]);
export const eventSchema = eventShape.transform((value) => withCaps(value) as unknown as Event);
export const messageSchema = messageShape.transform((value) => value as unknown as Message);

/** Older logs name a cap in output tokens alone. */
function withCaps(event: z.infer<typeof eventShape>): object {
  if (event.type !== 'run.started' || event['caps'] !== undefined) return event;
  const { budget, ...rest } = event;
  return { ...rest, caps: typeof budget === 'number' ? { outputTokens: budget } : {} };
}
