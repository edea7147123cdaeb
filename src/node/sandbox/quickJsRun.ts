import type { Worker } from 'node:worker_threads';
import type { Clock } from '../../engine/ports.ts';
import type { SandboxEnd, SandboxHost, SandboxRun, Settlement } from '../../workflow/sandbox.ts';
import { describeError, scriptError } from './guestErrors.ts';
import { parseTurn } from './messages.ts';
import type { FromWorker, GuestError, GuestMessage, ToWorker } from './messages.ts';
import type { Opened } from './quickJsSandbox.ts';
import { HostTimers } from './hostTimers.ts';
import { watchBeat } from './watchBeat.ts';

/** The host's side of one script's thread. */
export class QuickJsRun implements SandboxRun {
  readonly ended: Promise<SandboxEnd>;
  readonly #host: SandboxHost;
  readonly #opened: Promise<Opened | null>;
  readonly #timers: HostTimers;
  readonly #resting: (() => void)[] = [];
  #worker: Worker | null = null;
  #resolve: (end: SandboxEnd) => void = () => undefined;
  #over = false;
  #outgoing: ToWorker[] = [];
  /** It has been told something, or not yet said that it is up. */
  #stirred = true;
  #closed: Promise<unknown> | null = null;

  /** `clock`: what the script's timers go by; without one they are the thread's own. */
  constructor(opening: Promise<Opened>, host: SandboxHost, clock?: Pick<Clock, 'sleep'>) {
    this.#host = host;
    const { runTime } = host;
    this.#timers = new HostTimers({ deadline: runTime, timer: clock ?? runTime }, (timer) =>
      this.#send({ kind: 'fire', timer }),
    );
    this.ended = new Promise((resolve) => (this.#resolve = resolve));
    this.#opened = opening.then(
      (opened) => this.#open(opened),
      (error: unknown) => this.#fail(`The sandbox did not start: ${String(error)}`),
    );
  }

  settle(settlement: Settlement): void {
    this.#send(toWorker(settlement));
  }

  /** Resolves when the script has taken in all that it was told until now and said what came of it, or has ended. */
  atRest(): Promise<void> {
    if (this.#over || (!this.#stirred && this.#resting.length === 0)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#resting.push(resolve);
      this.#send({ kind: 'rest' });
      this.#stirred = false;
    });
  }

  async dispose(): Promise<void> {
    this.#end({ kind: 'killed', message: 'The script was stopped.' });
    await this.#opened;
    await this.#closed;
  }

  #send(message: ToWorker): void {
    if (this.#over) return;
    if (this.#outgoing.length === 0) queueMicrotask(() => this.#flush());
    this.#outgoing.push(message);
    this.#stirred = true;
  }

  #open(opened: Opened): Opened {
    const { worker } = opened;
    this.#worker = worker;
    const watch = watchBeat(opened, (message) => this.#fail(message));
    worker.on('message', (message: FromWorker) => this.#receive(message));
    worker.on('error', (error) => this.#fail(threadProblem(error)));
    worker.on('exit', () => {
      watch.dispose();
      this.#fail('The sandbox thread ended by itself.');
    });
    if (this.#over) this.#close(worker);
    else this.#flush();
    return opened;
  }

  #receive(message: FromWorker): void {
    if (this.#over) return;
    if (message.kind === 'killed') this.#fail(message.message);
    if (message.kind === 'turn') for (const said of parseTurn(message.json)) this.#hear(said);
    if (message.kind === 'timers') this.#timers.take(message.requests);
    if (message.kind === 'rests') this.#resting.shift()?.();
  }

  #hear(message: GuestMessage): void {
    if (this.#over) return;
    switch (message.kind) {
      case 'effect':
        this.#host.effect(message);
        break;
      case 'phase':
      case 'log':
      case 'nested':
      case 'left':
      case 'unvisited':
      case 'covered':
        this.#host.notice(message);
        break;
      case 'failure':
        this.#host.notice({
          ...{ kind: 'failure', where: message.where, message: describeError(message.error) },
          ...(message.times === undefined ? {} : { times: message.times }),
        });
        break;
      case 'returned':
        this.#end({ ...message, unhandled: message.unhandled.map(describeError) });
        break;
      case 'threw':
        this.#end(threwEnd(message.error));
    }
  }

  /** One message for all that was settled in one turn of the host. */
  #flush(): void {
    if (!this.#worker || this.#over || this.#outgoing.length === 0) return;
    this.#worker.postMessage(joinSettlements(this.#outgoing));
    this.#outgoing = [];
  }

  #fail(message: string): null {
    this.#end({ kind: 'killed', message });
    return null;
  }

  #end(end: SandboxEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#timers.dispose();
    this.#resolve(end);
    for (const resolve of this.#resting.splice(0)) resolve();
    if (this.#worker) this.#close(this.#worker);
  }

  #close(worker: Worker): void {
    this.#closed ??= worker.terminate();
  }
}

/** An engine that ran out of memory says so in an error that the script let pass. */
function threwEnd(error: GuestError): SandboxEnd {
  if (error.name === 'InternalError' && error.message === 'out of memory')
    return { kind: 'killed', message: OUT_OF_MEMORY };
  return { kind: 'threw', error: scriptError(error) };
}

const OUT_OF_MEMORY = 'The script ran out of memory: keep less at once, or let agents write large data to files.';

function threadProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ERR_WORKER_OUT_OF_MEMORY' ? OUT_OF_MEMORY : `The sandbox thread failed: ${String(error)}`;
}

function toWorker(settlement: Settlement): ToWorker {
  if (settlement.ok !== 'script') return { kind: 'settle', json: JSON.stringify(settlement) };
  const { id, script, args, spent, total } = settlement;
  const { name } = script.meta;
  return {
    kind: 'script',
    id,
    body: script.body,
    fileName: settlement.fileName ?? name,
    scope: name,
    args: args === undefined ? '' : JSON.stringify(args),
    spent,
    total,
  };
}

/** Neighbouring settlements become one list, in the order they came. */
function joinSettlements(messages: readonly ToWorker[]): readonly ToWorker[] {
  const joined: ToWorker[] = [];
  let list: string[] = [];
  const close = (): void => {
    if (list.length > 0) joined.push({ kind: 'settle', json: `[${list.join(',')}]` });
    list = [];
  };
  for (const message of messages) {
    if (message.kind === 'settle') list.push(message.json);
    else {
      close();
      joined.push(message);
    }
  }
  close();
  return joined;
}
