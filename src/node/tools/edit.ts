import * as z from 'zod';
import { defineTool } from '../../engine/defineTool.ts';
import type { Tool } from '../../engine/tool.ts';
import { editFile } from './editFile.ts';
import { locate, type Workspace } from './workspace.ts';

/** What Edit does once and MultiEdit several times. */
export const replacementFields = {
  oldText: z
    .string()
    .min(1)
    .describe(
      'The text to replace, exactly as it stands in the file, blanks and line breaks included, without line numbers.',
    ),
  newText: z.string().describe('The text to put in its place. Empty to delete.'),
  all: z.boolean().optional().describe('Replace every place. Default false: oldText must stand in one place only.'),
};

const input = z.strictObject({
  path: z.string().min(1).describe('The file: relative to your working directory, or absolute.'),
  ...replacementFields,
});

export function createEditTool(workspace: Workspace): Tool {
  return defineTool({
    name: 'Edit',
    description: [
      'Replaces text in a file. oldText must match exactly and stand in one place only, unless all is true; take enough lines around the change to make it unique.',
      'Line ends, encoding (UTF-8, or UTF-16 with a byte order mark) and byte order mark of the file stay. Answers with the lines around the change. For several changes of one file use MultiEdit, for a new file Write.',
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
        run: () => editFile(workspace, target, [{ oldText, newText, all }]),
      };
    },
  });
}
