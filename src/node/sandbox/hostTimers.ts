import type { Disposable } from '../../base/disposable.ts';
import { isAbort } from '../../base/abort.ts';
import type { Clock } from '../../engine/ports.ts';
import type { TimerRequest } from './messages.ts';

/** What each kind of a script's timers goes by: one that is turned by hand makes an hour's wait take no time. */
type Clocks = Readonly<Record<Exclude<TimerRequest['kind'], 'cleared'>, Pick<Clock, 'sleep'>>>;

/** A script's timers by clocks of the host's. */
export class HostTimers implements Disposable {
  readonly #clocks: Clocks;
  readonly #fire: (timer: number) => void;
  readonly #running = new Map<number, AbortController>();

  constructor(clocks: Clocks, fire: (timer: number) => void) {
    this.#clocks = clocks;
    this.#fire = fire;
  }

  take(requests: readonly TimerRequest[]): void {
    for (const request of requests) {
      this.#stop(request.id);
      if (request.kind !== 'cleared') void this.#run(request.id, request.ms, this.#clocks[request.kind]);
    }
  }

  dispose(): void {
    for (const id of [...this.#running.keys()]) this.#stop(id);
  }

  async #run(id: number, ms: number, clock: Pick<Clock, 'sleep'>): Promise<void> {
    const stopped = new AbortController();
    this.#running.set(id, stopped);
    try {
      await clock.sleep(ms, stopped.signal);
    } catch (error) {
      if (isAbort(error)) return;
      throw error;
    }
    this.#running.delete(id);
    this.#fire(id);
  }

  #stop(id: number): void {
    this.#running.get(id)?.abort();
    this.#running.delete(id);
  }
}
