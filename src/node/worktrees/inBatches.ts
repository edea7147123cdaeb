/** What went wrong with one of them, null when nothing did. */
export type Verdict<T> = (item: T) => Error | null;

/** After a batch, so many milliseconds pass before the next: what comes in bursts is done together. */
const GATHER_MS = 20;

/**
 * Gives a function that does one thing and settles when it is done, and does those that are asked for about the same
 * time by one call of `work`. To start a program costs ten times what it then does for one worktree.
 */
export function inBatches<T>(work: (items: readonly T[]) => Promise<Verdict<T>>): (item: T) => Promise<void> {
  let waiting: { readonly item: T; readonly done: (problem: Error | null) => void }[] = [];
  let busy = false;
  const workOff = async (): Promise<void> => {
    for (; waiting.length > 0; await new Promise((resolve) => setTimeout(resolve, GATHER_MS))) {
      const batch = waiting;
      waiting = [];
      const verdict = await work(batch.map(({ item }) => item)).catch(failed<T>);
      for (const { item, done } of batch) done(verdict(item));
    }
    busy = false;
  };
  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, done: (problem) => (problem ? reject(problem) : resolve()) });
      if (busy) return;
      busy = true;
      // In a later turn, so that what is asked for in this one comes along.
      setImmediate(() => void workOff());
    });
}

const failed =
  <T>(error: unknown): Verdict<T> =>
  () =>
    error instanceof Error ? error : new Error(String(error));
