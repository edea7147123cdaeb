import type { Json } from '../../protocol/json.ts';
import { canonicalJson } from '../../protocol/json.ts';

interface NamedValue {
  readonly id: string;
  readonly label: string;
  readonly value: Json;
  readonly call: number | undefined;
}

/** Longer values are found by their words. */
const MAX_SHORT = 400;

/** Finished values by what a script can name them with: the call that they answered, their label, or, if short, themselves. */
export class NamedValues {
  readonly #byCall = new Map<number, string[]>();
  readonly #byLabel = new Map<string, string>();
  readonly #byValue = new Map<string, string[]>();

  add({ id, label, value, call }: NamedValue): void {
    if (call !== undefined) append(this.#byCall, call, id);
    this.#byLabel.set(label, id);
    const key = shortKey(value);
    if (key !== null) append(this.#byValue, key, id);
  }

  /**
   * Ids of what `named` stands for, one of the list `all`. Of agents with the same label the newest; of equal values as
   * many of the newest as the list has of them. A `review()` is the answer of all its agents. Empty: none.
   */
  find(named: Json, call: number | null, all: readonly Json[]): readonly string[] {
    const answered = call === null ? undefined : this.#byCall.get(call);
    if (answered !== undefined) return answered;
    const labelled = typeof named === 'string' ? this.#byLabel.get(named) : undefined;
    if (labelled !== undefined) return [labelled];
    const key = shortKey(named);
    const owners = key === null ? undefined : this.#byValue.get(key);
    if (!owners) return [];
    return owners.slice(-all.filter((other) => shortKey(other) === key).length);
  }
}

function append<K>(lists: Map<K, string[]>, key: K, id: string): void {
  const list = lists.get(key);
  if (list) list.push(id);
  else lists.set(key, [id]);
}

function shortKey(value: Json): string | null {
  if (typeof value === 'string') return value.length <= MAX_SHORT ? JSON.stringify(value) : null;
  const text = canonicalJson(value);
  return text.length <= MAX_SHORT ? text : null;
}
