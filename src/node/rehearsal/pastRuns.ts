import { join } from 'node:path';
import { pastRun, type PastRun } from '../../workflow/rehearsal/pastRun.ts';
import { parseLines, readLines } from '../ndjson.ts';
import { answersOf } from '../../workflow/journalLine.ts';
import { journalSchema, RUN_FILES } from '../runFiles.ts';
import { listRuns, readRun } from '../runReader.ts';

/** The newest of them say enough, and older ones may be of another script. */
const MOST_RUNS = 5;
/** Read for them at most: simulated runs and those that ended at once teach nothing. */
const MOST_READ = 15;

/** Runs of the same workflow in the same folder with a real model, newest first. What cannot be read is left out. */
export async function pastRuns(home: string, cwd: string, workflowName: string): Promise<readonly PastRun[]> {
  const all = await listRuns(home, cwd).catch(() => []);
  const same = all.filter((run) => run.workflowName === workflowName && run.endedAt !== null).slice(0, MOST_READ);
  const found: PastRun[] = [];
  for (const { dir } of same) {
    if (found.length === MOST_RUNS) break;
    const run = await readPastRun(dir).catch(() => null);
    if (run) found.push(run);
  }
  return found;
}

async function readPastRun(dir: string): Promise<PastRun | null> {
  const read = await readRun(dir);
  if (read.kind === 'unreadable' || read.run.manifest.modelSource.kind === 'simulated') return null;
  const path = join(dir, RUN_FILES.journal);
  const journal = parseLines(path, await readLines(path), journalSchema);
  return pastRun(read.run.runId, read.run.events, journal.ok ? answersOf(journal.values) : []);
}
