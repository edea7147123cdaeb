import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { defineTool } from '../../engine/defineTool.ts';
import type { Tool, ToolOutcome } from '../../engine/tool.ts';
import { runRipgrep, searches } from '../ripgrep.ts';
import { checkoutOf } from './checkout.ts';
import { shownPlace, WORKTREE_NOTE } from './diagnostics.ts';
import { SYMBOL_LISTS, type CodePlace, type EditorIntelligence } from './editorIntelligence.ts';
import { locate, missing, refused, type Workspace } from './workspace.ts';

const SHOWN = 500;
const MAX_BYTES = 1024 * 1024;
const MAX_FILE_CHARS = 2_000_000;

const input = z.strictObject({
  symbol: z
    .string()
    .regex(/^[\p{L}\p{N}_$#@-]+$/u, 'must be one name')
    .describe('The name, as it stands in the code.'),
  path: z.string().min(1).describe('A file in which it stands.'),
  line: z.int().min(1).optional().describe('A line of that file on which it stands. Default: the first.'),
  list: z
    .enum(SYMBOL_LISTS)
    .optional()
    .describe(
      '"definitions", "references", or "rename": all places that would change with its name. Default "references".',
    ),
});

export interface SymbolsDeps {
  /** Absent: there is no editor, and names are looked for as words. */
  readonly editor?: EditorIntelligence | undefined;
  readonly ripgrep: string | null;
  /** False for files in which the agent may not see what stands, though it may read `asked`. */
  readonly readable: (path: string, asked: string) => boolean;
}

/** A work list by meaning where an editor's language servers know the code, and by text elsewhere, which it says. */
export function createSymbolsTool(workspace: Workspace, deps: SymbolsDeps): Tool {
  return defineTool({
    name: 'Symbols',
    description:
      'Lists where a name of the code is defined, used, or would be renamed, one place a line. In the editor its language servers tell, by meaning; elsewhere it lists where the word stands, by text, and says so. It changes nothing.',
    readOnly: true,
    input,
    plan: async ({ symbol, path, line, list = 'references' }) => {
      const target = await locate(workspace, path);
      return {
        summary: `${list} of ${symbol}`,
        permission: { tool: 'Grep', access: 'read', subject: target.path },
        run: async (signal) => {
          const readable = (path: string): boolean => deps.readable(path, target.path);
          if (!(await target.stillLeadsThere()) || !readable(target.path)) return missing(target);
          const checkout = await checkoutOf(workspace.root);
          const known = checkout.toMain(target.path);
          if (!deps.editor?.knows(known)) return byText(workspace, { ...deps, readable }, symbol, signal);
          const text = await readFile(known, 'utf8').catch(() => null);
          const at = text === null || text.length > MAX_FILE_CHARS ? null : placeOf(known, text, symbol, line);
          if (at === null) return notThere(target.shown, symbol, line, checkout.isWorktree);
          const found = await deps.editor.symbols(list, at, signal);
          if (found.length === 0) return byText(workspace, { ...deps, readable }, symbol, signal);
          const own = found.map((place) => ({ ...place, path: checkout.fromMain(place.path) }));
          const lines = own.filter((place) => readable(place.path)).map((place) => shownPlace(workspace.root, place));
          return listed(lines, checkout.isWorktree ? `by meaning. ${WORKTREE_NOTE}` : 'by meaning.');
        },
      };
    },
  });
}

function notThere(shown: string, symbol: string, line: number | undefined, isWorktree: boolean): ToolOutcome {
  const where = line === undefined ? shown : `line ${line} of ${shown}`;
  return refused(`${symbol} does not stand in ${where}. ${isWorktree ? WORKTREE_NOTE : 'Find it with Grep.'}`);
}

/** The first whole word that is the symbol, on the line or in the file. */
function placeOf(path: string, text: string, symbol: string, line: number | undefined): CodePlace | null {
  // Of what a name may hold only `$` has a meaning, and a `-` must not be escaped under `u`.
  const word = new RegExp(`(?<![\\p{L}\\p{N}_$])${symbol.replaceAll('$', '\\$&')}(?![\\p{L}\\p{N}_$])`, 'u');
  const lines = text.split('\n');
  for (const [index, content] of lines.entries()) {
    if (line !== undefined && index !== line - 1) continue;
    const column = content.search(word);
    if (column >= 0) return { path, line: index + 1, column: column + 1 };
  }
  return null;
}

async function byText(
  workspace: Workspace,
  deps: Pick<SymbolsDeps, 'ripgrep'> & { readonly readable: (path: string) => boolean },
  symbol: string,
  signal: AbortSignal,
): Promise<ToolOutcome> {
  const args = [
    ...['--null', '--color=never', '--no-heading', '--line-number', '--column', '--fixed-strings', '--word-regexp'],
    ...['--hidden', '--no-require-git', '--sort=path', '--max-columns=1', '--glob=!**/.git', '--glob=!**/node_modules'],
    ...[`--regexp=${symbol}`, '--', workspace.root],
  ];
  const request = { program: deps.ripgrep, args, cwd: workspace.root, maxBytes: MAX_BYTES };
  const result = await searches.run(() => runRipgrep(request, signal), signal);
  if (result.kind === 'not-started') return refused('There is no ripgrep on this system. Search with Bash instead.');
  const lines = result.stdout.split('\n').flatMap((text) => {
    const [, path = '', line, column] = /^([^\0]+)\0(\d+):(\d+):/.exec(text) ?? [];
    if (path === '' || !deps.readable(path)) return [];
    return [shownPlace(workspace.root, { path, line: Number(line), column: Number(column) })];
  });
  return listed(lines, 'by text: every place where the word stands, whatever it means there.');
}

function listed(lines: readonly string[], how: string): ToolOutcome {
  if (lines.length === 0) return { kind: 'ok', content: `Nothing found, ${how}` };
  const more = lines.length > SHOWN ? [`[and ${lines.length - SHOWN} more]`] : [];
  return { kind: 'ok', content: [`Found ${how}`, ...lines.slice(0, SHOWN), ...more].join('\n') };
}
