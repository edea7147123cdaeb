import type { Disposable } from '../../base/disposable.ts';
import { isAbort } from '../../base/abort.ts';
import type { Clock } from '../../engine/ports.ts';
import type { TimerRequest } from './messages.ts';

/** A script's timers by a clock of the host's: one that is turned by hand makes an hour's wait take no time. */
export class HostTimers implements Disposable {
  readonly #clock: Pick<Clock, 'sleep'>;
  readonly #fire: (timer: number) => void;
  readonly #running = new Map<number, AbortController>();

  constructor(clock: Pick<Clock, 'sleep'>, fire: (timer: number) => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  take(requests: readonly TimerRequest[]): void {
    for (const request of requests) {
      this.#stop(request.id);
      if (request.kind === 'timer') void this.#run(request.id, request.ms);
    }
  }

  dispose(): void {
    for (const id of [...this.#running.keys()]) this.#stop(id);
  }

  async #run(id: number, ms: number): Promise<void> {
    const stopped = new AbortController();
    this.#running.set(id, stopped);
    try {
      await this.#clock.sleep(ms, stopped.signal);
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
