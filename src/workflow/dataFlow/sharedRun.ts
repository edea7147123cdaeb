import { foldedAt, isBackslash, isBreak, isEscapeLetter, isLetter, isSameLetter, isWide, skipEscape } from './words.ts';

/** Words that stand in the same order in a source and in a prompt. Places in both; ends are behind the last word. */
export interface SharedRun {
  readonly source: { readonly from: number; readonly to: number };
  readonly prompt: { readonly from: number; readonly to: number };
  /** 2: the whole source. 1: leaves or lines of it as a whole. 0: it begins or ends in the middle of one. */
  readonly completeness: 0 | 1 | 2;
  /** Characters of the source with the punctuation around, where it is complete. */
  readonly chars: number;
}

/** As long as two texts are the same to the letter, the engine compares them faster: a block at once, or else a line. */
const BLOCK = 4_096;
/** Backwards, the words since the last anchor and those that are no evidence of their own. */
const MAX_WORDS_BACK = 200;

/** The longest run around two places at which a word begins. It does not reach back beyond `floor` in the prompt. */
export function sharedRun(source: string, at: number, prompt: string, place: number, floor: number): SharedRun {
  const [from, promptFrom] = backward(source, at, prompt, place, floor);
  const [to, promptTo] = forward(source, at, prompt, place);
  return {
    source: { from, to },
    prompt: { from: promptFrom, to: promptTo },
    ...completenessOf(source, from, to),
  };
}

function completenessOf(source: string, from: number, to: number): Pick<SharedRun, 'completeness' | 'chars'> {
  if (separatorsBefore(source, from, 0) === 0 && skipSeparators(source, to) === source.length)
    return { completeness: 2, chars: source.length };
  const unitFrom = unitStart(source, from);
  const unitTo = unitEnd(source, to);
  return unitFrom >= 0 && unitTo >= 0
    ? { completeness: 1, chars: unitTo - unitFrom }
    : { completeness: 0, chars: to - from };
}

type Places = readonly [source: number, prompt: number];

/** Behind the last word that both have; a word begins at both places. */
function forward(source: string, at: number, prompt: string, place: number): Places {
  let i = at;
  let j = place;
  let goodI = i;
  let goodJ = j;
  let blockEnd = i;
  let lineEnd = i;
  while (i < source.length && j < prompt.length) {
    let same = 0;
    if (i >= blockEnd) {
      blockEnd = i + BLOCK;
      same = sameUpTo(source, i, blockEnd, prompt, j);
    }
    if (same === 0 && i >= lineEnd) {
      lineEnd = endOfLine(source, i);
      same = sameUpTo(source, i, lineEnd, prompt, j);
    }
    i += same;
    j += same;
    if (isWide(foldedAt(source, i)) && foldedAt(source, i) === foldedAt(prompt, j)) {
      i += 1;
      j += 1;
    } else {
      const start = i;
      while (isSameLetter(source, i, prompt, j)) {
        i += 1;
        j += 1;
      }
      if (i === start || isLetter(source, i) || isLetter(prompt, j)) break;
    }
    goodI = i;
    goodJ = j;
    i = skipSeparators(source, i);
    j = skipSeparators(prompt, j);
  }
  return [goodI, goodJ];
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return Math.min(end < 0 ? text.length : end, at + BLOCK);
}

/** Up to where the last word before `to` begins (it may go on behind), if the two are the same to the letter; else 0. */
function sameUpTo(source: string, at: number, to: number, prompt: string, place: number): number {
  const block = source.slice(at, to);
  if (!prompt.startsWith(block, place)) return 0;
  let same = block.length;
  while (same > 0 && foldedAt(block, same - 1) === 0) same -= 1;
  while (same > 0 && foldedAt(block, same - 1) !== 0 && !isEscapeLetter(block, same - 1)) same -= 1;
  return same;
}

function skipSeparators(text: string, at: number): number {
  let next = at;
  while (next < text.length && foldedAt(text, next) === 0)
    next = isBackslash(text, next) ? skipEscape(text, next) : next + 1;
  return next;
}

/** The beginning of the first word that both have. */
function backward(source: string, at: number, prompt: string, place: number, floor: number): Places {
  let good: Places = [at, place];
  for (let words = 0; words < MAX_WORDS_BACK; words += 1) {
    let i = separatorsBefore(source, good[0], 0);
    let j = separatorsBefore(prompt, good[1], floor);
    const end = i;
    while (i > 0 && j > floor && !beginsWord(source, i, end) && !beginsWord(prompt, j, j + end - i)) {
      if (foldedAt(source, i - 1) !== foldedAt(prompt, j - 1)) return good;
      i -= 1;
      j -= 1;
    }
    if (i === end || !beginsWord(source, i, end) || !(j === floor || beginsWord(prompt, j, j + end - i))) return good;
    good = [i, j];
  }
  return good;
}

/** Whether a word that ends at `end` begins at `at`. */
function beginsWord(text: string, at: number, end: number): boolean {
  if (at === end) return false;
  return (
    at === 0 ||
    foldedAt(text, at - 1) === 0 ||
    isWide(foldedAt(text, at - 1)) ||
    isWide(foldedAt(text, at)) ||
    isEscapeLetter(text, at - 1)
  );
}

/** Where the word before the separators before `at` ends. */
function separatorsBefore(text: string, at: number, floor: number): number {
  let before = at;
  while (before > floor) {
    if (isEscapeLetter(text, before - 1)) before -= 2;
    else if (foldedAt(text, before - 1) === 0) before -= 1;
    else break;
  }
  return Math.max(floor, before);
}

/** Where the leaf or line begins of which the word at `at` is the first; -1 where it is not. */
function unitStart(text: string, at: number): number {
  let before = at;
  while (before > 0) {
    if (isBreak(text, before - 1)) return before;
    if (foldedAt(text, before - 1) !== 0) return -1;
    before -= 1;
  }
  return 0;
}

/** Where the leaf or line ends of which the last word ends at `at`; -1 where it is not. */
function unitEnd(text: string, at: number): number {
  let after = at;
  while (after < text.length) {
    if (isBreak(text, after)) return after;
    if (isBackslash(text, after) && isBreak(text, skipEscape(text, after) - 1)) return after;
    if (foldedAt(text, after) !== 0) return -1;
    after += 1;
  }
  return text.length;
}
