import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { clip, headline } from '../../base/text.ts';
import { defineTool } from '../../engine/defineTool.ts';
import type { Tool, ToolOutcome } from '../../engine/tool.ts';
import type { Commands } from '../../workflow/commands.ts';
import { checkoutOf } from './checkout.ts';
import type { Diagnostic, EditorIntelligence } from './editorIntelligence.ts';
import { locate, refused, shownPath, type Workspace } from './workspace.ts';

const SHOWN = 100;
const MESSAGE_CHARS = 500;
const TIMEOUT_MS = 300_000;
const MAX_CHARS = 20_000;

const ofFile = z.strictObject({ path: z.string().min(1).describe('The file to look at.') });

/** What the editor's language servers find wrong in a file. Of a worktree it is the main checkout's file. */
export function createDiagnosticsTool(workspace: Workspace, editor: EditorIntelligence): Tool {
  return defineTool({
    name: 'Diagnostics',
    description:
      "Lists what the editor's language servers find wrong in a file: errors, warnings, unused code, with their lines. It runs nothing. Where you work in a worktree of your own, it tells of the main checkout's file, without your changes.",
    readOnly: true,
    input: ofFile,
    plan: async ({ path }) => {
      const target = await locate(workspace, path);
      return {
        summary: target.shown,
        permission: { tool: 'Read', access: 'read', subject: target.path },
        run: async (signal) => {
          const checkout = await checkoutOf(workspace.root);
          const known = checkout.toMain(target.path);
          if (!editor.knows(known)) return refused(`${target.shown} is in no folder that is open in the editor.`);
          const found = await editor.diagnostics(known, signal);
          const note = checkout.isWorktree ? `\n[${WORKTREE_NOTE}]` : '';
          return { kind: 'ok', content: `${listOf(target.shown, found)}${note}` };
        },
      };
    },
  });
}

export const WORKTREE_NOTE =
  'The editor knows the main checkout only: your own changes are not in this, and lines may have moved in your worktree.';

function listOf(shown: string, found: readonly Diagnostic[]): string {
  if (found.length === 0) return `Nothing is reported for ${shown}.`;
  const lines = found.slice(0, SHOWN).map(({ line, column, severity, source, message }) => {
    const who = source === null ? '' : ` (${clip(source, 40)})`;
    return `${shown}:${line}:${column} ${severity}${who}: ${clip(message.replace(/\s+/g, ' '), MESSAGE_CHARS)}`;
  });
  return found.length > SHOWN ? [...lines, `[and ${found.length - SHOWN} more]`].join('\n') : lines.join('\n');
}

const ofProject = z.strictObject({
  script: z
    .string()
    .min(1)
    .optional()
    .describe('Which script of package.json to run. Default: check, typecheck or lint, the first that is there.'),
});
const CHECKS = ['check', 'typecheck', 'type-check', 'lint'];
const scripts = z.object({ scripts: z.record(z.string(), z.string()) });

/** Without an editor: the project's own check, which is a command like any other and asks for leave like any other. */
export function createProjectCheckTool(root: string, commands: Commands): Tool {
  const tool = defineTool({
    name: 'Diagnostics',
    description:
      "Runs the project's own check, a script of package.json, and answers with its output. It is a command and needs the same leave as one in Bash.",
    readOnly: false,
    input: ofProject,
    plan: async ({ script }) => {
      const known = await scriptsOf(root);
      const name = script ?? CHECKS.find((check) => known.includes(check));
      if (name === undefined || !known.includes(name)) {
        const which = name === undefined ? `no script ${CHECKS.join(', ')}` : `no script ${clip(name, 60)}`;
        return { invalid: `package.json has ${which}. Run the project's check with Bash.` };
      }
      if (!/^[\w:.-]+$/.test(name)) return { invalid: `The script's name has unusual signs: run it with Bash.` };
      const command = `npm run ${name}`;
      return {
        summary: headline(command, 120),
        permission: { tool: 'Bash', access: 'execute', subject: command },
        run: async (signal): Promise<ToolOutcome> => {
          const request = { command, cwd: root, timeoutMs: TIMEOUT_MS, maxChars: MAX_CHARS };
          const result = await commands.run(request, signal);
          if (result.kind === 'not-started') return refused(`${command} did not run. ${result.message}`);
          const { kind, exitCode, output } = result;
          if (kind === 'timed-out')
            return refused(`Ended after ${TIMEOUT_MS / 1000} s, before it was done.\n${output}`);
          return { kind: 'ok', content: `${command} ended with exit code ${exitCode ?? 'none'}.\n${output.trimEnd()}` };
        },
      };
    },
  });
  // Who may not run commands may not run this one: the agent itself can write what it does.
  return { ...tool, partOf: 'Bash' };
}

async function scriptsOf(root: string): Promise<readonly string[]> {
  try {
    return Object.keys(scripts.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))).scripts);
  } catch {
    return [];
  }
}

export function shownPlace(
  root: string,
  { path, line, column }: { path: string; line: number; column: number },
): string {
  return `${shownPath(root, path)}:${line}:${column}`;
}
