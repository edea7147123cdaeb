import * as z from 'zod';
import { count } from '../../base/text.ts';
import { defineTool } from '../../engine/defineTool.ts';
import type { Tool, ToolOutcome } from '../../engine/tool.ts';
import { replaceFile, versionOf, withFile, type Opened } from '../files.ts';
import { locate, movedAway, notRegular, refused, type Target, type Workspace } from './workspace.ts';

const input = z.strictObject({
  path: z.string().min(1).describe('The file: relative to your working directory, or absolute.'),
  content: z.string().describe('The whole content of the file.'),
});

export function createWriteTool(workspace: Workspace): Tool {
  return defineTool({
    name: 'Write',
    description: [
      'Writes a whole file; folders on the way are made. A file that exists is replaced, and you must have read it before with Read.',
      'To change a part of a file use Edit. Write no file that the task does not need.',
    ].join('\n'),
    readOnly: false,
    input,
    async plan({ path, content }) {
      const target = await locate(workspace, path);
      return {
        summary: target.shown,
        permission: { tool: 'Write', access: 'write', subject: target.path },
        run: async () => {
          if (!(await target.stillLeadsThere())) return movedAway(target);
          const before = await withFile(target.path, async (opened) => judged(workspace, target, opened));
          return before.kind === 'writable' ? write(workspace, target, content, before.mode) : before;
        },
      };
    },
  });
}

type Judged = { readonly kind: 'writable'; readonly mode: number | null } | ToolOutcome;

function judged(workspace: Workspace, target: Target, opened: Opened): Judged {
  switch (opened.kind) {
    case 'missing':
      return { kind: 'writable', mode: null };
    case 'special':
      return notRegular(target);
    case 'folder':
      return refused(`${target.shown} is a folder; give the path of a file.`);
    case 'file': {
      const seen = workspace.seen.get(target.path);
      if (seen === undefined)
        return refused(`${target.shown} exists already. Read it first, then write it again or change it with Edit.`);
      if (seen !== versionOf(opened.stat))
        return refused(`${target.shown} has changed since you read it. Read it again before you write it.`);
      return { kind: 'writable', mode: Number(opened.stat.mode & 0o7777n) };
    }
  }
}

async function write(workspace: Workspace, target: Target, content: string, mode: number | null): Promise<ToolOutcome> {
  workspace.seen.set(target.path, await replaceFile(target.path, content, mode));
  const lines = content === '' ? 0 : content.replace(/\n$/, '').split('\n').length;
  return {
    kind: 'ok',
    content: `${mode === null ? 'Created' : 'Replaced'} ${target.shown} (${count(lines, 'line')}).`,
  };
}
