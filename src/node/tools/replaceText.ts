import { likeness } from '../files.ts';
import { hasCrlf, toCrlf } from './textEncoding.ts';

export interface Replacement {
  readonly oldText: string;
  readonly newText: string;
  readonly all: boolean;
}

export type Replaced =
  | { readonly kind: 'replaced'; readonly text: string; readonly places: number; readonly firstLine: number }
  | { readonly kind: 'refused'; readonly message: string };

/** Lines that are looked at for one that resembles what was not found. */
const COMPARED_LINES = 20_000;
const SHOWN_LINES = 8;
/** Each of many edits may double a file. */
const MAX_CHARS = 10 * 1024 * 1024;

/**
 * Replaces an exact text, at its only place or at all places. A model writes `\n`; in a file of `\r\n` lines both texts
 * are taken to mean those, so that the file's line ends stay.
 */
export function replaceText(text: string, { oldText, newText, all }: Replacement): Replaced {
  const ends = hasCrlf(text) ? toCrlf : (part: string): string => part;
  const wanted = ends(oldText);
  const { count, begin } = placesOf(text, wanted);
  const [first] = begin;
  if (first === undefined) return { kind: 'refused', message: notFound(text, oldText) };
  if (count > 1 && !all) return { kind: 'refused', message: ambiguous(text, count, begin) };
  const put = ends(newText);
  if (text.length + count * (put.length - wanted.length) > MAX_CHARS)
    return { kind: 'refused', message: 'the file would become larger than 10 MB. Make it so with a command.' };
  const firstLine = lineAt(text, first);
  return { kind: 'replaced', text: text.split(wanted).join(put), places: count, firstLine };
}

/** How often it stands there, and where the first few times. */
function placesOf(text: string, part: string): { readonly count: number; readonly begin: readonly number[] } {
  const begin: number[] = [];
  let count = 0;
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) {
    count += 1;
    if (count <= SHOWN_LINES) begin.push(at);
  }
  return { count, begin };
}

function lineAt(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}

function ambiguous(text: string, count: number, begin: readonly number[]): string {
  const lines = begin.map((place) => lineAt(text, place));
  const rest = count > begin.length ? ', …' : '';
  return `oldText stands in ${count} places (lines ${lines.join(', ')}${rest}). Add lines around it until it is unique, or set all to true.`;
}

function notFound(text: string, oldText: string): string {
  const wanted = oldText.split('\n').find((line) => line.trim() !== '') ?? '';
  const lines = text.split(/\r?\n/).slice(0, COMPARED_LINES);
  const nearest = nearestLine(lines, wanted.trim());
  if (nearest === null) return 'oldText is not in the file. Read the file and copy the text exactly.';
  const shown = `line ${nearest + 1}: ${JSON.stringify((lines[nearest] ?? '').slice(0, 200))}`;
  return `oldText is not in the file. Nearest to its first line is ${shown}. Copy the text exactly, blanks included.`;
}

function nearestLine(lines: readonly string[], wanted: string): number | null {
  let best = 0.5;
  let found: number | null = null;
  lines.forEach((line, at) => {
    const like = line.length > 2000 ? 0 : likeness(wanted, line.trim());
    if (like > best) [best, found] = [like, at];
  });
  return found;
}
