import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Decision } from '../../protocol/decision.ts';
import type { FileLocks } from '../fileLock.ts';
import { dropTornLine, FILE_MODE, parseLines, readLines, toLine, type Parsed } from '../ndjson.ts';
import { RUN_FILES, writeWhole } from '../runFiles.ts';

// `decisions.ndjson` in a run's folder. Only the run's owner writes its events; what a person decides about its changes is
// written by whichever process the person sits at, also after the run's end, under a lock of its own.

const VERSION = 1;

const text = z.string();
const change = z.string().nullable();
const at = { version: z.literal(VERSION), at: z.number() };

const decisionLine = z.discriminatedUnion('type', [
  z.object({
    ...at,
    type: z.literal('applied'),
    number: z.int().min(1),
    change,
    base: text,
    commit: text,
    checkout: text,
    files: z.int().min(0),
  }),
  z.object({ ...at, type: z.literal('undone'), number: z.int().min(1) }),
  z.object({ ...at, type: z.literal('merged'), change, branch: text, commit: text }),
  z.object({ ...at, type: z.literal('proposed'), change, branch: text, url: text }),
  z.object({ ...at, type: z.literal('discarded'), change: text, branch: text, commit: text }),
  z.object({ ...at, type: z.literal('restored'), change: text }),
  z.object({ ...at, type: z.literal('landed'), change: text, branch: text, commit: text }),
]);

const decisionSchema: z.ZodType<Decision> = decisionLine.transform(({ version: _version, ...decision }) => decision);

type Undated = Decision extends infer D ? (D extends Decision ? Omit<D, 'at'> : never) : never;

/** What was decided about a run so far; a torn last line does not count. Throws when the file cannot be understood. */
export async function readDecisions(dir: string): Promise<readonly Decision[]> {
  const parsed = await parseDecisions(dir);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.values;
}

/** The same, with what cannot be understood as a message. */
export async function parseDecisions(dir: string): Promise<Parsed<Decision>> {
  const path = join(dir, RUN_FILES.decisions);
  const parsed = parseLines(path, await readLines(path), decisionSchema);
  if (parsed.ok) return parsed;
  return { ok: false, message: `${parsed.message}. It may be of a newer version of Dynamic Workflows.` };
}

/** As the lines of a file, in the place of what it held. */
export async function writeDecisions(dir: string, decisions: readonly Decision[]): Promise<void> {
  const lines = decisions.map((decision) => toLine({ version: VERSION, ...decision }));
  await writeWhole(join(dir, RUN_FILES.decisions), lines.join(''));
}

export async function noteDecision(locks: FileLocks, dir: string, decision: Undated, now = Date.now()): Promise<void> {
  const path = join(dir, RUN_FILES.decisions);
  await locks.within(`${path}.lock`, undefined, async () => {
    await dropTornLine(path);
    await appendFile(path, toLine({ version: VERSION, at: now, ...decision }), { mode: FILE_MODE });
  });
}
