import { NO_PAST } from '../runPast.ts';
import type { RunStore } from '../runStore.ts';

/** A store that keeps nothing: each run in it is its first, and nobody opens it again. */
export function createScratchStore(): RunStore {
  const nothing = async (): Promise<void> => undefined;
  return {
    create: async (manifest, script) => ({
      manifest,
      dir: '/rehearsal',
      script,
      journal: [],
      ...NO_PAST,
      readTranscript: async () => [],
      appendEvents: () => undefined,
      appendTranscript: () => undefined,
      appendJournal: nothing,
      dropAnswers: nothing,
      finish: nothing,
      replaceScript: nothing,
      close: nothing,
    }),
    open: async () => ({ kind: 'unknown' }),
  };
}
