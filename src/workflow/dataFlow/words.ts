// Text as its words alone: whatever stands between two of them (blanks, punctuation, quotes, line breaks, `> ` at a line's
// beginning) makes no difference, nor does upper or lower case, nor how often it was escaped as JSON. So one text
// is found again wherever it was pretty-printed, quoted, trimmed, wrapped or escaped.

const BLANK = 32;
const BACKSLASH = 92;
const QUOTE = 34;
const LINE_FEED = 10;
/** From here on (Chinese, Japanese, Korean, parts of surrogate pairs) each character is a word of its own. */
const WIDE = 0x2e80;

/** The letters, digits and underscores of ASCII in lower case; 0 for all else. */
const FOLDED = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code);
  return /\w/.test(char) ? char.toLowerCase().charCodeAt(0) : 0;
});
const ESCAPE_LETTERS = Uint8Array.from({ length: 128 }, (_, code) =>
  'nrtbf'.includes(String.fromCharCode(code)) ? 1 : 0,
);

/** Characters at which a leaf, a line or a sentence may end. */
const STOPS = Uint8Array.from({ length: 128 }, (_, code) => ('"\n\\.!?:;'.includes(String.fromCharCode(code)) ? 1 : 0));

/** The character as words are compared by it; 0 where it belongs to no word, as at the end of a text (NaN). */
export function foldedAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code < 128) return FOLDED[code] ?? 0;
  return code >= 0xc0 && !isPunctuation(code) ? code : 0;
}

function isPunctuation(code: number): boolean {
  return (code >= 0x2000 && code < 0x2c00) || (code >= 0x3000 && code < 0x3040) || (code >= 0xff00 && code < 0xff10);
}

export function isWide(folded: number): boolean {
  return folded >= WIDE;
}

/** Of a word that has more of them. */
export function isLetter(text: string, at: number): boolean {
  const folded = foldedAt(text, at);
  return folded !== 0 && folded < WIDE;
}

export function isSameLetter(one: string, at: number, other: string, place: number): boolean {
  const code = one.charCodeAt(at);
  if (code < 128) {
    const folded = FOLDED[code] ?? 0;
    return folded !== 0 && folded === (FOLDED[other.charCodeAt(place)] ?? 0);
  }
  return isLetter(one, at) && code === other.charCodeAt(place);
}

export function isBackslash(text: string, at: number): boolean {
  return text.charCodeAt(at) === BACKSLASH;
}

/** Whether the character is the letter of an escape, such as the second of `\n`. */
export function isEscapeLetter(text: string, at: number): boolean {
  return ESCAPE_LETTERS[text.charCodeAt(at)] === 1 && isBackslash(text, at - 1);
}

/** Behind the backslashes at `at` and the letter that they escape, if it is one: under any number of escapings. */
export function skipEscape(text: string, at: number): number {
  let after = at;
  while (isBackslash(text, after)) after += 1;
  return after > at && isEscapeLetter(text, after) ? after + 1 : after;
}

/** A break between two leaves or lines: a quotation mark, a line break, plain or escaped. */
export function isBreak(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === QUOTE || code === LINE_FEED || (code === 110 && isBackslash(text, at - 1));
}

/**
 * Behind the first break from `from` on, or the first end of a sentence from `sentencesFrom` on; at least `to` when there
 * is none before it.
 */
export function nextUnit(text: string, from: number, sentencesFrom: number, to: number): number {
  for (let at = from; at < to; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 128 || STOPS[code] === 0) continue;
    if (code === QUOTE || code === LINE_FEED) return at + 1;
    if (code === BACKSLASH) {
      at = skipEscape(text, at) - 1;
      if (isBreak(text, at)) return at + 1;
    } else if (at >= sentencesFrom && text.charCodeAt(at + 1) === BLANK) {
      return at + 2;
    }
  }
  return to;
}

/** So many letters make a shingle: three words or four. Below it coincidence is common, above it short leaves are lost. */
const LETTERS = 16;
/** Words that are kept; a shingle has at most as many as it has letters. */
const RING = 32;
const BASE = 0x2c9277b5;
const POWERS = Int32Array.from({ length: RING }, () => 1);
for (let power = 1; power < RING; power += 1) POWERS[power] = Math.imul(POWERS[power - 1] ?? 1, BASE);

/**
 * Reads a text from shingle to shingle, some 5 ns a character. A shingle is the shortest run of whole words that ends at
 * this word and has `LETTERS` letters; texts with the same words have the same ones.
 */
export class ShingleReader {
  readonly #text: string;
  /** The last words, of which a window is the shingle. */
  readonly #words = new Int32Array(RING * WORD_FIELDS);
  #first = 1;
  #last = 0;
  #letters = 0;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Where its first word begins. */
  get start(): number {
    return this.#words[slotOf(this.#first) + START] ?? 0;
  }

  get hash(): number {
    const before = this.#words[slotOf(this.#first - 1) + SUM] ?? 0;
    const all = this.#words[slotOf(this.#last) + SUM] ?? 0;
    const sum = all - Math.imul(before, POWERS[this.#last - this.#first + 1] ?? 0);
    const mixed = Math.imul(sum ^ (sum >>> 15), 0x2c1b3c6d);
    return mixed ^ (mixed >>> 13);
  }

  /** Goes on to the next one; false at the end. */
  next(): boolean {
    const text = this.#text;
    const length = text.length;
    let at = this.#at;
    while (at < length) {
      const code = text.charCodeAt(at);
      let folded = code < 128 ? (FOLDED[code] ?? 0) : foldedAt(text, at);
      if (folded === 0) {
        at = code === BACKSLASH ? skipEscape(text, at) : at + 1;
        continue;
      }
      const start = at;
      let hash = 0x811c9dc5;
      do {
        hash = Math.imul(hash ^ folded, 0x01000193);
        at += 1;
        if (folded >= WIDE) break;
        const following = text.charCodeAt(at);
        folded = following < 128 ? (FOLDED[following] ?? 0) : foldedAt(text, at);
      } while (folded !== 0 && folded < WIDE);
      if (!this.#add(hash, start, at)) continue;
      this.#at = at;
      return true;
    }
    return false;
  }

  /** Goes on at another place, as if the text began there. */
  jump(to: number): void {
    this.#at = to;
    this.#first = this.#last + 1;
    this.#letters = 0;
  }

  /** Whether there are enough letters. */
  #add(hash: number, start: number, end: number): boolean {
    const words = this.#words;
    const before = words[slotOf(this.#last) + SUM] ?? 0;
    this.#last += 1;
    const slot = slotOf(this.#last);
    words[slot + SUM] = Math.imul(before, BASE) + hash;
    words[slot + LENGTH] = end - start;
    words[slot + START] = start;
    let letters = this.#letters + end - start;
    let without = letters - (words[slotOf(this.#first) + LENGTH] ?? 0);
    while (without >= LETTERS) {
      letters = without;
      this.#first += 1;
      without = letters - (words[slotOf(this.#first) + LENGTH] ?? 0);
    }
    this.#letters = letters;
    return letters >= LETTERS;
  }
}

/** Fields of a word: the hash of all words up to it (that of a window is a difference), its length, its place. */
const SUM = 0;
const LENGTH = 1;
const START = 2;
/** A power of two. */
const WORD_FIELDS = 4;

function slotOf(word: number): number {
  return (word & (RING - 1)) * WORD_FIELDS;
}
