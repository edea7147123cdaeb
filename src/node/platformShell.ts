import { posix, win32 } from 'node:path';
import type { Environment } from './agentEnvironment.ts';

/** The shell that agents' commands are for, found; or what a person has to install. */
export type FoundShell =
  | { readonly kind: 'found'; readonly program: string; readonly args: readonly string[] }
  | { readonly kind: 'missing'; readonly message: string };

export interface ShellSearch {
  readonly platform: NodeJS.Platform;
  readonly env: Environment;
  readonly exists: (path: string) => boolean;
}

/**
 * bash, `sh` where there is none. On Windows it is the one that comes with Git, and not PowerShell: the permission rules
 * read commands as bash does, and PowerShell takes some of them otherwise, so that an allowed one could do what is not.
 * Nor the bash of WSL, which is found first on most systems and sees other paths.
 */
export function findShell(search: ShellSearch): FoundShell {
  if (search.platform !== 'win32') {
    const program = ['/bin/bash', '/usr/bin/bash', '/usr/local/bin/bash'].find(search.exists) ?? '/bin/sh';
    return { kind: 'found', program, args: ['-c'] };
  }
  const program = gitBashPlaces(search.env).find(search.exists);
  if (program !== undefined) return { kind: 'found', program, args: ['-c'] };
  const message =
    'Commands need the bash of Git for Windows. Install it from https://git-scm.com, or run the editor inside WSL.';
  return { kind: 'missing', message };
}

/** Where Git for Windows keeps its bash, the likeliest first. */
function gitBashPlaces(env: Environment): readonly string[] {
  const value = (name: string): string | undefined =>
    Object.entries(env).find(([key]) => key.toUpperCase() === name)?.[1];
  const programs = ['PROGRAMFILES', 'PROGRAMW6432', 'PROGRAMFILES(X86)'].map(value);
  const own = value('LOCALAPPDATA');
  const folders = [
    ...programs.filter((folder) => folder !== undefined).map((folder) => win32.join(folder, 'Git')),
    ...(own === undefined ? [] : [win32.join(own, 'Programs', 'Git')]),
    ...gitsOnPath(value('PATH') ?? ''),
  ];
  return [...new Set(folders)].map((folder) => win32.join(folder, 'bin', 'bash.exe'));
}

/** `C:\Git` of `C:\Git\cmd` or `C:\Git\bin`, which is where git.exe is. */
function gitsOnPath(path: string): readonly string[] {
  return path
    .split(win32.delimiter)
    .map((folder) => folder.trim().replace(/^"|"$/g, ''))
    .filter((folder) => /[\\/]git[\\/](cmd|bin)[\\/]?$/i.test(folder) && win32.isAbsolute(folder))
    .map((folder) => win32.dirname(folder));
}

/** Ends a process and all that it started, on Windows, where there are no groups to signal. */
export function killTreeCommand(pid: number): readonly [string, ...string[]] {
  return ['taskkill', '/PID', String(pid), '/T', '/F'];
}

/**
 * Whether `path` is `folder` or below it; both absolute, and as the system resolved them. On Windows whatever the case,
 * the slashes and a `\\?\` before it; a short name (`PROGRA~1`) there, or `..` anywhere, is not taken for inside: what it
 * means cannot be told from the text.
 */
export function isInside(folder: string, path: string): boolean {
  const [above, below] = isWindowsPath(folder) ? [folder, path].map(comparable) : [folder, path];
  if (above === undefined || below === undefined || above === null || below === null) return false;
  if (below.split('/').includes('..')) return false;
  const root = above.endsWith('/') ? above : `${above}/`;
  return below === above || `${below}/` === root || below.startsWith(root);
}

function isWindowsPath(path: string): boolean {
  return /^(?:[\\/]{2}\?[\\/])?[A-Za-z]:[\\/]/.test(path) || /^\\\\/.test(path);
}

/** Null where it cannot be compared. */
function comparable(path: string): string | null {
  const long = path
    .replaceAll('\\', '/')
    .replace(/^\/\/\?\/(?:UNC\/)?/i, (prefix) => (/unc/i.test(prefix) ? '//' : ''));
  const names = long.split('/');
  // A drive is the only name with a colon: elsewhere it is a stream of a file. A dot or a blank at the end is dropped.
  const odd = names.some((name, at) => /~\d/.test(name) || (at > 0 && name.includes(':')) || /[. ]$/.test(name));
  return odd ? null : posix.normalize(long).toLowerCase().replace(/\/$/, '');
}
