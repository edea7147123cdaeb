import type { Json } from '../protocol/json.ts';
import type { CallGroup } from '../protocol/messages.ts';
import { Anchors } from './dataFlow/anchors.ts';
import { BitSet } from './dataFlow/bitSet.ts';
import { LastPrompt } from './dataFlow/lastPrompt.ts';
import { NamedValues } from './dataFlow/namedValues.ts';
import { Evidence, type Holder, type Stretch } from './dataFlow/evidence.ts';
import { sharedRun, type SharedRun } from './dataFlow/sharedRun.ts';
import { foldedAt, isBreak, nextUnit, ShingleReader } from './dataFlow/words.ts';

/** What a script gave as `from`: values or labels, and the numbers of calls whose very answers they were. */
export interface NamedSources {
  readonly values: readonly Json[];
  /** As long as `values`; null where that one is no answer itself, but a copy or a part of one. */
  readonly calls: readonly (number | null)[];
}

export interface Sources {
  /** Ids of agents and checks, in the order in which they finished. */
  readonly from: readonly string[];
  /** Of the named ones, those that nothing finished has given. */
  readonly unknown: readonly Json[];
}

export interface FinishedValue {
  /** Of an agent, of a check, or of a change, which is its author's. */
  readonly id: string;
  readonly label: string;
  readonly value: Json;
  /** The number of the script's call that it answered. */
  readonly call?: number;
  readonly group?: CallGroup | undefined;
}

/** A leaf or a line of fewer characters is no evidence: too much is the same by chance (X09). */
const MIN_UNIT = 24;
/** Of a longer one cut in its middle, so much must be there. */
const MIN_PART = 40;
/** Anchors stand at each leaf and line, at sentences that are not too near, and at most so many characters apart. */
const STRIDE = 128;
const MIN_SENTENCE = 64;
const MAX_STRIDES = 2_000;
/** Of a longer result the rest is not looked for; an agent's answer is seldom a tenth of it. */
const MAX_CHARS = 1_000_000;
/** Of an anchor that more results share than this, the newest are compared. */
const COMPARED = 64;
/** So many anchors that others have too are added in a row; then none until the words differ. */
const MAX_POOR = 12;
/** Characters that a shingle may have, or nearly so. */
const OVERLAP = 80;
/** Of results that are objects, so many characters are kept as text. */
const MAX_KEPT_CHARS = 8_000_000;

/** Results with the same text: one of them cannot be told from another. */
interface Source {
  readonly value: Json;
  readonly owners: string[];
}

/**
 * Finds in a prompt the answers that flowed into it, by their words. What finished is known by *anchors*: shingles at
 * the beginning of each leaf and line and at strides between, unless the script said those words before itself (they
 * are then an echo of its instructions, items or arguments, and say nothing). A prompt is read once; where an anchor
 * stands in it, the texts are compared, and a run that is long enough is evidence for the source that has most of it.
 *
 * The edge is from the last hand that a value went through, not from all who ever had it: of sources with the same
 * run the one counts of which it is the whole; then the one that got it from the others. Where sources that know nothing
 * of each other have the same (`no problems found in this file`), the prompt must hold it as often as they are, or they
 * are those of its own item: what a stage of a pipeline is given is of the same item.
 */
export class DataFlow {
  /** Words that the script said; one that only seems so costs an anchor, and the next words are another. */
  readonly #said = new BitSet(23);
  readonly #anchors = new Anchors();
  readonly #sources: Source[] = [];
  readonly #bySignature = new Map<string, number[]>();
  readonly #texts = new Map<number, string>();
  #keptChars = 0;
  readonly #last = new LastPrompt();
  #finished = 0;
  readonly #order = new Map<string, number>();
  readonly #origins = new Map<string, readonly string[]>();
  readonly #groups = new Map<string, CallGroup>();
  readonly #named = new NamedValues();

  /** `said`: what the script knows without any agent, such as its own text and its arguments. */
  constructor(said: readonly string[] = []) {
    for (const text of said) this.say(text);
  }

  /** More that it knows, from now on. */
  say(text: string): void {
    const reader = new ShingleReader(text);
    while (reader.next()) this.#said.add(reader.hash);
  }

  finished({ id, label, value, call, group }: FinishedValue): void {
    this.#finished += 1;
    if (group) this.#groups.set(id, group);
    if (!this.#order.has(id)) this.#order.set(id, this.#order.size);
    this.#named.add({ id, label, value, call });
    const text = textOf(value).slice(0, MAX_CHARS);
    if (text.length < MIN_UNIT) return;
    const signature = `${text.length} ${text.slice(0, 40)} ${text.slice(-40)}`;
    const alike = this.#bySignature.get(signature) ?? [];
    const same = alike.find((known) => this.#text(known) === text);
    if (same !== undefined) {
      this.#sources[same]?.owners.push(id);
      return;
    }
    const source = this.#sources.push({ value, owners: [id] }) - 1;
    this.#bySignature.set(signature, [...alike, source]);
    this.#anchor(text, source);
  }

  /**
   * Whose answers flow into the prompt of agent `id`, which was asked for in `group`; from now on the rest of it counts
   * as said by the script.
   */
  sourcesOf(id: string, prompt: string, named: NamedSources = NONE, group?: CallGroup): Sources {
    const found = new Set(this.#flowing(prompt, true, group));
    const unknown: Json[] = [];
    named.values.forEach((value, index) => {
      const ids = this.#named.find(value, named.calls[index] ?? null, named.values);
      const owners = ids.length > 0 ? ids : this.#flowing(textOf(value), false, group);
      if (owners.length === 0) unknown.push(value);
      for (const owner of owners) found.add(owner);
    });
    found.delete(id);
    const from = [...found].sort((a, b) => (this.#order.get(a) ?? 0) - (this.#order.get(b) ?? 0));
    this.#origins.set(id, from);
    return { from, unknown };
  }

  #anchor(text: string, source: number): void {
    const stride = Math.max(STRIDE, text.length / MAX_STRIDES);
    const reader = new ShingleReader(text);
    let poor = 0;
    while (reader.next()) {
      const { hash, start } = reader;
      // What stands twice in it, or in another too, is a poor anchor: the next words are wanted as well.
      if (this.#said.has(hash) || (poor >= MAX_POOR && this.#anchors.find(hash) >= 0)) continue;
      poor = this.#anchors.add(hash, source, start) === 1 ? 0 : poor + 1;
      if (poor === 0) reader.jump(nextAnchor(text, start, stride));
    }
  }

  /** What has no source in the prompt of an agent counts as said by the script from now on. */
  #flowing(prompt: string, isAsked: boolean, group: CallGroup | undefined): readonly string[] {
    const evidence = new Evidence();
    const reader = new ShingleReader(prompt);
    const known = this.#last.beginning(prompt, this.#finished);
    for (const stretch of known.stretches) evidence.add(stretch);
    reader.jump(known.at);
    while (reader.next()) {
      const { hash, start } = reader;
      const anchor = this.#anchors.find(hash);
      if (anchor < 0) {
        if (isAsked) this.#said.add(hash);
        continue;
      }
      const found = this.#longest(anchor, prompt, start, evidence.settledTo);
      if (found === null) continue;
      evidence.add(found);
      // What tells those with the same run apart may begin in its last words.
      reader.jump(found.holders.length === 1 ? found.to : Math.max(start + 1, found.to - OVERLAP));
    }
    if (isAsked) this.#last.keep(prompt, evidence.stretches, this.#finished);
    return evidence.sources((holders, times) => this.#ownersOf(holders, times, group));
  }

  /** The longest run around a place of the prompt; null where no source has enough. */
  #longest(anchor: number, prompt: string, place: number, floor: number): Stretch | null {
    let longest: SharedRun | null = null;
    let holders: Holder[] = [];
    for (const { source, at } of this.#anchors.places(anchor, COMPARED)) {
      const run = sharedRun(this.#text(source), at, prompt, place, floor);
      if (!isEnough(run)) continue;
      const longer = longest === null ? 1 : length(run) - length(longest);
      if (longer > 0) [longest, holders] = [run, []];
      if (longer >= 0) holders.push({ source, completeness: run.completeness });
    }
    if (longest === null) return null;
    // If all that were compared have the same, so have those that were not.
    if (holders.length === COMPARED)
      holders = this.#anchors.places(anchor, Infinity).map(({ source }) => ({ source, completeness: 0 }));
    return { ...longest.prompt, holders };
  }

  /**
   * Of agents that gave the same, those whose value it can be: of one that got it from another, the one that gave more
   * of itself with it, or else the later. All the rest, if the prompt has it as often as they are, or else those of the
   * same item.
   */
  #ownersOf(holders: readonly Holder[], times: number, group: CallGroup | undefined): readonly string[] {
    const owners = holders.flatMap(({ source, completeness }) =>
      (this.#sources[source]?.owners ?? []).map((id) => ({ id, completeness })),
    );
    const last =
      owners.length > COMPARED
        ? owners
        : owners.filter((one) =>
            owners.every((other) => {
              if (this.#isOrigin(one.id, other.id)) return other.completeness < one.completeness;
              return !this.#isOrigin(other.id, one.id) || one.completeness >= other.completeness;
            }),
          );
    const ids = last.map(({ id }) => id);
    if (ids.length <= times) return ids;
    const ofItem = ids.filter((id) => isSameItem(this.#groups.get(id), group));
    return ofItem.length <= times ? ofItem : [];
  }

  /** Whether what one agent said is among what the other was told, by whatever ways. */
  #isOrigin(origin: string, agent: string): boolean {
    const reached = new Set(this.#origins.get(agent));
    for (const before of reached) for (const each of this.#origins.get(before) ?? []) reached.add(each);
    return reached.has(origin);
  }

  /** Texts are the values' own; those of objects are made anew when they have not been needed for long. */
  #text(source: number): string {
    const kept = this.#texts.get(source);
    if (kept !== undefined) return kept;
    const value = this.#sources[source]?.value ?? null;
    const text = textOf(value).slice(0, MAX_CHARS);
    if (typeof value === 'string') return text;
    this.#texts.set(source, text);
    this.#keptChars += text.length;
    for (const [oldest, old] of this.#texts) {
      if (this.#keptChars <= MAX_KEPT_CHARS) break;
      this.#texts.delete(oldest);
      this.#keptChars -= old.length;
    }
    return text;
  }
}

const NONE: NamedSources = { values: [], calls: [] };

function isSameItem(one: CallGroup | undefined, other: CallGroup | undefined): boolean {
  return one !== undefined && one.id === other?.id && one.item === other.item;
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isEnough({ completeness, chars }: SharedRun): boolean {
  return chars >= (completeness === 0 ? MIN_PART : MIN_UNIT);
}

function length({ prompt }: SharedRun): number {
  return prompt.to - prompt.from;
}

/** Where the next leaf, line or sentence begins that is long enough, or else the first word behind the stride. */
function nextAnchor(text: string, start: number, stride: number): number {
  const end = Math.min(start + stride, text.length);
  let at = start;
  do at = nextUnit(text, at, start + MIN_SENTENCE, end);
  while (at < end && !isLongUnit(text, at));
  if (at < end) return at;
  while (foldedAt(text, at) !== 0) at += 1;
  return at;
}

function isLongUnit(text: string, from: number): boolean {
  if (from + MIN_UNIT > text.length) return false;
  for (let at = from; at < from + MIN_UNIT; at += 1) if (isBreak(text, at)) return false;
  return true;
}
