import release from '@jitl/quickjs-wasmfile-release-sync';
import { newQuickJSWASMModuleFromVariant, newVariant } from 'quickjs-emscripten-core';
import type { QuickJSContext, QuickJSHandle, QuickJSRuntime, QuickJSSyncVariant } from 'quickjs-emscripten-core';
import { GUEST_FILE, wrap } from './guestSource.ts';
import type { GuestError, WorkerStart } from './messages.ts';

/** The package's types describe its CommonJS build; what is imported is the other one, the variant itself. */
const RELEASE = release as unknown as QuickJSSyncVariant;

const PAGE = 64 * 1024;
/** Larger ones overflow the host's own stack before QuickJS notices (PERFORMANCE: measured). */
const STACK_BYTES = 256 * 1024;
/** Kept free for the engine itself, so that a script out of memory gets an error and not an abort. */
const RESERVED_BYTES = 4 * 1024 * 1024;
/** Between two looks at the clock while promise jobs run. */
const JOBS_AT_ONCE = 512;

/** Why a guest was ended by force; the message is for the person. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

/** What the door in guest.js offers; all values are texts. */
export type Door = 'start' | 'refuse' | 'enter' | 'settle' | 'fire' | 'drain';

export type Loaded =
  { readonly ok: true; readonly script: QuickJSHandle } | { readonly ok: false; readonly error: GuestError };

/** Strict, as a module would be (the static check reads it as one). */
const EVAL = { type: 'global', strict: true } as const;

/** One QuickJS with its memory, its stack and its time, and the guest's own sources in it. */
export class Guest {
  readonly #context: QuickJSContext;
  readonly #runtime: QuickJSRuntime;
  readonly #start: WorkerStart;
  readonly #beat: Int32Array;
  readonly #door: QuickJSHandle;
  #deadline = Infinity;
  #overdue = false;
  /** Something that the guest said did not arrive: the engine had no memory left to hand it out. */
  #lost = false;

  constructor(runtime: QuickJSRuntime, start: WorkerStart, post: (said: string) => void) {
    this.#runtime = runtime;
    this.#start = start;
    this.#beat = new Int32Array(start.beat);
    runtime.setMaxStackSize(STACK_BYTES);
    runtime.setMemoryLimit(start.memoryBytes - RESERVED_BYTES);
    runtime.setInterruptHandler(() => (this.#overdue ||= performance.now() > this.#deadline));
    this.#context = runtime.newContext();
    this.#door = this.#context.undefined;
    this.#offerPost(post);
    for (const source of start.guest)
      this.#door = this.#context.unwrapResult(this.#context.evalCode(source, GUEST_FILE, EVAL));
  }

  /** guest.js takes it away before a script runs. */
  #offerPost(post: (said: string) => void): void {
    const context = this.#context;
    context
      .newFunction('guestPost', (said) => {
        const text = context.getString(said);
        // It never says nothing. A call that is lost would be waited for without end.
        if (text === '') this.#lost = true;
        else post(text);
      })
      .consume((handle) => context.setProp(context.global, 'guestPost', handle));
  }

  /** W08: null, or the compiler's error. */
  compile(body: string, fileName: string): GuestError | null {
    try {
      const compiled = this.#context.evalCode(wrap(body), fileName, { ...EVAL, compileOnly: true });
      if (!compiled.error) return null;
      return this.#readError(compiled.error);
    } catch (error) {
      return { name: 'SyntaxError', message: crash(error).message, stack: '' };
    }
  }

  /** A script as a function of its globals, which the door's `start` and `enter` take. */
  load(body: string, fileName: string): Loaded {
    const loaded = this.#context.evalCode(wrap(body), fileName, EVAL);
    if (loaded.error) return { ok: false, error: this.#readError(loaded.error) };
    return { ok: true, script: loaded.value };
  }

  /**
   * One turn: `work` calls the door, then the guest's promise jobs run until none is left.
   * Throws Killed when it took too long, or the engine broke or was short of memory.
   */
  turn(work: () => void): void {
    this.#deadline = performance.now() + this.#start.sliceMs;
    Atomics.add(this.#beat, 0, 1);
    try {
      work();
      while (!this.#overdue && this.#runtime.hasPendingJob()) this.#runJobs();
    } catch (error) {
      throw crash(error);
    } finally {
      Atomics.add(this.#beat, 0, 1);
      this.#deadline = Infinity;
    }
    if (this.#lost) throw new Killed(outOfMemory(this.#start.memoryBytes));
    if (this.#overdue) throw new Killed(this.#tooLong());
  }

  call(name: Door, ...args: readonly (string | QuickJSHandle)[]): string {
    const handles = args.map((value) => (typeof value === 'string' ? this.#context.newString(value) : value));
    const door = this.#context.getProp(this.#door, name);
    const result = this.#context.callFunction(door, this.#context.undefined, handles);
    for (const handle of [door, ...handles]) handle.dispose();
    if (result.error) throw new Killed(this.#brokenDoor(this.#readError(result.error)));
    return result.value.consume((value) => this.#context.getString(value));
  }

  /** Three lines, as guest.js writes them. An engine without memory gives an empty text. */
  drain(): string {
    const said = this.call('drain');
    if (said === '') throw new Killed(outOfMemory(this.#start.memoryBytes));
    return said;
  }

  /** What the guest had to say before it was killed, if it still can say it. */
  lastWords(): string | null {
    this.#overdue = false;
    this.#deadline = performance.now() + 100;
    try {
      return this.drain();
    } catch {
      return null;
    } finally {
      this.#deadline = Infinity;
    }
  }

  #runJobs(): void {
    const done = this.#runtime.executePendingJobs(JOBS_AT_ONCE);
    if (done.error) done.error.dispose();
    this.#overdue ||= performance.now() > this.#deadline;
  }

  #readError(error: QuickJSHandle): GuestError {
    const read = (key: string): string =>
      this.#context.getProp(error, key).consume((value) => this.#context.getString(value));
    try {
      return { name: read('name'), message: read('message'), stack: read('stack') };
    } finally {
      error.dispose();
    }
  }

  #brokenDoor(error: GuestError): string {
    if (this.#overdue) return this.#tooLong();
    return error.message === 'out of memory'
      ? outOfMemory(this.#start.memoryBytes)
      : `The sandbox broke: ${error.name}: ${error.message}`;
  }

  #tooLong(): string {
    return `The script ran for more than ${this.#start.sliceMs / 1000} s without waiting for anything: look for an endless loop, or move the work into an agent.`;
  }
}

/**
 * Resolves to a fresh engine: its wasm instance and its memory are shared with nothing. `post` gets comma-separated JSON
 * of `GuestMessage`s that do not wait for the end of their turn.
 */
export async function openGuest(start: WorkerStart, post: (said: string) => void): Promise<Guest> {
  // All of it from the first page on, since the bindings keep views of the memory while promise jobs run, and growing
  // would detach them. Pages that were never written cost nothing.
  const pages = Math.floor(start.memoryBytes / PAGE);
  const wasmMemory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const variant = newVariant(RELEASE, { wasmModule: start.wasmModule, wasmMemory });
  const quickJs = await newQuickJSWASMModuleFromVariant(variant);
  return new Guest(quickJs.newRuntime(), start, post);
}

function outOfMemory(bytes: number): string {
  return `The script needs more than its ${Math.round(bytes / 1024 / 1024)} MB of memory: keep less at once, or let agents write large data to files.`;
}

/** A trap or an abort inside the wasm: its state is lost with it. */
function crash(error: unknown): Killed {
  if (error instanceof Killed) return error;
  if (error instanceof RangeError)
    return new Killed('The script is nested too deeply for the sandbox: make it flatter.');
  return new Killed(`The sandbox broke: ${error instanceof Error ? error.message : String(error)}`);
}
