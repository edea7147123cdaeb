import { isInside, relativeTo } from './insidePath.ts';

// What decides which programs run later, or what agents may do: git's, the editor's and the shell's own files, hooks,
// and the permission rules. Compared as file systems compare that ignore case, dots at the end and invisible signs.

const FOLDERS =
  /^(?:\.vscode|\.vscode-server|\.idea|\.devcontainer|\.husky|\.ssh|\.gnupg|\.dynamic-workflows|\.bashrc\.d|\.zshrc\.d)$/;

const FILES = new RegExp(
  `^(?:${[
    String.raw`\.(?:bashrc|bash_profile|bash_login|bash_logout|bash_aliases|profile|inputrc)`,
    String.raw`\.(?:zshrc|zshenv|zprofile|zlogin|zlogout|kshrc|mkshrc|cshrc|tcshrc|login|logout|xprofile|xinitrc|xsessionrc)`,
    String.raw`(?:microsoft\.\w+_)?profile\.ps1`,
    String.raw`\.git(?:config|modules)|\.(?:envrc|mcp\.json|claude\.json|npmrc|ripgreprc)`,
  ].join('|')})$`,
);

const SUFFIXES =
  /\/\.claude\/(?:settings[^/]*|agents|hooks|skills|commands|plugins)(?:\/|$)|\/\.config\/(?:git|fish)(?:\/|$)/;

/** What a person should see before it is written; seen from `root` when it lies there. */
export function protection(root: string, path: string): 'git' | 'settings' | null {
  const segments = (isInside(root, path) ? relativeTo(root, path) : path).split(/[\\/]/).map(foldedName);
  if (segments.some((name) => name === '.git' || name === 'git~1')) return 'git';
  const whole = `/${segments.join('/')}`;
  const settings = segments.some((name) => FOLDERS.test(name) || FILES.test(name)) || SUFFIXES.test(whole);
  return settings ? 'settings' : null;
}

/** True also for a folder that is harmless itself and holds what is protected by a plain name, such as `.claude`. */
export function holdsProtected(root: string, folder: string): boolean {
  return [folder, `${folder}/settings`, `${folder}/git`].some((path) => protection(root, path) !== null);
}

/** Signs that some file systems leave out of a name, and the ending that Windows does: `.git.`, `.git::$DATA`. */
function foldedName(name: string): string {
  const seen = name
    .replace(/[\p{Cf}\p{Mn}]/gu, '')
    .normalize('NFKC')
    .toLowerCase();
  return seen.replace(/(?<=.):.*$/su, '').replace(/(?<=[^.])[. ]+$/, '');
}
