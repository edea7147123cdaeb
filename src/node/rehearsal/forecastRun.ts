import { homedir } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Rehearsal } from '../../workflow/rehearsal/rehearsal.ts';
import { systemClock } from '../clock.ts';
import type { RehearseOptions, RehearseRequest } from './rehearse.ts';

/** A person who wants to start a run waits no longer for what it may cost. */
const PATIENCE_MS = 3_000;
/** For a thread that is asked to come to an end: to say what it has found. */
const GRACE_MS = 500;

/** What the thread is given. */
export interface ForecastJob {
  readonly options: RehearseOptions;
  readonly request: RehearseRequest;
  /** Milliseconds since 1970: what it has found by then counts. */
  readonly until: number;
}

/**
 * What a run that is about to start is going to take; null when that takes too long to find out, or cannot be. It is played
 * in a thread of its own, since plays of a large script would hold up whoever talks with a session meanwhile. Never rejects:
 * what is wrong with the script must not keep the run from being started, and told what is wrong.
 */
export async function forecastRun(
  options: RehearseOptions,
  request: RehearseRequest,
  patienceMs = PATIENCE_MS,
): Promise<Rehearsal | null> {
  const { person = homedir(), ...rest } = options;
  const worker = openWorker({ options: { ...rest, person }, request, until: Date.now() + patienceMs });
  const done = new AbortController();
  try {
    const late = systemClock.sleep(patienceMs + GRACE_MS, done.signal).then(
      () => null,
      () => null,
    );
    return await Promise.race([answerOf(worker), late]);
  } finally {
    done.abort();
    await worker.terminate();
  }
}

/** From the sources the thread's file lies beside this one; a bundle has it beside itself. */
const bundled = !import.meta.url.endsWith('.ts');

/** No environment, no flags and no standard streams, as for a script's thread. */
function openWorker(workerData: ForecastJob): Worker {
  const file = new URL(bundled ? './forecastWorker.js' : './forecastWorker.ts', import.meta.url);
  const quiet = { env: {}, execArgv: [], argv: [], stdout: true, stderr: true, name: 'forecast' };
  return new Worker(file, { workerData, ...quiet });
}

function answerOf(worker: Worker): Promise<Rehearsal | null> {
  return new Promise((resolve) => {
    worker.once('message', (message: Rehearsal | null) => resolve(message));
    worker.once('error', () => resolve(null));
    worker.once('exit', () => resolve(null));
  });
}
