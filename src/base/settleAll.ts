/**
 * Like `Promise.all`, but rejects only when all have settled: what they share may be closed right after. Rejects with
 * the first rejection in the order of `promises`.
 */
export async function settleAll<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(promises);
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}
