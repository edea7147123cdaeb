import type { FileText } from '../workFiles.ts';
import type { Claim } from './reviewPrompts.ts';

export type Placed =
  /** Its line is where its quote stands; `unplaced` where that cannot be told. */
  | { readonly kind: 'placed'; readonly claim: Claim }
  /** `why` is for its reviewer. */
  | { readonly kind: 'wrong'; readonly claim: Claim; readonly why: string };

/** A quote with fewer signs than this, such as a bracket, stands anywhere: it counts close to its line only. */
const TELLING_CHARS = 4;
const CLOSE_LINES = 5;
/** A part of a line counts for the line from here on. */
const PART_CHARS = 8;

/**
 * Where a finding's quote stands in the file after the change: at its line, or else as near to it as it is found. White
 * space does not count, nor the sign that a diff puts before a line.
 */
export function placeClaim(claim: Claim, file: FileText): Placed {
  if (file.kind === 'unreadable') return { kind: 'placed', claim };
  if (file.kind === 'absent') return wrong(claim, `there is no file ${claim.path} after the change`);
  const wanted = linesOf(claim.quote);
  if (wanted.length === 0) return wrong(claim, 'it quotes nothing');
  const lines = file.text.split('\n').map(squeezed);
  for (const quote of [wanted, wanted.map((line) => squeezed(line.replace(/^[+-]/, '')))]) {
    const found = nearest(lines, quote, claim.line);
    if (found !== null) return { kind: 'placed', claim: movedTo(claim, found + 1) };
  }
  return wrong(claim, `the quote does not stand in ${claim.path}`);
}

/** A finding whose place nobody could tell: kept, since a wrong quote makes no fault go away. */
export function withoutPlace({ endLine: _, ...claim }: Claim): Claim {
  return { ...claim, line: 1, unplaced: true };
}

function wrong(claim: Claim, why: string): Placed {
  return { kind: 'wrong', claim, why };
}

function movedTo(claim: Claim, line: number): Claim {
  const by = line - claim.line;
  return { ...claim, line, ...(claim.endLine === undefined ? {} : { endLine: Math.max(line, claim.endLine + by) }) };
}

/** From 0. */
function nearest(lines: readonly string[], quote: readonly string[], line: number): number | null {
  const [first = '', ...rest] = quote;
  const isTelling = quote.join('').replace(/\s/g, '').length >= TELLING_CHARS;
  const found = lines.flatMap((text, at) => {
    if (!isTelling && Math.abs(at + 1 - line) > CLOSE_LINES) return [];
    const follows = rest.every((next, ahead) => lines[at + 1 + ahead] === next);
    return follows && (text === first || isPart(first, text, rest.length)) ? [at] : [];
  });
  const [closest] = found.toSorted((a, b) => Math.abs(a + 1 - line) - Math.abs(b + 1 - line));
  return closest ?? null;
}

function isPart(quote: string, text: string, more: number): boolean {
  return more === 0 && quote.length >= PART_CHARS && text.includes(quote);
}

/** Without empty lines around it. */
function linesOf(quote: string): readonly string[] {
  const trimmed = quote.replace(/^\s*\n/, '').trim();
  return trimmed === '' ? [] : trimmed.split('\n').map(squeezed);
}

function squeezed(line: string): string {
  return line.replace(/\s+/g, ' ').trim();
}
