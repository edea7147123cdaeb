import type { Json } from '../../protocol/json.ts';
import type { Observed, PastRun } from './pastRun.ts';
import { observedKey } from './pastRun.ts';
import type { LookedFor } from '../script/lint/lookedFor.ts';
import type { Scenario } from './scenario.ts';

/** What a made-up answer leaves to be chosen; a place is `$.items[].done`, for all items of a list alike. */
export interface AnswerChoices {
  readonly length: (path: string) => number | undefined;
  readonly flag: (path: string) => boolean | undefined;
  readonly member: (path: string, allowed: readonly Json[]) => Json | undefined;
  readonly number: (path: string) => number | undefined;
  readonly text: (path: string, description: string) => string | undefined;
}

/** Who answers. */
export interface Answerer {
  readonly phase: string | null;
  readonly prompt: string;
  /** Agents with the same form of answer that led to this one. */
  readonly rounds: number;
  /** Its lists are short: an agent with another form of answer led to this one, or it looks for faults in one change. */
  readonly short: boolean;
}

/** A number in [0, 1) that depends on the text alone. */
export type Chance = (text: string) => number;

/** Texts of one kind that are looked for in later prompts. */
const REMEMBERED = 200;
/** Lists inside of lists, and those of agents that a list led to. */
const FEW = 3;

/** What agents answer in one play: it goes by the scenario, and by what was observed in past runs where that says so. */
export class Answers {
  readonly #scenario: Scenario;
  readonly #past: readonly PastRun[];
  readonly #chance: Chance;
  readonly #lookedFor: LookedFor;
  readonly #turns = new Map<string, number>();
  readonly #texts = new Map<string, string[]>();

  constructor(scenario: Scenario, past: readonly PastRun[], chance: Chance, lookedFor: LookedFor) {
    this.#scenario = scenario;
    this.#past = scenario.asBefore ? past : [];
    this.#chance = chance;
    this.#lookedFor = lookedFor;
  }

  choicesFor(who: Answerer): AnswerChoices {
    const named = new Map<string, readonly string[]>();
    const made = new Map<string, string[]>();
    return {
      length: (path) =>
        pointsAtOthers(path)
          ? Math.min(1, others(made).length)
          : (this.#seen(who, path, ({ lengths }) => lengths) ?? this.#length(who, path)),
      flag: (path) => this.#seen(who, path, ({ flags }) => flags) ?? this.#flag(path),
      member: (path, allowed) => this.#member(who, path, allowed),
      number: (path) => (INDEX.test(nameOf(path)) || this.#lookedFor.indexes.has(nameOf(path)) ? 0 : undefined),
      text: (path, description) => {
        if (pointsAtOthers(path)) return others(made).at(-1) ?? '';
        const text = this.#text(who, path, description, named);
        made.set(nameOf(path), [...(made.get(nameOf(path)) ?? []), text]);
        return text;
      },
    };
  }

  /** What an agent writes that has no form to keep to: lines as a list has items, and a word that the script may look for. */
  prose({ prompt, rounds, short }: Answerer): string {
    const words = [...new Set([...this.#lookedFor.inside, ...(prompt.match(SIGNAL) ?? [])])].slice(0, MOST_SIGNALS);
    const word = words.length === 0 ? '' : (this.#oneOf(`signal ${words.join(' ')}`, [...words, '']) ?? '');
    const wanted = short ? Math.min(this.#scenario.items, FEW) : this.#scenario.items;
    const lines = this.#scenario.dries ? Math.floor(wanted / 2 ** rounds) : wanted;
    const points = Array.from({ length: lines }, () => `made-up point ${this.#turn('point') + 1}`);
    return [word, ...points].filter((line) => line !== '').join('\n') || 'made-up text';
  }

  /** A number in [0, 1), another one each time it is asked for. */
  draw(what: string): number {
    return this.#chance(`${this.#scenario.seed} ${what} ${this.#turn(what)}`);
  }

  /** Counts from 0. */
  #turn(what: string): number {
    const turn = this.#turns.get(what) ?? 0;
    this.#turns.set(what, turn + 1);
    return turn;
  }

  #seen<T>({ phase }: Answerer, path: string, of: (observed: Observed) => readonly T[]): T | undefined {
    const key = observedKey(phase, path);
    const all = this.#past.flatMap(({ observed }) => {
      const found = observed.get(key);
      return found ? of(found) : [];
    });
    return all[Math.floor(this.draw(`seen ${key}`) * all.length)];
  }

  #length({ rounds, short }: Answerer, path: string): number {
    const { items, dries } = this.#scenario;
    const outer = path.split('[]').length - 1 + (short ? 1 : 0);
    const wanted = outer === 0 ? items : Math.min(items, outer === 1 ? FEW : 1);
    return dries ? Math.floor(wanted / 2 ** rounds) : wanted;
  }

  #flag(path: string): boolean {
    const { flags } = this.#scenario;
    return flags === 'mixed' ? this.draw(`flag ${path}`) < 0.5 : flags === 'true';
  }

  /** One after the other, so that each has its turn. */
  #member(who: Answerer, path: string, allowed: readonly Json[]): Json | undefined {
    const word = this.#seen(who, path, ({ words }) => words);
    if (word !== undefined && allowed.includes(word)) return word;
    return this.#oneOf(`member ${path}`, allowed);
  }

  #oneOf<T>(what: string, allowed: readonly T[]): T | undefined {
    const { flags, seed } = this.#scenario;
    if (flags === 'true') return allowed[0];
    if (flags === 'false') return allowed.at(-1);
    return allowed[(this.#turn(what) + seed) % allowed.length];
  }

  /** One that the script compares this member with, or undefined, which is another text: each has its turn. */
  #word(path: string, name: string): string | undefined {
    const words = this.#lookedFor.byName.get(name);
    return words && this.#oneOf<string | undefined>(`word ${path}`, [...words, undefined]);
  }

  /**
   * A text that no other answer has, or of those that stand in the prompt the next one: who is asked about things by name
   * answers with their names.
   */
  #text(who: Answerer, path: string, description: string, named: Map<string, readonly string[]>): string {
    const name = nameOf(path);
    if (!this.#scenario.fillsAll && mayBeEmpty(name, description)) return '';
    const word = this.#word(path, name);
    if (word !== undefined) return word;
    const one = name.replace(/s$/, '');
    const known = [name, ...(one === name ? [] : [one])].flatMap((key) => this.#texts.get(key) ?? []);
    const mentioned = named.get(name) ?? known.filter((text) => who.prompt.includes(text));
    named.set(name, mentioned);
    if (mentioned.length > 0) return mentioned[this.#turn(`${path} of ${who.prompt}`) % mentioned.length] ?? '';
    const text = madeUp(name, this.#turn(`text ${name}`) + 1);
    const own = this.#texts.get(name) ?? [];
    if (own.length < REMEMBERED) this.#texts.set(name, [...own, text]);
    return text;
  }
}

/** What a person has agents say in capitals, for the script to look for: `Answer APPROVED or REJECTED.` */
const SIGNAL = /\b[A-Z][A-Z_]{2,19}\b/g;
const MOST_SIGNALS = 5;
const INDEX = /(index|idx|position|winner|best)$/i;
/** Names by which an item of a list says which others it needs, and those by which others name it. */
const NEEDS =
  /^(dependsOn|depends_on|dependencies|deps|after|requires|needs|prerequisites|blockedBy|blocked_by|parent|parentId|parent_id)$/i;
const OWN_NAMES = ['id', 'key', 'name', 'slug', 'file', 'path', 'title', 'task', 'unit'];

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1).replaceAll('[]', '');
}

function pointsAtOthers(path: string): boolean {
  return NEEDS.test(nameOf(path)) && path.includes('[].');
}

/** Names of the items before this one, so that none waits for itself. */
function others(made: ReadonlyMap<string, readonly string[]>): readonly string[] {
  return (OWN_NAMES.map((name) => made.get(name)).find((texts) => texts !== undefined) ?? []).slice(0, -1);
}

/** What speaks of something amiss says nothing in an answer that is in order. */
function mayBeEmpty(name: string, description: string): boolean {
  return /\bempty\b|\bif any\b/i.test(description) || /^(error|problem|failure|blocker|blockedBy)$/i.test(name);
}

function madeUp(name: string, n: number): string {
  if (/file|path|module/i.test(name)) return `made-up/${name}-${n}.js`;
  if (/url|link/i.test(name)) return `https://example.com/${name}-${n}`;
  return `made-up ${name === '$' ? 'text' : name} ${n}`;
}
