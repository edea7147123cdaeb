import * as z from 'zod';
import { clip } from '../../base/text.ts';
import { defineTool } from '../../engine/defineTool.ts';
import type { Tool, ToolOutcome } from '../../engine/tool.ts';
import { readBytes, versionOf, withFile, type OpenFile, type Opened } from '../files.ts';
import type { PdfText } from '../pdf/pdfText.ts';
import { readLines, type FileLines } from './fileLines.ts';
import { imageType } from './imageFile.ts';
import { cellsOf, showCells, type Cell } from './notebook.ts';
import { pagesOf, showImage, showPdf } from './readBinary.ts';
import { locate, missing, movedAway, notRegular, refused, type Target, type Workspace } from './workspace.ts';

const DEFAULT_LINES = 2000;
const MAX_LINE_CHARS = 2000;
/** Below the router's cap, so that a cut is between lines and says how to go on. */
const MAX_CHARS = 40_000;
/** Of a line's number, before a tab. */
const NUMBER_CHARS = 6;
/** Enough to tell what kind of file it is; before a PDF's own begin may stand something else. */
const HEAD_BYTES = 1024;
const MAX_NOTEBOOK_BYTES = 16 * 1024 * 1024;
const MAX_WHOLE_BYTES = 10 * 1024 * 1024;

const input = z.strictObject({
  path: z.string().min(1).describe('The file: relative to your working directory, or absolute.'),
  offset: z.int().min(1).optional().describe('First line to show (of a notebook: cell), counted from 1. Default 1.'),
  limit: z
    .int()
    .min(1)
    .optional()
    .describe(`Lines to show (of a notebook: cells). Default ${DEFAULT_LINES} lines, all cells.`),
  pages: z.string().optional().describe('Of a PDF: the pages to show, such as "3" or "11-20". Default "1-10".'),
});
type Range = z.infer<typeof input>;

export function createReadTool(workspace: Workspace, pdf: PdfText): Tool {
  return defineTool({
    name: 'Read',
    description: [
      'Reads a file. Of text it shows the lines with their numbers: the number, a tab, the line. The numbers are not part of the file.',
      `Shows up to ${DEFAULT_LINES} lines; the last line of the answer says where to go on with offset. Lines longer than ${MAX_LINE_CHARS} characters are cut.`,
      'It shows you images (PNG, JPEG, GIF, WebP up to 3.75 MB), the text of a PDF by pages (at most 20 at once), and Jupyter notebooks (.ipynb) by cells with their outputs.',
      'Text files above 10 MB need offset or limit. For folders use Glob, to find something in many files use Grep. Several files can be read in one turn.',
    ].join('\n'),
    readOnly: true,
    input,
    async plan(range) {
      const target = await locate(workspace, range.path);
      return {
        summary: `${target.shown}${partOf(range)}`,
        permission: { tool: 'Read', access: 'read', subject: target.path },
        run: async (signal) => {
          if (!(await target.stillLeadsThere())) return movedAway(target);
          return withFile(target.path, (opened) => show({ workspace, pdf, target, range, signal }, opened));
        },
      };
    },
  });
}

/** `, from 20`, `, pages 3-7`; nothing for a file from its begin. */
function partOf({ offset, pages }: Range): string {
  if (pages !== undefined) return `, pages ${clip(pages.trim(), 20)}`;
  return offset === undefined ? '' : `, from ${offset}`;
}

interface Reading {
  readonly workspace: Workspace;
  readonly pdf: PdfText;
  readonly target: Target;
  readonly range: Range;
  readonly signal: AbortSignal;
}

async function show(reading: Reading, opened: Opened): Promise<ToolOutcome> {
  const { target, workspace } = reading;
  if (opened.kind === 'missing') return missing(target);
  if (opened.kind === 'special') return notRegular(target);
  if (opened.kind === 'folder')
    return refused(`${target.shown} is a folder. List it with Glob: {"pattern": "*", "path": "${target.shown}"}.`);
  const outcome = await showFile(reading, opened);
  if (outcome.kind === 'ok') workspace.seen.set(target.path, versionOf(opened.stat));
  return outcome;
}

/** By what is in the file; its name counts for notebooks alone, which are text like any other. */
async function showFile(reading: Reading, file: OpenFile): Promise<ToolOutcome> {
  const { pdf, target, range, signal } = reading;
  const head = await readBytes(file.handle, HEAD_BYTES);
  if (isPdf(head, target.path)) {
    if (range.offset !== undefined || range.limit !== undefined)
      return refused(`${target.shown} is a PDF: say which part to show with pages, not with offset and limit.`);
    const pages = range.pages === undefined ? null : pagesOf(range.pages);
    if (range.pages !== undefined && pages === null) return refused('pages: write "3", or "3-7" with the lower first.');
    return showPdf(pdf, target, file, pages, MAX_CHARS, signal);
  }
  if (range.pages !== undefined)
    return refused(`${target.shown} is no PDF: say which part to show with offset and limit, not with pages.`);
  if (imageType(head) !== null) return showImage(target, file);
  if (target.path.toLowerCase().endsWith('.ipynb') && file.stat.size <= MAX_NOTEBOOK_BYTES) {
    const cells = cellsOf((await readBytes(file.handle, Number(file.stat.size))).toString('utf8'));
    if (cells !== null) return showNotebook(target, range, cells);
  }
  return showText(reading, file);
}

function isPdf(head: Buffer, path: string): boolean {
  const at = head.indexOf('%PDF-', 0, 'latin1');
  return at === 0 || (at > 0 && path.toLowerCase().endsWith('.pdf'));
}

function showNotebook(target: Target, { offset = 1, limit }: Range, cells: readonly Cell[]): ToolOutcome {
  if (cells.length === 0) return { kind: 'ok', content: `[${target.shown} is a notebook without cells]` };
  if (offset > cells.length)
    return refused(`${target.shown} has ${cells.length} cells; offset ${offset} is behind its end.`);
  const wanted = cells.slice(offset - 1, limit === undefined ? undefined : offset - 1 + limit);
  const { text, images, shown } = showCells(wanted, offset, MAX_CHARS);
  const last = offset - 1 + shown;
  const note =
    last < cells.length ? [`[cells ${offset} to ${last} of ${cells.length}; go on with offset ${last + 1}]`] : [];
  return { kind: 'ok', content: [text, ...note].join('\n'), images };
}

async function showText({ target, range, signal }: Reading, { handle, stat }: OpenFile): Promise<ToolOutcome> {
  const small = stat.size <= MAX_WHOLE_BYTES;
  if (!small && range.offset === undefined && range.limit === undefined) {
    const megabytes = (Number(stat.size) / 1024 / 1024).toFixed(1);
    return refused(
      `${target.shown} has ${megabytes} MB. Read a part of it with offset and limit, or search it with Grep.`,
    );
  }
  const first = range.offset ?? 1;
  const count = range.limit ?? DEFAULT_LINES;
  const found = await readLines(
    handle,
    {
      ...{ fileBytes: stat.size, first, count, countAll: small },
      ...{ maxLineChars: MAX_LINE_CHARS, maxChars: MAX_CHARS, extraChars: NUMBER_CHARS + 2 },
    },
    signal,
  );
  if (found.kind === 'binary')
    return refused(`${target.shown} is a binary file. Look at it with a command such as file or xxd, if you must.`);
  return shown(target, first, found);
}

function shown(target: Target, first: number, { lines, total }: Extract<FileLines, { kind: 'lines' }>): ToolOutcome {
  if (total === 0) return { kind: 'ok', content: `[${target.shown} is empty]` };
  if (lines.length === 0)
    return refused(`${target.shown} has ${total ?? 'fewer'} lines; offset ${first} is behind its end.`);
  const numbered = lines.map((line, at) => `${String(first + at).padStart(NUMBER_CHARS)}\t${line}`);
  const last = first + lines.length - 1;
  const notes: string[] = [];
  if (total === null || last < total) {
    notes.push(`[lines ${first} to ${last} of ${total ?? 'more'}; go on with offset ${last + 1}]`);
  }
  if (lines.some((line) => line.includes('\uFFFD'))) notes.push('[� stands for bytes that are not UTF-8]');
  return { kind: 'ok', content: [...numbered, ...notes].join('\n') };
}
