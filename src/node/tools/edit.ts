import { isUtf8 } from 'node:buffer';
import * as z from 'zod';
import { count } from '../../base/text.ts';
import { defineTool } from '../../engine/defineTool.ts';
import type { Tool, ToolOutcome } from '../../engine/tool.ts';
import { replaceFile, versionOf, withFile, type Opened } from '../files.ts';
import { replaceText, type Replacement } from './replaceText.ts';
import { locate, missing, movedAway, notRegular, refused, type Target, type Workspace } from './workspace.ts';

const MAX_BYTES = 10 * 1024 * 1024;
const LINES_AROUND = 3;
const SHOWN_LINES = 30;

const input = z.strictObject({
  path: z.string().min(1).describe('The file: relative to your working directory, or absolute.'),
  oldText: z
    .string()
    .min(1)
    .describe(
      'The text to replace, exactly as it stands in the file, blanks and line breaks included, without line numbers.',
    ),
  newText: z.string().describe('The text to put in its place. Empty to delete.'),
  all: z.boolean().optional().describe('Replace every place. Default false: oldText must stand in one place only.'),
});

export function createEditTool(workspace: Workspace): Tool {
  return defineTool({
    name: 'Edit',
    description: [
      'Replaces text in a file. oldText must match exactly and stand in one place only, unless all is true; take enough lines around the change to make it unique.',
      'Line ends and byte order mark of the file stay. Answers with the lines around the change. For a new file use Write.',
    ].join('\n'),
    readOnly: false,
    input,
    async plan({ path, oldText, newText, all = false }) {
      if (oldText === newText)
        return { invalid: 'Edit: oldText and newText are the same; there is nothing to change.' };
      const target = await locate(workspace, path);
      return {
        summary: target.shown,
        permission: { tool: 'Edit', access: 'write', subject: target.path },
        run: async () => {
          if (!(await target.stillLeadsThere())) return movedAway(target);
          return withFile(target.path, (opened) => edit(workspace, target, { oldText, newText, all }, opened));
        },
      };
    },
  });
}

async function edit(
  workspace: Workspace,
  target: Target,
  replacement: Replacement,
  opened: Opened,
): Promise<ToolOutcome> {
  if (opened.kind === 'missing') return missing(target);
  if (opened.kind === 'special') return notRegular(target);
  if (opened.kind === 'folder') return refused(`${target.shown} is a folder; give the path of a file.`);
  const { handle, stat } = opened;
  const seen = workspace.seen.get(target.path);
  if (seen !== undefined && seen !== versionOf(stat))
    return refused(`${target.shown} has changed since you read it. Read it again before you edit it.`);
  if (stat.size > MAX_BYTES) return refused(`${target.shown} is larger than 10 MB. Change it with a command.`);
  const bytes = await handle.readFile();
  if (!isUtf8(bytes))
    return refused(`${target.shown} is not UTF-8 text, and an edit would damage it. Change it with a command.`);
  const replaced = replaceText(bytes.toString('utf8'), replacement);
  if (replaced.kind === 'refused') return refused(`${target.shown}: ${replaced.message}`);
  workspace.seen.set(target.path, await replaceFile(target.path, replaced.text, Number(stat.mode & 0o7777n)));
  const places = replaced.places > 1 ? ` in ${count(replaced.places, 'place')}` : '';
  return {
    kind: 'ok',
    content: `Edited ${target.shown}${places}:\n${surroundings(replaced.text, replaced.firstLine, replacement.newText)}`,
  };
}

function surroundings(text: string, firstLine: number, newText: string): string {
  const from = Math.max(1, firstLine - LINES_AROUND);
  const changed = Math.min(newText.split('\n').length, SHOWN_LINES);
  return text
    .split('\n')
    .slice(from - 1, firstLine - 1 + changed + LINES_AROUND)
    .map((line, at) => `${String(from + at).padStart(6)}\t${line.replace(/\r$/, '').slice(0, 500)}`)
    .join('\n');
}
