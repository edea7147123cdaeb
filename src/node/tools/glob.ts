import { readdir } from 'node:fs';
import { dirname, resolve } from 'node:path';
import fastGlob from 'fast-glob';
import * as z from 'zod';
import { throwIfAborted } from '../../base/abort.ts';
import { defineTool } from '../../engine/defineTool.ts';
import { patternProblem, plainPattern } from '../../engine/globPattern.ts';
import type { Tool, ToolOutcome } from '../../engine/tool.ts';
import { resolvePath, withFile } from '../files.ts';
import type { Spill } from '../spills.ts';
import { locate, missing, movedAway, refused, shownPath, type Target, type Workspace } from './workspace.ts';

const MAX_FILES = 1000;
const MAX_FOUND = 100_000;
const NEVER = ['**/node_modules/**', '**/.git/**', '**/.git'];

const input = z.strictObject({
  pattern: z.string().min(1).describe('For example "**/*.ts" or "src/{a,b}/*.test.js".'),
  path: z.string().min(1).optional().describe('The folder to look in. Default: your working directory.'),
});

export function createGlobTool(workspace: Workspace, spill: Spill): Tool {
  return defineTool({
    name: 'Glob',
    description: [
      `Finds files by name and lists their paths, sorted, at most ${MAX_FILES}. * stays in one folder, ** goes into all.`,
      'node_modules and .git are left out; names that start with a dot are found only when the pattern names the dot ("**/.*", ".github/**"). Links to folders are not followed.',
    ].join('\n'),
    readOnly: true,
    input,
    async plan({ pattern: given, path = '.' }) {
      const problem = patternProblem(given);
      if (problem !== null) return { invalid: `Glob: ${problem}` };
      const pattern = plainPattern(given);
      const target = await locate(workspace, path);
      if (!(await staysInside(pattern, target.path))) {
        return {
          invalid:
            'Glob: the pattern leads out of the folder. Name another folder in path, and keep the pattern relative without "..".',
        };
      }
      return {
        summary: target.path === workspace.root ? given : `${given} in ${target.shown}`,
        permission: { tool: 'Glob', access: 'read', subject: target.path },
        run: async (signal) => {
          if (!(await target.stillLeadsThere())) return movedAway(target);
          const kind = await withFile(target.path, async (opened) => opened.kind);
          if (kind === 'missing') return missing(target);
          return kind === 'folder'
            ? list({ workspace, spill }, target, { given, pattern }, signal)
            : refused(`${target.shown} is not a folder.`);
        },
      };
    },
  });
}

/** The permission is for one folder: neither `..` nor a link in the fixed part of the pattern may lead elsewhere. */
async function staysInside(pattern: string, folder: string): Promise<boolean> {
  if (/^[/~]|^\\(?![()[\]{}*?!])|^[A-Za-z]:/.test(pattern) || /(^|[\\/{},(|])\.\.($|[\\/{},)|])/.test(pattern))
    return false;
  const bases = fastGlob
    .generateTasks(pattern, { cwd: folder })
    .flatMap((task) => (task.dynamic ? [task.base] : task.patterns.map((fixed) => dirname(unescaped(fixed)))));
  for (const base of new Set(bases)) {
    if ((await resolvePath(folder, base)) !== resolve(folder, base)) return false;
  }
  return true;
}

function unescaped(pattern: string): string {
  return pattern.replace(/\\(.)/g, '$1');
}

async function list(
  { workspace, spill }: { readonly workspace: Workspace; readonly spill: Spill },
  target: Target,
  { given, pattern }: { readonly given: string; readonly pattern: string },
  signal: AbortSignal,
): Promise<ToolOutcome> {
  const found = await walk(target.path, pattern, signal);
  if (found.length === 0) {
    const hint = /\[[^\]]+\]/.test(given) ? ' [ ] stands for one of the characters in it; write \\[ for the sign.' : '';
    return { kind: 'ok', content: `No file matches ${given} in ${target.shown}.${hint}` };
  }
  const paths = found.map((path) => shownPath(workspace.root, path)).sort();
  if (paths.length <= MAX_FILES) return { kind: 'ok', content: paths.join('\n') };
  const path = await spill.write('glob', `${paths.join('\n')}\n`);
  const all = path === null ? '' : `all of them: ${path}; or `;
  const many = paths.length < MAX_FOUND ? `${paths.length}` : `the ${MAX_FOUND} that were looked at; there may be more`;
  const cut = `[the first ${MAX_FILES} of ${many}; ${all}use a narrower pattern]`;
  return { kind: 'ok', content: [...paths.slice(0, MAX_FILES), cut].join('\n') };
}

/** Ends where there are so many files that the list of them would be a burden. */
async function walk(folder: string, pattern: string, signal: AbortSignal): Promise<readonly string[]> {
  const found: string[] = [];
  const paths = fastGlob.stream(pattern, {
    cwd: folder,
    absolute: true,
    dot: /(^|[\\/{,])\./.test(pattern.replace(/^\.\//, '')),
    ignore: folder.split(/[\\/]/).includes('node_modules') ? NEVER.slice(1) : NEVER,
    followSymbolicLinks: false,
    suppressErrors: true,
    extglob: false,
    fs: { readdir: readdirUntil(signal) },
  });
  for await (const path of paths) {
    found.push(String(path));
    if (found.length >= MAX_FOUND) break;
  }
  throwIfAborted(signal);
  return found;
}

/** fast-glob knows no signal: after it fires every folder looks empty, and the walk ends by itself. */
function readdirUntil(signal: AbortSignal): typeof readdir {
  const guarded = (path: string, options: { withFileTypes: true }, done: Parameters<typeof readdir>[2]): void => {
    if (signal.aborted) done(null, []);
    else readdir(path, options, done as never);
  };
  return guarded as unknown as typeof readdir;
}
