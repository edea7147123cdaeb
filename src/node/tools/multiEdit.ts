import * as z from 'zod';
import { count } from '../../base/text.ts';
import { defineTool } from '../../engine/defineTool.ts';
import type { Tool } from '../../engine/tool.ts';
import { replacementFields } from './edit.ts';
import { editFile } from './editFile.ts';
import { locate, type Workspace } from './workspace.ts';

const MAX_EDITS = 100;

const input = z.strictObject({
  path: z.string().min(1).describe('The file: relative to your working directory, or absolute.'),
  edits: z
    .array(z.strictObject(replacementFields))
    .min(1)
    .max(MAX_EDITS)
    .describe('In this order, each in the text that the one before has left.'),
});

export function createMultiEditTool(workspace: Workspace): Tool {
  return defineTool({
    name: 'MultiEdit',
    description: [
      'Makes several replacements in one file, each as Edit makes one: all of them, or, when one does not fit, none.',
      'Answers with the lines around the changes.',
    ].join('\n'),
    readOnly: false,
    input,
    async plan({ path, edits }) {
      const idle = edits.findIndex(({ oldText, newText }) => oldText === newText);
      if (idle !== -1) return { invalid: `MultiEdit: oldText and newText of edit ${idle + 1} are the same.` };
      const target = await locate(workspace, path);
      return {
        summary: `${target.shown} (${count(edits.length, 'edit')})`,
        permission: { tool: 'MultiEdit', access: 'write', subject: target.path },
        run: () =>
          editFile(
            workspace,
            target,
            edits.map((edit) => ({ ...edit, all: edit.all ?? false })),
          ),
      };
    },
  });
}
