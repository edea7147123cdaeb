import { isInside, relativeTo } from './insidePath.ts';

// What decides which programs run later, or what agents may do: git's, the editor's and the shell's own files, hooks,
// and the permission rules. Compared as file systems compare that ignore case, dots at the end and invisible signs.

/** What programs take from whatever folder they work in. The shell sandbox keeps these as they are, too. */
export const PROJECT_NAMES = [
  ...['.vscode', '.idea', '.devcontainer', '.husky', '.dynamic-workflows'],
  ...['.envrc', '.mcp.json', '.npmrc', '.gitmodules', '.ripgreprc'],
] as const;

/** What programs take from the person's own folder alone. */
export const PERSON_NAMES = [
  ...['.vscode-server', '.ssh', '.gnupg', '.bashrc.d', '.zshrc.d', '.gitconfig', '.claude.json'],
  ...['.bashrc', '.bash_profile', '.bash_login', '.bash_logout', '.bash_aliases', '.profile', '.inputrc'],
  ...['.zshrc', '.zshenv', '.zprofile', '.zlogin', '.zlogout', '.kshrc', '.mkshrc', '.cshrc', '.tcshrc'],
  ...['.login', '.logout', '.xprofile', '.xinitrc', '.xsessionrc', 'profile.ps1'],
] as const;

/** The same, further down. */
export const PERSON_PATHS = ['.config/git', '.config/fish'] as const;

const NAMES: ReadonlySet<string> = new Set([...PROJECT_NAMES, ...PERSON_NAMES]);

const PROFILES = /^microsoft\.\w+_profile\.ps1$/;

const RULES = /\/\.claude\/(?:settings[^/]*|agents|hooks|skills|commands|plugins)(?:\/|$)/;

/** What a person should see before it is written; seen from `root` when it lies there. */
export function protection(root: string, path: string): 'git' | 'settings' | null {
  const segments = (isInside(root, path) ? relativeTo(root, path) : path).split(/[\\/]/).map(foldedName);
  if (segments.some((name) => name === '.git' || name === 'git~1')) return 'git';
  const whole = `/${segments.join('/')}`;
  const settings =
    segments.some((name) => NAMES.has(name) || PROFILES.test(name)) ||
    PERSON_PATHS.some((path) => `${whole}/`.includes(`/${path}/`)) ||
    RULES.test(whole);
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
