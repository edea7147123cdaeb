/**
 * A run's merge queue: one change at a time onto the integration branch, so that each is tested on top of all that
 * landed before it. Works on objects and refs; the person's checkout is never touched (X03).
 */
export class MergeQueue {
  #tail: Promise<unknown> = Promise.resolve();

  /** Runs `body` when all that were queued before it have ended, whatever became of them. */
  enqueue<T>(body: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(body);
    this.#tail = turn.catch(() => undefined);
    return turn;
  }
}
