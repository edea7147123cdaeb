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
  /** The run's log, and what it holds from a number on. */
  readonly append: (events: readonly Event[]) => void;
  readonly past: (from: number) => readonly Event[];
}

/** The one writer of a run's events: numbers them, hands them to the run log, then to whoever listens. */
export class Recorder {
  readonly #deps: RecorderDeps;
  readonly #startedAt: number;
  readonly #listeners = new Emitter<readonly Event[]>();
  /** Of this attempt. */
  readonly census = new CensusTaker();
  #seq: number;
  #ended = false;
  #usage: Usage = NO_USAGE;
  #usd: number | null = 0;
  #requests = 0;
  #agents = 0;
  /** Those whose next start is no agent more. */
  readonly #again = new Set<string>();

  constructor(deps: RecorderDeps) {
    this.#deps = deps;
    this.#seq = deps.lastSeq;
    this.#startedAt = deps.now();
  }

  /** Behind `run.ended` there is nothing: whoever still has something to say then is not heard. */
  emit(body: EventBody): void {
    if (this.#ended) return;
    this.#ended = body.type === 'run.ended';
    this.#seq += 1;
    // A spread behind other properties costs four times as much, and there are several events a turn.
    const event: Event = Object.assign({ seq: this.#seq, at: this.#deps.now(), runId: this.#deps.runId }, body);
    this.#count(body);
    this.census.take(body);
    const batch = [event];
    this.#deps.append(batch);
    this.#listeners.emit(batch);
  }

  /** Events of this attempt from number `from` on: those that have been told from the log, then each as it comes. */
  subscribe(from: number, on: (batch: readonly Event[]) => void): Disposable {
    const past = from <= this.#seq ? this.#deps.past(Math.max(from, this.#deps.lastSeq + 1)) : [];
    if (past.length > 0) on(past);
    return this.#listeners.on(on);
  }

  /** It has started, and is going to start anew. */
  startsAgain(agentId: string): void {
    this.#again.add(agentId);
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
    if (body.type === 'agent.started' && !this.#again.delete(body.agentId)) this.#agents += 1;
    const paid = body.type === 'agent.replied' || (body.type === 'agent.charged' && !body.estimated);
    if (!paid) return;
    this.#requests += 1;
    this.#usage = addUsage(this.#usage, body.usage);
    const usd = costOf(body.usage, body.model);
    this.#usd = usd === null || this.#usd === null ? null : this.#usd + usd;
  }
}
