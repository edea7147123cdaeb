/** A piece of a line and how it looks. */
export interface Span {
  readonly text: string;
  readonly look?: Look;
}
export type Look = 'bold' | 'dim' | 'good' | 'bad' | 'warn';
export type Line = readonly Span[];

/** Puts colours around a text, or leaves it as it is. */
export type Paint = (text: string, look: Look) => string;

const CODES: Readonly<Record<Look, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  good: [32, 39],
  bad: [31, 39],
  warn: [33, 39],
};

export const PLAIN: Paint = (text) => text;
export const COLOURED: Paint = (text, look) => `\u001b[${CODES[look][0]}m${text}\u001b[${CODES[look][1]}m`;

/** One line of the terminal: nothing in it moves the cursor, rings or colours, whoever wrote it. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
}

/** Several lines of somebody else's text, with nothing in them that steers the terminal. */
export function manyLines(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(/(?![\t\n])[\p{Cc}\p{Cf}]/gu, '');
}

/** How many columns a text takes; wide signs (East Asian, emoji) take two, combining ones none. */
export function cells(text: string): number {
  let width = 0;
  for (const sign of text) width += cellsOf(sign);
  return width;
}

/** At most `width` columns; what was cut shows as an ellipsis. */
export function clipCells(text: string, width: number): string {
  if (cells(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const sign of text) {
    used += cellsOf(sign);
    if (used > width - 1) break;
    kept += sign;
  }
  return width > 0 ? `${kept.trimEnd()}…` : '';
}

/** Exactly `width` columns. */
export function padCells(text: string, width: number): string {
  const clipped = clipCells(text, width);
  return clipped + ' '.repeat(Math.max(0, width - cells(clipped)));
}

/** The line in at most `width` columns. */
export function renderLine(line: Line, width: number, paint: Paint): string {
  let left = width;
  let out = '';
  for (const { text, look } of line) {
    if (left <= 0) break;
    const shown = clipCells(text, left);
    left -= cells(shown);
    out += look === undefined || shown.trim() === '' ? shown : paint(shown, look);
    if (shown !== text) break;
  }
  return out.trimEnd();
}

const COMBINING = /^\p{M}$/u;
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u;

function cellsOf(sign: string): number {
  if (sign < '\u0300') return 1;
  if (COMBINING.test(sign)) return 0;
  return WIDE.test(sign) ? 2 : 1;
}
