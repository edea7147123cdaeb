import { Worker } from 'node:worker_threads';
import { AbortError } from '../../base/abort.ts';
import type { Clock } from '../../engine/ports.ts';
import { createGate } from '../gate.ts';
import type { PageRange, PdfJob, PdfPages } from './messages.ts';

export interface PdfText {
  /**
   * The text of some pages. The file is loaded when its turn comes, and given away. Rejects as loading does, and with
   * AbortError on abort, once its thread has ended.
   */
  read(load: () => Promise<Uint8Array<ArrayBuffer>>, range: PageRange, signal: AbortSignal): Promise<PdfPages>;
}

export interface PdfTextOptions {
  readonly clock: Pick<Clock, 'sleep'>;
  readonly timeoutMs?: number;
  /** How much the process may grow while a file is read. */
  readonly maxGrowthBytes?: number;
}

const MEGABYTE = 1024 * 1024;
/** Of the thread's own heap. Unpacked streams lie outside of it, so that the process is watched too. */
const HEAP = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 };
const WATCH_MS = 50;

/**
 * Reads PDFs with PDF.js, one at a time, each in a thread of its own that is ended when it takes too long or too much:
 * a hostile file costs its reader an error and nobody else anything.
 */
export function createPdfText(options: PdfTextOptions): PdfText {
  const oneAtATime = createGate(1);
  return {
    read: (load, range, signal) =>
      oneAtATime.run(async () => readInThread({ bytes: await load(), range }, options, signal), signal),
  };
}

async function readInThread(job: PdfJob, options: PdfTextOptions, signal: AbortSignal): Promise<PdfPages> {
  const { clock, timeoutMs = 20_000, maxGrowthBytes = 512 * MEGABYTE } = options;
  const most = process.memoryUsage.rss() + maxGrowthBytes;
  const done = new AbortController();
  const worker = openWorker(job);
  let watch: NodeJS.Timeout | undefined;
  try {
    const late = clock.sleep(timeoutMs, AbortSignal.any([signal, done.signal])).then(
      () => unreadable('too-slow'),
      () => unreadable('too-slow'),
    );
    const grown = new Promise<PdfPages>((resolve) => {
      watch = setInterval(() => {
        if (process.memoryUsage.rss() > most) resolve(unreadable('too-large'));
      }, WATCH_MS);
    });
    const result = await Promise.race([answerOf(worker), late, grown]);
    if (signal.aborted) throw new AbortError(signal.reason);
    return result;
  } finally {
    clearInterval(watch);
    done.abort();
    await worker.terminate();
  }
}

/** From the sources the thread's file lies beside this one; a bundle has it beside itself. */
const bundled = !import.meta.url.endsWith('.ts');

/** No environment, no flags and no standard streams, as for a script's thread. */
function openWorker(workerData: PdfJob): Worker {
  const file = new URL(bundled ? './pdfWorker.js' : './pdfWorker.ts', import.meta.url);
  const transferList = [workerData.bytes.buffer];
  const quiet = { env: {}, execArgv: [], argv: [], stdout: true, stderr: true, name: 'pdf' };
  return new Worker(file, { workerData, transferList, resourceLimits: HEAP, ...quiet });
}

function answerOf(worker: Worker): Promise<PdfPages> {
  return new Promise((resolve) => {
    worker.once('message', (message: PdfPages) => resolve(message));
    worker.once('error', (error) => resolve(unreadable(isOutOfMemory(error) ? 'too-large' : 'damaged')));
    worker.once('exit', () => resolve(unreadable('damaged')));
  });
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}

function unreadable(why: Extract<PdfPages, { kind: 'unreadable' }>['why']): PdfPages {
  return { kind: 'unreadable', why };
}
