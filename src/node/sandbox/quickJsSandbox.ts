import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../../engine/ports.ts';
import type { CheckedScript } from '../../workflow/script/check.ts';
import type { Sandbox, SandboxHost, SandboxStart } from '../../workflow/sandbox.ts';
import { describeCompileError } from './guestErrors.ts';
import { GUEST_SOURCES } from './guestSource.ts';
import type { FromWorker, WorkerJob, WorkerStart } from './messages.ts';
import { QuickJsRun } from './quickJsRun.ts';
import { SpareThread } from './spareThread.ts';

export interface QuickJsSandboxOptions {
  /** All that a script may hold at once, engine included. Default 128 MB. */
  readonly memoryBytes?: number;
  /** How long a script may compute without waiting for anything. Default 5 s. */
  readonly sliceMs?: number;
  /** The time that scripts' timers go by. Default: the machine's. */
  readonly clock?: Pick<Clock, 'sleep'>;
  /** A thread that has compiled a script waits a while for the order to run it: a start that costs nothing more. */
  readonly keepsCompiled?: boolean;
}

export interface QuickJsSandbox extends Sandbox {
  start(start: SandboxStart, host: SandboxHost): QuickJsRun;
}

/** Runs each script in a QuickJS of its own in a thread of its own. The compiled wasm is kept for the next one. */
export function createQuickJsSandbox(options: QuickJsSandboxOptions = {}): QuickJsSandbox {
  const { memoryBytes = 128 * 1024 * 1024, sliceMs = 5000, clock, keepsCompiled = false } = options;
  let assets: Promise<Assets> | undefined;
  const spare = new SpareThread();
  const open = async (): Promise<Opened> => {
    const { wasmModule, guest } = await (assets ??= loadAssets());
    const beat = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    return { worker: openWorker({ wasmModule, guest, memoryBytes, sliceMs, beat }), beat, sliceMs };
  };
  const run = async (start: SandboxStart): Promise<Opened> => {
    const opened = spare.take(start.script.body) ?? (await open());
    opened.worker.postMessage(jobOf(start, clock ? 'host' : 'own'));
    return opened;
  };
  return {
    compile: async (script) => {
      const opened = await open();
      let error: string | null = null;
      try {
        error = await compile(script, opened.worker);
      } finally {
        if (keepsCompiled && error === null) spare.keep(script.body, opened);
        else await opened.worker.terminate();
      }
      return error;
    },
    start: (start, host) => new QuickJsRun(run(start), host, clock),
  };
}

export interface Opened {
  readonly worker: Worker;
  readonly beat: SharedArrayBuffer;
  readonly sliceMs: number;
}

interface Assets {
  readonly wasmModule: WebAssembly.Module;
  readonly guest: readonly string[];
}

/** From the sources the files lie in their packages and folders; a bundle has them all beside itself. */
const bundled = !import.meta.url.endsWith('.ts');

async function loadAssets(): Promise<Assets> {
  const wasm = bundled
    ? new URL('./emscripten-module.wasm', import.meta.url)
    : createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm');
  const [wasmModule, ...guest] = await Promise.all([
    readFile(wasm).then((bytes) => WebAssembly.compile(bytes)),
    ...GUEST_SOURCES.map((name) => readFile(new URL(`./${name}`, import.meta.url), 'utf8')),
  ]);
  return { wasmModule, guest };
}

/** No environment, no flags and no standard streams: the thread needs none of them, and an abort of the wasm prints. */
function openWorker(workerData: WorkerStart): Worker {
  const file = new URL(bundled ? './sandboxWorker.js' : './worker.ts', import.meta.url);
  return new Worker(file, { workerData, env: {}, execArgv: [], argv: [], stdout: true, stderr: true, name: 'script' });
}

function compile(script: CheckedScript, worker: Worker): Promise<string | null> {
  return new Promise((resolve, reject) => {
    worker.once('message', (message: FromWorker) => resolve(compileError(message)));
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('The sandbox thread ended by itself.')));
    worker.postMessage({ kind: 'compile', body: script.body, fileName: 'script' } satisfies WorkerJob);
  });
}

function compileError(message: FromWorker): string | null {
  if (message.kind === 'killed') return message.message;
  return message.kind === 'compiled' && message.error ? describeCompileError(message.error) : null;
}

function jobOf(start: SandboxStart, timers: 'own' | 'host'): WorkerJob {
  return {
    kind: 'run',
    body: start.script.body,
    fileName: start.fileName,
    args: start.args === undefined ? '' : JSON.stringify(start.args),
    budgetTotal: start.budgetTotal,
    timers,
  };
}
