import type { Disposable } from '../base/disposable.ts';
import { Emitter } from '../base/emitter.ts';
import type { Event, EventBody } from '../protocol/messages.ts';
import { costOf } from '../protocol/prices.ts';
import type { RunUsage } from '../protocol/run.ts';
import type { Usage } from '../protocol/usage.ts';
import { addUsage, NO_USAGE } from '../protocol/usage.ts';
import { CensusTaker } from './census.ts';

interface RecorderDeps {
  readonly runId: string;
  readonly lastSeq: number;
  readonly now: () => number;
  readonly append: (events: readonly Event[]) => void;
}

/** The one writer of a run's events: numbers them, hands them to the run log, then to whoever listens. */
export class Recorder {
  readonly #deps: RecorderDeps;
  readonly #startedAt: number;
  readonly #events: Event[] = [];
  readonly #listeners = new Emitter<readonly Event[]>();
  /** Of this attempt. */
  readonly census = new CensusTaker();
  #seq: number;
  #usage: Usage = NO_USAGE;
  #usd: number | null = 0;
  #requests = 0;
  #agents = 0;

  constructor(deps: RecorderDeps) {
    this.#deps = deps;
    this.#seq = deps.lastSeq;
    this.#startedAt = deps.now();
  }

  emit(body: EventBody): void {
    this.#seq += 1;
    const event: Event = { seq: this.#seq, at: this.#deps.now(), runId: this.#deps.runId, ...body };
    this.#count(body);
    this.census.take(body);
    this.#events.push(event);
    this.#deps.append([event]);
    this.#listeners.emit([event]);
  }

  /** Events of this attempt from number `from` on, then each as it comes. */
  subscribe(from: number, on: (batch: readonly Event[]) => void): Disposable {
    const past = this.#events.filter((event) => event.seq >= from);
    if (past.length > 0) on(past);
    return this.#listeners.on(on);
  }

  usage(): RunUsage {
    return {
      ...this.#usage,
      agents: this.#agents,
      requests: this.#requests,
      usd: this.#usd,
      ms: this.#deps.now() - this.#startedAt,
    };
  }

  #count(body: EventBody): void {
    if (body.type === 'agent.started') this.#agents += 1;
    const paid = body.type === 'agent.replied' || (body.type === 'agent.charged' && !body.estimated);
    if (!paid) return;
    this.#requests += 1;
    this.#usage = addUsage(this.#usage, body.usage);
    const usd = costOf(body.usage, body.model);
    this.#usd = usd === null || this.#usd === null ? null : this.#usd + usd;
  }
}
