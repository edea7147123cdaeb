import type { Json } from '../protocol/json.ts';
import { canonicalJson } from '../protocol/json.ts';

/** A finished call that need not be made again (W42). One line of `journal.ndjson`. */
export interface JournalEntry {
  readonly key: string;
  readonly kind: 'agent' | 'change' | 'land';
  readonly agentId: string;
  readonly value: Json;
}

/** What an answer depends on. Labels, phases and limits do not count. */
export interface CallContent {
  readonly kind: JournalEntry['kind'];
  /** Empty for the root script, `meta.name` of a nested one. */
  readonly scope: string;
  readonly prompt: string;
  /** The options that change the answer, as the script wrote them. */
  readonly options: Json;
}

/** A call's place in the journal: answered by `entry`, or to be recorded under `nextKey()` once it has finished. */
export interface Claim {
  readonly entry: JournalEntry | undefined;
  nextKey(): string;
}

interface Answers {
  readonly entries: JournalEntry[];
  /** How many of them calls have taken. */
  taken: number;
  recorded: number;
}

/**
 * Answers finished calls by content, not by position: the n-th call with the same content takes the n-th answer, so
 * that neither order, nor a failure, nor an inserted call costs a finished one. A call that failed has left no answer,
 * so its next try takes the answer of the try that succeeded.
 */
export class Journal {
  readonly #sha256: (text: string) => string;
  readonly #answers = new Map<string, Answers>();

  constructor(entries: readonly JournalEntry[], sha256: (text: string) => string) {
    this.#sha256 = sha256;
    for (const entry of entries) {
      const answers = this.#of(hashOf(entry.key));
      answers.entries.push(entry);
      answers.recorded += 1;
    }
  }

  claim(content: CallContent): Claim {
    const hash = this.#sha256(canonicalJson([content.kind, content.scope, content.prompt, content.options]));
    const answers = this.#of(hash);
    const entry = answers.entries[answers.taken];
    if (entry) answers.taken += 1;
    return {
      entry,
      nextKey: () => {
        answers.recorded += 1;
        return `${hash}:${answers.recorded}`;
      },
    };
  }

  #of(hash: string): Answers {
    const known = this.#answers.get(hash);
    if (known) return known;
    const fresh: Answers = { entries: [], taken: 0, recorded: 0 };
    this.#answers.set(hash, fresh);
    return fresh;
  }
}

function hashOf(key: string): string {
  return key.slice(0, key.lastIndexOf(':'));
}
