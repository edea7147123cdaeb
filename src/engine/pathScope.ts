import { patternProblem } from './globPattern.ts';
import { globSource } from './globSource.ts';

/**
 * Null when a text can say which files of a repository may be written, else what is wrong with it. It is a glob from the
 * repository's top: `src/**`, `docs/*.md`, `src/{a,b}.ts`; a folder named in full is all that lies in it.
 */
export function scopeProblem(glob: string): string | null {
  if (glob.startsWith('!')) return 'say what may be written, not what may not: there is no "!" here';
  if (/^[\\/~]|^[A-Za-z]:/.test(glob) || /(^|\/)\.\.(\/|$)/.test(glob))
    return 'count from the top of the repository, without "..": src/**, not /src/**';
  if (cleaned(glob) === '') return 'name a folder or a file; ** is all of the repository';
  return patternProblem(glob);
}

/** Whether one of the globs names the path, or in full a folder that it lies in. The path counts from the repository's top. */
export function isInScope(globs: readonly string[], path: string): boolean {
  return globs.some((glob) => sourceOf(cleaned(glob)).test(`/${path}`));
}

function cleaned(glob: string): string {
  return glob.replace(/^(?:\.\/+)+/, '').replace(/\/+$/, '');
}

function sourceOf(glob: string): RegExp {
  const last = glob.slice(glob.lastIndexOf('/') + 1);
  const below = /[*?[{]/.test(last) ? '' : '(?:/[\\s\\S]*)?';
  return new RegExp(`^${globSource(`/${glob}`)}${below}$`);
}
