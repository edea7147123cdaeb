import type { Json } from '../base/json.ts';

/** A finished call that need not be made again (W42). One line of `journal.ndjson`. */
export interface JournalEntry {
  readonly key: string;
  readonly kind: 'agent' | 'change' | 'land' | 'skip';
  readonly agentId: string;
  readonly value: Json;
}
