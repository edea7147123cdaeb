import type { Rehearsal } from '../../workflow/rehearsal/rehearsal.ts';
import { rehearse, type RehearseOptions, type RehearseRequest } from './rehearse.ts';

/** A person who wants to start a run waits no longer for what it may cost. */
const PATIENCE_MS = 2_000;

/** What a run that is about to start is going to take; null when that takes too long to find out, or cannot be. */
export async function forecastRun(
  options: RehearseOptions,
  request: RehearseRequest,
  patienceMs = PATIENCE_MS,
): Promise<Rehearsal | null> {
  try {
    const result = await rehearse(options, request, AbortSignal.timeout(patienceMs), 'brief');
    return result.kind === 'rehearsed' ? result.rehearsal : null;
  } catch {
    // What is wrong with it must not keep the run from being started, and told what is wrong.
    return null;
  }
}
