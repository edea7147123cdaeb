import { integerBetween, type Random } from './random.ts';

/**
 * A text that a regular expression matches, best effort: lookarounds, back references and `\b` are taken as empty.
 * Open-ended repetitions add up to `stretch` rounds to their least.
 */
export function patternInstance(source: string, random: Random, stretch: number): string {
  return new PatternReader(source, random, stretch).read();
}

const PRINTABLE = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at));
const DIGITS = PRINTABLE.filter((char) => /\d/.test(char));
const WORD = PRINTABLE.filter((char) => /\w/.test(char));
const CLASSES: Readonly<Record<string, readonly string[]>> = {
  d: DIGITS,
  D: PRINTABLE.filter((char) => /\D/.test(char)),
  w: WORD,
  W: PRINTABLE.filter((char) => /\W/.test(char)),
  s: [' '],
  S: PRINTABLE.filter((char) => /\S/.test(char)),
  p: WORD.filter((char) => /[a-z]/i.test(char)),
};
const CONTROLS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v', 0: '\0' };

/** Makes one of the texts that a part of the pattern matches. */
type Make = () => string;

/** Recursive descent over the pattern: alternatives, terms, atoms with their repetition. */
class PatternReader {
  readonly #source: string;
  readonly #random: Random;
  readonly #stretch: number;
  #at = 0;

  constructor(source: string, random: Random, stretch: number) {
    this.#source = source;
    this.#random = random;
    this.#stretch = stretch;
  }

  read(): string {
    return this.#alternatives()();
  }

  #alternatives(): Make {
    const choices = [this.#sequence()];
    while (this.#take('|')) choices.push(this.#sequence());
    return () => this.#pick(choices)?.() ?? '';
  }

  #sequence(): Make {
    const terms: Make[] = [];
    while (this.#at < this.#source.length && !'|)'.includes(this.#peek())) terms.push(this.#repeated(this.#atom()));
    return () => terms.map((make) => make()).join('');
  }

  #atom(): Make {
    const char = this.#next();
    if (char === '^' || char === '$') return () => '';
    if (char === '.') return () => this.#pick(WORD) ?? '';
    if (char === '(') return this.#group();
    if (char === '[') return this.#oneOf(this.#bracketed());
    if (char === '\\') return this.#oneOf(this.#escaped());
    return () => char;
  }

  #group(): Make {
    const around = /^\?(?:<?[=!])/.exec(this.#source.slice(this.#at));
    const prefix = /^\?(?:<\w+>|[a-z-]*:|<?[=!])/.exec(this.#source.slice(this.#at));
    this.#at += prefix?.[0].length ?? 0;
    const inner = this.#alternatives();
    this.#take(')');
    return around === null ? inner : () => '';
  }

  /** The characters of a class; the opening bracket is behind us. */
  #bracketed(): readonly string[] {
    const negated = this.#take('^');
    const members: string[] = [];
    while (this.#at < this.#source.length && !this.#take(']')) {
      const low = this.#member();
      const isRange = this.#peek() === '-' && this.#source[this.#at + 1] !== ']' && low.length === 1;
      if (!isRange) {
        members.push(...low);
        continue;
      }
      this.#at += 1;
      const [from, to] = [low[0]?.charCodeAt(0) ?? 0, this.#member()[0]?.charCodeAt(0) ?? 0];
      for (let code = from; code <= Math.min(to, from + 255); code++) members.push(String.fromCharCode(code));
    }
    if (!negated) return members;
    const excluded = new Set(members);
    return PRINTABLE.filter((char) => !excluded.has(char));
  }

  #member(): readonly string[] {
    const char = this.#next();
    return char === '\\' ? this.#escaped() : [char];
  }

  /** What an escape may stand for; the backslash is behind us. Nothing for `\b` and back references. */
  #escaped(): readonly string[] {
    const char = this.#next();
    const code = /^(?:u([0-9a-f]{4})|x([0-9a-f]{2}))/i.exec(this.#source.slice(this.#at - 1));
    if (code !== null) {
      this.#at += code[0].length - 1;
      return [String.fromCharCode(parseInt(code[0].slice(1), 16))];
    }
    if (char === 'p') this.#at += /^\{[^}]*\}/.exec(this.#source.slice(this.#at))?.[0].length ?? 0;
    if (/[bB1-9]/.test(char)) return [];
    const control = CONTROLS[char];
    return CLASSES[char] ?? [control ?? char];
  }

  #repeated(make: Make): Make {
    const [text, least, most] = this.#quantifier();
    if (text === '') return make;
    this.#at += text.length;
    this.#take('?');
    return () => {
      const times = integerBetween(this.#random, least, Math.min(most, least + this.#stretch));
      return Array.from({ length: times }, make).join('');
    };
  }

  #quantifier(): readonly [text: string, least: number, most: number] {
    const char = this.#peek();
    if (char === '*') return [char, 0, Infinity];
    if (char === '+') return [char, 1, Infinity];
    if (char === '?') return [char, 0, 1];
    const braces = /^\{(\d+)(,?)(\d*)\}/.exec(this.#source.slice(this.#at));
    if (braces === null) return ['', 1, 1];
    const [text, least = '1', comma, most = ''] = braces;
    return [text, Number(least), comma === '' ? Number(least) : most === '' ? Infinity : Number(most)];
  }

  #oneOf(chars: readonly string[]): Make {
    return () => this.#pick(chars) ?? '';
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.#random() * from.length)];
  }

  #peek(): string {
    return this.#source.charAt(this.#at);
  }

  #next(): string {
    this.#at += 1;
    return this.#source.charAt(this.#at - 1);
  }

  #take(char: string): boolean {
    if (this.#peek() !== char || this.#at >= this.#source.length) return false;
    this.#at += 1;
    return true;
  }
}
