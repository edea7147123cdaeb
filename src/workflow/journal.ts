import type { Json } from '../protocol/json.ts';
import { canonicalJson } from '../protocol/json.ts';

/** A finished call that need not be made again (W42). One line of `journal.ndjson`. */
export interface JournalEntry {
  readonly key: string;
  readonly kind: 'agent' | 'change' | 'land' | 'check' | 'ask' | 'skip';
  /** Of the agent, the change's author or the check behind it; empty for a question to a person. */
  readonly agentId: string;
  readonly value: Json;
  /** Its agent looked at the session's folder, whose files may have changed since (W42). */
  readonly sawFolder?: true;
  /** A question's default, which nobody has given: whoever is there on a resume is asked again. */
  readonly byNobody?: true;
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

/** A call's place in the journal: answered by `entry`, or to be recorded under `key` once it has finished. */
export interface Claim {
  readonly entry: JournalEntry | undefined;
  readonly key: string;
}

/** What an earlier attempt left of calls with one content. */
interface Answers {
  /** In the order in which their calls were made. */
  readonly entries: JournalEntry[];
  /** How many of them calls have taken. */
  taken: number;
  /** Occurrences of calls that had begun and not finished, the lowest first. */
  readonly open: number[];
}

/**
 * Answers finished calls by content, not by position: the n-th call with the same content takes the n-th answer, in
 * the order of the calls, so that neither the order of finishing, nor a failure, nor an inserted call costs a finished
 * one. A call that failed has left no answer, so its next try takes the answer of the try that succeeded.
 */
export class Journal {
  readonly #sha256: (text: string) => string;
  readonly #answers = new Map<string, Answers>();
  /** The highest occurrence that has been given out, by content. */
  readonly #last = new Map<string, number>();

  /** `unfinished`: keys of calls that had begun and have no answer. */
  constructor(entries: readonly JournalEntry[], sha256: (text: string) => string, unfinished: Iterable<string> = []) {
    this.#sha256 = sha256;
    for (const key of unfinished) {
      const { hash, occurrence } = partsOf(key);
      this.#of(hash).open.push(occurrence);
      this.#given(hash, occurrence);
    }
    for (const entry of entries) {
      const { hash, occurrence } = partsOf(entry.key);
      this.#of(hash).entries.push(entry);
      this.#given(hash, occurrence);
    }
    for (const { entries: found, open } of this.#answers.values()) {
      open.sort((a, b) => a - b);
      found.sort((a, b) => partsOf(a.key).occurrence - partsOf(b.key).occurrence);
    }
  }

  claim(content: CallContent): Claim {
    const hash = this.#sha256(contentText(content));
    const answers = this.#answers.get(hash);
    const entry = answers?.entries[answers.taken];
    if (answers && entry) {
      answers.taken += 1;
      return { entry, key: entry.key };
    }
    const begun = answers?.open.shift();
    if (begun !== undefined) return { entry: undefined, key: `${hash}:${begun}` };
    const next = (this.#last.get(hash) ?? 0) + 1;
    this.#last.set(hash, next);
    return { entry: undefined, key: `${hash}:${next}` };
  }

  #given(hash: string, occurrence: number): void {
    this.#last.set(hash, Math.max(this.#last.get(hash) ?? 0, occurrence));
  }

  #of(hash: string): Answers {
    const known = this.#answers.get(hash);
    if (known) return known;
    const fresh: Answers = { entries: [], taken: 0, open: [] };
    this.#answers.set(hash, fresh);
    return fresh;
  }
}

/** As `canonicalJson` has it of the four in a list; most of it is the prompt, which is written at once. */
function contentText({ kind, scope, prompt, options }: CallContent): string {
  return `${JSON.stringify([kind, scope, prompt]).slice(0, -1)},${canonicalJson(options)}]`;
}

function partsOf(key: string): { readonly hash: string; readonly occurrence: number } {
  const colon = key.lastIndexOf(':');
  return { hash: key.slice(0, colon), occurrence: Number(key.slice(colon + 1)) };
}
