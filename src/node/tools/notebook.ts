import * as z from 'zod';
import { clip, count } from '../../base/text.ts';
import type { ToolImage } from '../../protocol/conversation.ts';
import { imageProblem, imageShape } from './imageFile.ts';

// Jupyter notebooks, format 4: https://nbformat.readthedocs.io/en/latest/format_description.html

const MAX_SOURCE_CHARS = 10_000;
const MAX_OUTPUT_CHARS = 2_000;
const MAX_OUTPUTS = 20;
const MAX_IMAGES = 6;

const lines = z
  .union([z.string(), z.array(z.string())])
  .transform((text) => (typeof text === 'string' ? text : text.join('')));

const output = z.looseObject({
  output_type: z.string(),
  text: lines.optional(),
  data: z.record(z.string(), z.unknown()).optional(),
  ename: z.string().optional(),
  evalue: z.string().optional(),
  traceback: z.array(z.string()).optional(),
});
type Output = z.infer<typeof output>;

const cell = z.looseObject({
  cell_type: z.string(),
  source: lines,
  execution_count: z.number().nullish(),
  outputs: z.array(output).optional(),
});
export type Cell = z.infer<typeof cell>;

const notebook = z.looseObject({ cells: z.array(cell) });

/** The cells of a notebook's JSON; null when it is none. */
export function cellsOf(text: string): readonly Cell[] | null {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return null;
  }
  const parsed = notebook.safeParse(json);
  return parsed.success ? parsed.data.cells : null;
}

export interface ShownCells {
  readonly text: string;
  readonly images: readonly ToolImage[];
  /** How many of the cells are shown. */
  readonly shown: number;
}

/** Cells with their numbers (from `first` on), sources and outputs: as many as there is room for, at least one. */
export function showCells(cells: readonly Cell[], first: number, maxChars: number): ShownCells {
  const parts: string[] = [];
  const images: ToolImage[] = [];
  let room = maxChars;
  for (const [at, one] of cells.entries()) {
    const { text, pictures } = showCell(one, first + at, MAX_IMAGES - images.length);
    room -= text.length + 1;
    if (room < 0 && at > 0) break;
    parts.push(text);
    images.push(...pictures);
  }
  return { text: parts.join('\n'), images, shown: parts.length };
}

function showCell(
  { cell_type, source, execution_count, outputs = [] }: Cell,
  number: number,
  maxImages: number,
): { readonly text: string; readonly pictures: readonly ToolImage[] } {
  const ran = typeof execution_count === 'number' ? `, run ${execution_count}` : '';
  const pictures: ToolImage[] = [];
  const shown = outputs.slice(0, MAX_OUTPUTS).map((one) => {
    const picture = pictureOf(one);
    if (picture === null) return capped(outputText(one), MAX_OUTPUT_CHARS);
    if ('problem' in picture) return `[a picture that ${picture.problem}]`;
    if (pictures.length >= maxImages) return `[a picture, left out: read cell ${number} alone]`;
    pictures.push(picture);
    return `[${picture.mediaType}]`;
  });
  if (outputs.length > MAX_OUTPUTS) shown.push(`[${count(outputs.length - MAX_OUTPUTS, 'more output')}]`);
  const text = [
    `--- cell ${number}: ${clip(cell_type, 20)}${ran} ---`,
    capped(source, MAX_SOURCE_CHARS),
    ...shown.flatMap((one) => ['--- output ---', one]),
  ];
  return { text: text.join('\n'), pictures };
}

function pictureOf({ data = {} }: Output): ToolImage | { readonly problem: string } | null {
  const base64 = lines.safeParse(data['image/png'] ?? data['image/jpeg'] ?? data['image/gif']);
  if (!base64.success) return null;
  const bytes = Buffer.from(base64.data, 'base64');
  const shape = imageShape(bytes);
  if (shape === null) return { problem: 'is damaged' };
  const problem = imageProblem(shape, bytes.length);
  return problem === null ? { mediaType: shape.mediaType, data: bytes.toString('base64') } : { problem };
}

function outputText({ text, data = {}, ename, evalue, traceback }: Output): string {
  if (ename !== undefined) return plain([`${ename}: ${evalue ?? ''}`, ...(traceback ?? [])].join('\n'));
  const said = text ?? lines.safeParse(data['text/markdown'] ?? data['text/plain']).data;
  return said === undefined
    ? `[${
        Object.keys(data)
          .map((type) => clip(type, 60))
          .join(', ') || 'nothing'
      }]`
    : plain(said);
}

/** Without the colours of a terminal. */
function plain(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/\x1b\[[\d;]*[A-Za-z]/g, '').trimEnd();
}

function capped(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)}\n[… ${text.length - max} more characters …]`;
}
