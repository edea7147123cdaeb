import { join } from 'node:path';
import { openLoops } from '../../workflow/session/loops.ts';
import { parseJson, readLines } from '../ndjson.ts';
import { eventSchema, RUN_FILES } from '../runFiles.ts';
import { listRuns } from '../runReader.ts';

/** Sessions that no process has and that have something to repeat, all or those of one folder. */
export async function loopingSessions(home: string, cwd: string | undefined, now: number): Promise<readonly string[]> {
  const sessions = await listRuns(home, cwd, 'sessions');
  const looping: string[] = [];
  // One after the other: their logs may be long.
  for (const { runId, dir, status } of sessions) {
    if (status !== 'running' && (await loopsIn(dir, now)) > 0) looping.push(runId);
  }
  return looping;
}

async function loopsIn(dir: string, now: number): Promise<number> {
  const lines = await readLines(join(dir, RUN_FILES.events));
  const events = lines.flatMap((line) => {
    const parsed = line.includes('"loop.') ? eventSchema.safeParse(parseJson(line)) : null;
    return parsed?.success === true ? [parsed.data] : [];
  });
  return openLoops(events, now).length;
}
