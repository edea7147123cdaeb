import { dirname } from 'node:path';
import * as z from 'zod';
import { AbortError } from '../../base/abort.ts';
import { defineTool } from '../../engine/defineTool.ts';
import type { Clock } from '../../engine/ports.ts';
import type { Tool, ToolOutcome } from '../../engine/tool.ts';
import { withFile } from '../files.ts';
import { runRipgrep, searches, type RipgrepResult } from '../ripgrep.ts';
import type { Spill } from '../spills.ts';
import {
  locate,
  missing,
  movedAway,
  notRegular,
  refused,
  shownPath,
  type Target,
  type Workspace,
} from './workspace.ts';

const MAX_CHARS = 40_000;
const MAX_BYTES = 1024 * 1024;
const MAX_LINE_CHARS = 500;
const DEADLINE_MS = 60_000;

const input = z.strictObject({
  pattern: z.string().min(1).describe('A regular expression, as ripgrep takes it.'),
  path: z.string().min(1).optional().describe('The file or folder to search. Default: your working directory.'),
  glob: z.string().min(1).optional().describe('Only files of this name, for example "*.ts" or "!*.test.ts".'),
  ignoreCase: z.boolean().optional(),
  mode: z
    .enum(['files', 'content', 'count'])
    .optional()
    .describe(
      '"content": the lines that match, with path and number. "files": paths only. "count": matching lines a file. Default "content".',
    ),
  context: z.int().min(0).max(20).optional().describe('Lines to show before and after each match, in mode "content".'),
});
type Search = z.infer<typeof input>;

export interface GrepDeps {
  readonly clock: Pick<Clock, 'sleep'>;
  /** The program to run instead of our own. */
  readonly ripgrep: string | null;
  /** False for files whose content the agent may not see, though it may search `asked`. */
  readonly readable: (path: string, asked: string) => boolean;
  readonly spill: Spill;
}

export function createGrepTool(workspace: Workspace, deps: GrepDeps): Tool {
  return defineTool({
    name: 'Grep',
    description: [
      'Searches file contents with ripgrep and lists what matches, sorted by path. Files that .gitignore names, node_modules, .git and binary files are left out.',
      'The pattern is a regular expression: escape ( ) [ ] { } . * + ? | to search for them. It matches within one line.',
    ].join('\n'),
    readOnly: true,
    input,
    async plan(search) {
      const target = await locate(workspace, search.path ?? '.');
      return {
        summary: target.path === workspace.root ? search.pattern : `${search.pattern} in ${target.shown}`,
        permission: { tool: 'Grep', access: 'read', subject: target.path },
        run: async (signal) => {
          if (!(await target.stillLeadsThere())) return movedAway(target);
          const kind = await withFile(target.path, async (opened) => opened.kind);
          if (kind === 'missing') return missing(target);
          if (kind === 'special') return notRegular(target);
          const cwd = kind === 'folder' ? target.path : dirname(target.path);
          const request = { program: deps.ripgrep, args: argumentsOf(search, target), cwd, maxBytes: MAX_BYTES };
          const ripgrep = (limited: AbortSignal) => runRipgrep(request, limited);
          const result = await searches.run(() => withDeadline(deps.clock, signal, ripgrep), signal);
          return result === null
            ? refused(`Not done after ${DEADLINE_MS / 1000} s. Search a smaller folder, or use glob.`)
            : outcomeOf(workspace, { ...deps, readable: (path) => deps.readable(path, target.path) }, search, result);
        },
      };
    },
  });
}

function argumentsOf(search: Search, target: Target): readonly string[] {
  const { pattern, glob, ignoreCase = false, mode = 'content', context = 0 } = search;
  const inModules = target.path.split(/[\\/]/).includes('node_modules');
  return [
    '--null',
    '--with-filename',
    '--color=never',
    '--no-heading',
    '--hidden',
    '--no-require-git',
    '--sort=path',
    `--max-columns=${MAX_LINE_CHARS}`,
    '--max-columns-preview',
    ...(mode === 'files'
      ? ['--files-with-matches']
      : mode === 'count'
        ? ['--count']
        : ['--line-number', `--context=${context}`]),
    ...(ignoreCase ? ['--ignore-case'] : []),
    ...(glob === undefined ? [] : [`--glob=${glob}`]),
    '--glob=!**/.git',
    ...(inModules ? [] : ['--glob=!**/node_modules']),
    `--regexp=${pattern}`,
    '--',
    target.path,
  ];
}

/** Null when time is up. */
async function withDeadline<T>(
  clock: Pick<Clock, 'sleep'>,
  signal: AbortSignal,
  body: (signal: AbortSignal) => Promise<T>,
): Promise<T | null> {
  const late = new AbortController();
  const done = new AbortController();
  const timer = clock.sleep(DEADLINE_MS, AbortSignal.any([signal, done.signal])).then(
    () => late.abort(),
    () => undefined,
  );
  try {
    return await body(AbortSignal.any([signal, late.signal]));
  } catch (error) {
    if (signal.aborted) throw new AbortError(signal.reason);
    if (late.signal.aborted) return null;
    throw error;
  } finally {
    done.abort();
    await timer;
  }
}

async function outcomeOf(
  workspace: Workspace,
  deps: Pick<GrepDeps, 'spill'> & { readonly readable: (path: string) => boolean },
  search: Search,
  result: RipgrepResult,
): Promise<ToolOutcome> {
  if (result.kind === 'not-started') {
    return refused(
      `There is no ripgrep on this system (${result.message}). Search with a command such as grep -rn instead.`,
    );
  }
  if (result.stdout === '' && result.exitCode === 2) {
    return refused(`ripgrep cannot do this:\n${result.stderr.trim().split('\n').slice(0, 6).join('\n')}`);
  }
  const lines =
    search.mode === 'files'
      ? result.stdout
          .split('\0')
          // Nothing, or a path that was cut off.
          .slice(0, -1)
          .map((path) => `${path}\0`)
      : result.stdout.split('\n').slice(0, -1);
  const show = pathsShown(workspace.root, deps.readable);
  const shown = lines.map((line) => shownLine(show, line)).filter((line) => line !== null);
  if (shown.every((line) => line === '--')) return { kind: 'ok', content: `Nothing matches ${search.pattern}.` };
  return { kind: 'ok', content: await capped(shown, result.cut, deps.spill) };
}

/** Of a path, what an agent is shown, null when it may not see it; asked once for each, and not for each of its lines. */
function pathsShown(root: string, readable: (path: string) => boolean): (path: string) => string | null {
  const known = new Map<string, string | null>();
  return (path) => {
    const before = known.get(path);
    if (before !== undefined) return before;
    const shown = readable(path) ? shownPath(root, path) : null;
    known.set(path, shown);
    return shown;
  };
}

/** `path:12:text`, of a line that ripgrep wrote with a NUL after the path; null when the agent may not see it. */
function shownLine(show: (path: string) => string | null, line: string): string | null {
  const end = line.indexOf('\0');
  if (end === -1) return line;
  const path = show(line.slice(0, end));
  const rest = line.slice(end + 1);
  return path === null || rest === '' ? path : `${path}:${rest}`;
}

async function capped(lines: readonly string[], cutBefore: boolean, spill: Spill): Promise<string> {
  let room = MAX_CHARS;
  const end = lines.findIndex((line) => (room -= line.length + 1) < 0);
  if (end === -1 && !cutBefore) return lines.join('\n');
  const kept = end === -1 ? lines : lines.slice(0, end);
  const path = kept.length < lines.length ? await spill.write('grep', `${lines.join('\n')}\n`) : null;
  const what = cutBefore ? `the first ${lines.length} of them` : `all ${lines.length}`;
  const rest = path === null ? 'there is more: narrow' : `${what}: ${path}; or narrow`;
  return [...kept, `[cut after ${kept.length} lines; ${rest} the pattern, the path or the glob]`].join('\n');
}
