import { lastAtWork, type RunSummary } from './runReader.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;

/** Whether a run that nobody has was cut short, by a crash or by its window's end, and within the last day. */
export async function wasCutShortLately(run: RunSummary, now = Date.now()): Promise<boolean> {
  if (run.status !== 'interrupted' && run.stopReason !== 'closed') return false;
  return now - (await lastAtWork(run)) < DAY_MS;
}
