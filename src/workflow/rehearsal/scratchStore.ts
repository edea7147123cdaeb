import type { Event } from '../../protocol/messages.ts';
import { NO_PAST } from '../runPast.ts';
import type { RunStore } from '../runStore.ts';

/** A store of runs that are told once: each run in it is its first, and nobody opens it again. */
export function createScratchStore(): RunStore {
  const nothing = async (): Promise<void> => undefined;
  return {
    create: async (manifest, script) => {
      const events: Event[] = [];
      return {
        manifest,
        dir: '/rehearsal',
        script,
        journal: [],
        ...NO_PAST,
        readTranscript: async () => [],
        appendEvents: (batch) => void events.push(...batch),
        readEvents: (from) => events.filter(({ seq }) => seq >= from),
        appendTranscript: () => undefined,
        appendJournal: nothing,
        dropAnswers: nothing,
        finish: nothing,
        replaceScript: nothing,
        keepReviewRule: nothing,
        close: nothing,
      };
    },
    open: async () => ({ kind: 'unknown' }),
  };
}
