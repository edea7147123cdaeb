import type { Json } from '../protocol/json.ts';
import type { EffectName, Sandbox, SandboxEnd, SandboxHost, SandboxRun, SandboxStart, Settlement } from './sandbox.ts';

/**
 * Runs scripts in this very process: no isolation, no limits, no list of unhandled rejections, no `patterns` and no
 * `coverage`, which are the real one's own sources; calls do not say where they were made. For tests of a runtime.
 */
export function createFakeSandbox(): Sandbox {
  return {
    compile: async (script) => {
      try {
        compile(script.body);
        return null;
      } catch (error) {
        return String(error);
      }
    },
    start: (start, host) => new FakeRun(start, host),
  };
}

type Body = (...globals: readonly unknown[]) => Promise<unknown>;
const AsyncFunction = (async () => undefined).constructor as new (...parts: readonly string[]) => Body;
const NAMES = [
  'agent',
  'parallel',
  'pipeline',
  'phase',
  'log',
  'args',
  'budget',
  'workflow',
  'change',
  'review',
  'land',
  'check',
  'ask',
];

function compile(body: string): Body {
  return new AsyncFunction(...NAMES, body);
}

interface Call {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

class FakeRun implements SandboxRun {
  readonly ended: Promise<SandboxEnd>;
  readonly #host: SandboxHost;
  #budgetTotal: number | null;
  readonly #calls = new Map<number, Call>();
  readonly #listed = new WeakSet<Error>();
  #lastId = 0;
  #spent = 0;
  #over = false;
  #end: (end: SandboxEnd) => void = () => undefined;

  constructor(start: SandboxStart, host: SandboxHost) {
    this.#host = host;
    this.#budgetTotal = start.budgetTotal;
    this.ended = new Promise((resolve) => (this.#end = resolve));
    // A turn later, so that the host holds this run before the first effect.
    void Promise.resolve()
      .then(() => this.#run(start.script.body, '', start.args))
      .then(
        (value) => this.#finish({ kind: 'returned', value: copy(value) ?? null, dropped: [], unhandled: [] }),
        (error: unknown) => this.#finish(threw(error)),
      );
  }

  settle(settlement: Settlement): void {
    const call = this.#calls.get(settlement.id);
    if (!call || this.#over) return;
    this.#spent = settlement.spent;
    this.#budgetTotal = settlement.total;
    this.#calls.delete(settlement.id);
    if (settlement.ok === true) call.resolve(settlement.value);
    else if (settlement.ok === false) {
      const error = Object.assign(new Error(settlement.error.message), { name: settlement.error.name });
      if (settlement.listed === true) this.#listed.add(error);
      call.reject(error);
    } else call.resolve(this.#run(settlement.script.body, settlement.script.meta.name, settlement.args));
  }

  async dispose(): Promise<void> {
    this.#finish({ kind: 'killed', message: 'The script was stopped.' });
  }

  #finish(end: SandboxEnd): void {
    this.#over = true;
    this.#end(end);
  }

  #run(body: string, scope: string, args: Json | undefined): Promise<unknown> {
    const api = this.#api(scope);
    const globals = { ...api, args, budget: this.#budget() };
    return compile(body)(...NAMES.map((name) => globals[name as keyof typeof globals]));
  }

  #budget(): object {
    const total = (): number | null => this.#budgetTotal;
    return {
      get total() {
        return total();
      },
      spent: () => this.#spent,
      remaining: () => Math.max(0, (total() ?? Infinity) - this.#spent),
    };
  }

  #api(scope: string): Record<EffectName | 'parallel' | 'pipeline' | 'phase' | 'log', unknown> {
    let phase: string | null = null;
    const call =
      (name: EffectName) =>
      (...args: readonly unknown[]): Promise<unknown> =>
        new Promise((resolve, reject) => {
          const id = ++this.#lastId;
          this.#calls.set(id, { resolve, reject });
          if (!this.#over)
            this.#host.effect({ kind: 'effect', id, name, scope, phase, args: args.map((arg) => copy(arg) ?? null) });
        });
    return {
      agent: call('agent'),
      change: call('change'),
      review: call('review'),
      land: call('land'),
      check: call('check'),
      ask: call('ask'),
      workflow:
        scope === ''
          ? call('workflow')
          : () => Promise.reject(new Error('workflow() goes one level deep: one level only.')),
      phase: (title: string) => {
        phase = title;
        this.#host.notice({ kind: 'phase', title });
      },
      log: (message: unknown) => this.#host.notice({ kind: 'log', level: 'info', message: String(message) }),
      parallel: (thunks: unknown) => this.#slots('parallel', thunks, (thunk) => (thunk as () => unknown)()),
      pipeline: (items: unknown, ...stages: readonly Stage[]) =>
        this.#slots('pipeline', items, (item, index, at) => stream(item, index, stages, at)),
    };
  }

  /** Null in the slot of what throws (W30, W31). */
  async #slots(
    name: string,
    list: unknown,
    work: (item: unknown, index: number, at: Reached) => unknown,
  ): Promise<unknown> {
    if (!Array.isArray(list)) throw new TypeError(`${name}() takes an array.`);
    return Promise.all(
      list.map(async (item: unknown, index) => {
        const at: Reached = { stage: 0 };
        try {
          return await work(item, index, at);
        } catch (error) {
          if (error instanceof Error && this.#listed.has(error)) return null;
          const where = `${name}[${index}]${at.stage === 0 ? '' : `, stage ${at.stage}`}`;
          this.#host.notice({ kind: 'failure', where, message: String(error) });
          return null;
        }
      }),
    );
  }
}

type Stage = (previous: unknown, item: unknown, index: number) => unknown;
interface Reached {
  stage: number;
}

async function stream(item: unknown, index: number, stages: readonly Stage[], at: Reached): Promise<unknown> {
  let previous = item;
  for (const stage of stages) {
    at.stage++;
    previous = await stage(previous, item, index);
    if (previous === null) return null;
  }
  return previous;
}

function threw(error: unknown): SandboxEnd {
  const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  return { kind: 'threw', error: { name, message, stack } };
}

function copy(value: unknown): Json | undefined {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? undefined : (JSON.parse(text) as Json);
}
