import * as z from 'zod';
import { defineTool } from '../../engine/defineTool.ts';
import type { Tool, ToolOutcome } from '../../engine/tool.ts';
import { versionOf, withFile, type Opened } from '../files.ts';
import { readLines, type FileLines } from './fileLines.ts';
import { locate, missing, movedAway, notRegular, refused, type Target, type Workspace } from './workspace.ts';

const DEFAULT_LINES = 2000;
const MAX_LINE_CHARS = 2000;
/** Below the router's cap, so that a cut is between lines and says how to go on. */
const MAX_CHARS = 40_000;
/** Of a line's number, before a tab. */
const NUMBER_CHARS = 6;
const MAX_WHOLE_BYTES = 10 * 1024 * 1024;

const input = z.strictObject({
  path: z.string().min(1).describe('The file: relative to your working directory, or absolute.'),
  offset: z.int().min(1).optional().describe('First line to show, counted from 1. Default 1.'),
  limit: z.int().min(1).optional().describe(`Lines to show. Default ${DEFAULT_LINES}.`),
});
type Range = z.infer<typeof input>;

export function createReadTool(workspace: Workspace): Tool {
  return defineTool({
    name: 'Read',
    description: [
      'Reads a text file and shows its lines with their numbers: the number, a tab, the line. The numbers are not part of the file.',
      `Shows up to ${DEFAULT_LINES} lines; the last line of the answer says where to go on with offset. Lines longer than ${MAX_LINE_CHARS} characters are cut.`,
      'Files above 10 MB need offset or limit. For folders use Glob, to find something in many files use Grep. Several files can be read in one turn.',
    ].join('\n'),
    readOnly: true,
    input,
    async plan(range) {
      const target = await locate(workspace, range.path);
      return {
        summary: target.shown,
        permission: { tool: 'Read', access: 'read', subject: target.path },
        run: async (signal) => {
          if (!(await target.stillLeadsThere())) return movedAway(target);
          return withFile(target.path, (opened) => show(workspace, target, range, opened, signal));
        },
      };
    },
  });
}

async function show(
  workspace: Workspace,
  target: Target,
  range: Range,
  opened: Opened,
  signal: AbortSignal,
): Promise<ToolOutcome> {
  if (opened.kind === 'missing') return missing(target);
  if (opened.kind === 'special') return notRegular(target);
  if (opened.kind === 'folder')
    return refused(`${target.shown} is a folder. List it with Glob: {"pattern": "*", "path": "${target.shown}"}.`);
  const { handle, stat } = opened;
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
    { first, count, maxLineChars: MAX_LINE_CHARS, maxChars: MAX_CHARS, extraChars: NUMBER_CHARS + 2, countAll: small },
    signal,
  );
  if (found.kind === 'binary')
    return refused(`${target.shown} is a binary file. Look at it with a command such as file or xxd, if you must.`);
  workspace.seen.set(target.path, versionOf(stat));
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
