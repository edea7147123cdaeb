import type { EventBody } from '../protocol/messages.ts';
import type { Census, NullCause } from '../protocol/run.ts';

/** Counts what becomes of everything that one attempt asks for, event by event: each agent is queued and ends once. */
export class CensusTaker {
  readonly #null = new Map<NullCause, number>();
  #asked = 0;
  #ended = 0;
  #done = 0;
  #fromJournal = 0;
  #threw = 0;
  #refused = 0;
  #units: Census['units'];

  take(event: EventBody): void {
    if (event.type === 'agent.queued') this.#asked += 1;
    if (event.type !== 'agent.ended') return;
    this.#ended += 1;
    const { end } = event;
    switch (end.kind) {
      case 'done':
        this.#done += 1;
        if (event.fromJournal) this.#fromJournal += 1;
        return;
      case 'null':
        this.#null.set(end.cause, (this.#null.get(end.cause) ?? 0) + 1);
        return;
      case 'threw':
        this.#threw += 1;
    }
  }

  /** One more call that a cap refused before it was an agent. */
  refused(): void {
    this.#refused += 1;
  }

  /** What `coverage()` has counted over the whole run. */
  covered(units: NonNullable<Census['units']>): void {
    this.#units = units;
  }

  /** As it stands; whoever has not ended by then is abandoned. */
  census(): Census {
    const agents = {
      done: this.#done,
      fromJournal: this.#fromJournal,
      null: Object.fromEntries(this.#null),
      threw: this.#threw,
      abandoned: this.#asked - this.#ended,
    };
    return {
      agents,
      ...(this.#refused > 0 && { refused: this.#refused }),
      ...(this.#units !== undefined && { units: this.#units }),
    };
  }
}
