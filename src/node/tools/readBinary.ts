import { count } from '../../base/text.ts';
import type { ToolOutcome } from '../../engine/tool.ts';
import type { PdfText } from '../pdf/pdfText.ts';
import { readBytes, type OpenFile } from '../files.ts';
import { imageProblem, imageShape, MAX_IMAGE_BYTES } from './imageFile.ts';
import { refused, type Target } from './workspace.ts';

const MAX_PDF_BYTES = 64 * 1024 * 1024;
const DEFAULT_PAGES = 10;
const MAX_PAGES = 20;

export async function showImage(target: Target, { handle, stat }: OpenFile): Promise<ToolOutcome> {
  if (stat.size > 4 * MAX_IMAGE_BYTES) return refused(tooLarge(target, Number(stat.size), 'an image', '3.75 MB'));
  const bytes = await readBytes(handle, Number(stat.size));
  const shape = imageShape(bytes);
  const problem = shape === null ? 'is damaged' : imageProblem(shape, bytes.length);
  if (shape === null || problem !== null)
    return refused(`The image ${target.shown} ${problem}. Make a copy that can be shown with a command, if you must.`);
  const { mediaType, size } = shape;
  const about = `${mediaType}, ${size?.width} × ${size?.height} pixels, ${Math.ceil(bytes.length / 1024)} KB`;
  return {
    kind: 'ok',
    content: `[${target.shown}: ${about}]`,
    images: [{ mediaType, data: bytes.toString('base64') }],
  };
}

export interface PageWish {
  readonly first: number;
  readonly last: number;
}

/** `3` or `3-7`; null when it is neither. */
export function pagesOf(text: string): PageWish | null {
  const [, from, to] = /^\s*(\d{1,6})\s*(?:-\s*(\d{1,6})\s*)?$/.exec(text) ?? [];
  const first = Number(from);
  const last = to === undefined ? first : Number(to);
  return first >= 1 && last >= first ? { first, last } : null;
}

export async function showPdf(
  pdf: PdfText,
  target: Target,
  { handle, stat }: OpenFile,
  wish: PageWish | null,
  maxChars: number,
  signal: AbortSignal,
): Promise<ToolOutcome> {
  if (stat.size > MAX_PDF_BYTES) return refused(tooLarge(target, Number(stat.size), 'a PDF', '64 MB'));
  const first = wish?.first ?? 1;
  const asked = wish?.last ?? first + DEFAULT_PAGES - 1;
  const range = { first, last: Math.min(asked, first + MAX_PAGES - 1), maxChars };
  const found = await pdf.read(() => readBytes(handle, Number(stat.size)), range, signal);
  if (found.kind === 'unreadable') return refused(`${target.shown} ${WHY[found.why]}`);
  const { pages, total } = found;
  const end = pages.at(-1);
  if (end === undefined)
    return refused(`${target.shown} has ${count(total, 'page')}; page ${first} is behind its end.`);
  const notes: string[] = [];
  if (pages.every(({ text }) => text === '')) notes.push('[no text on these pages; they may be scanned pictures]');
  if (end.cut) notes.push(`[page ${end.number} is cut: it has more text than can be shown]`);
  if (end.number < total)
    notes.push(
      `[pages ${first} to ${end.number} of ${total}; go on with pages "${end.number + 1}-${Math.min(total, end.number + DEFAULT_PAGES)}"]`,
    );
  const shown = pages.map(({ number, text }) => `--- page ${number} of ${total} ---\n${text}`);
  return { kind: 'ok', content: [...shown, ...notes].join('\n') };
}

const WHY = {
  password: 'is protected by a password. It cannot be read.',
  damaged: 'is no PDF that can be read: it is damaged.',
  'too-slow': 'takes too long to read. Ask for fewer pages, or use a command such as pdftotext.',
  'too-large': 'needs too much memory to be read. Ask for fewer pages, or use a command such as pdftotext.',
} as const;

function tooLarge(target: Target, bytes: number, what: string, most: string): string {
  return `${target.shown} is ${what} of ${(bytes / 1024 / 1024).toFixed(1)} MB; at most ${most} can be shown.`;
}
