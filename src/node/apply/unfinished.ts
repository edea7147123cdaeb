import { mkdir, rm } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import * as z from 'zod';
import { isAbort } from '../../base/abort.ts';
import { parseJson } from '../ndjson.ts';
import { FOLDER_MODE, isRunId, readText, writeWhole } from '../runFiles.ts';
import { bringBack, readPlan, type Side } from './appliedFiles.ts';
import { appliedFolder, checkoutLock, type ApplyDeps, type RunPlace } from './applyDeps.ts';
import { readDecisions } from './decisionLog.ts';
import { pendingFolder, pendingMoves } from './pendingMoves.ts';

// While files are written, a note in `<home>/applying` says so. Whoever finds one that nobody works on takes back what was
// written: the person was never told that it is there.

const noteSchema = z.object({
  version: z.literal(1),
  runId: z.string().refine(isRunId),
  dir: z.string().refine((path) => isAbsolute(path)),
  number: z.int().min(1),
  side: z.enum(['before', 'after']),
});
type Note = z.infer<typeof noteSchema>;

export async function beginMove(
  home: string,
  { run, number, side }: { readonly run: RunPlace; readonly number: number; readonly side: Side },
): Promise<{ done(): Promise<void> }> {
  const folder = pendingFolder(home);
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  const path = join(folder, `${run.runId}.${number}.json`);
  const note: Note = { version: 1, ...run, number, side };
  await writeWhole(path, `${JSON.stringify(note)}\n`);
  return { done: () => rm(path, { force: true }) };
}

export interface Recovered {
  readonly runId: string;
  readonly checkout: string;
  /** Files that somebody wrote since, and that are as they were found. */
  readonly left: readonly string[];
}

/** Takes back what a process that died was writing into a checkout. */
export async function recoverApplies(deps: ApplyDeps, signal: AbortSignal): Promise<readonly Recovered[]> {
  const recovered: Recovered[] = [];
  for (const name of await pendingMoves(deps.home)) {
    try {
      const one = await recover(deps, join(pendingFolder(deps.home), name), signal);
      if (one !== null) recovered.push(one);
    } catch (error) {
      if (isAbort(error)) throw error;
      // Its disk may not be there now: the note stays, and the next look finds it again.
    }
  }
  return recovered;
}

async function recover(deps: ApplyDeps, path: string, signal: AbortSignal): Promise<Recovered | null> {
  const read = async (): Promise<Note | null> =>
    noteSchema.safeParse(parseJson((await readText(path)) ?? '')).data ?? null;
  const first = await read();
  const dir = first && join(appliedFolder(first), String(first.number));
  const plan = dir && (await readPlan(dir));
  if (!plan || !dir) {
    await rm(path, { force: true });
    return null;
  }
  return deps.locks.within(checkoutLock(plan.gitDir), signal, async () => {
    // Its process may have come to its end while we waited.
    const note = await read();
    if (note === null) return null;
    const done = (await readDecisions(note.dir)).some(
      (one) => one.type === (note.side === 'after' ? 'applied' : 'undone') && one.number === note.number,
    );
    const left = done ? [] : await bringBack(dir, plan, note.side === 'after' ? 'before' : 'after');
    await rm(path, { force: true });
    return done ? null : { runId: note.runId, checkout: plan.root, left };
  });
}
