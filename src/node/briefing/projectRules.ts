import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { clip } from '../../base/text.ts';
import { oneLine } from '../../engine/framed.ts';
import { readText } from './textFile.ts';

/** The names under which projects keep rules for agents. */
const NAMES = ['AGENTS.md', 'CLAUDE.md'];
const MAX_FILE_BYTES = 40_000;
const MAX_CHARS = 40_000;
/** Files that import files that import files. */
const MAX_DEPTH = 5;
const MAX_FILES = 40;
const MAX_WARNINGS = 10;

export interface RulePlaces {
  /** Absolute, symlinks resolved. */
  readonly cwd: string;
  /** The repository's top folder; null: `cwd` is in none. Absolute, symlinks resolved. */
  readonly root: string | null;
  /** The person's own folder; `.claude/CLAUDE.md` of it is read. */
  readonly home: string;
  /** False for files that agents may not read. */
  readonly readable: (path: string) => boolean;
}

export interface RuleFile {
  /** As it is told: `CLAUDE.md`, `packages/a/AGENTS.md`, `~/.claude/CLAUDE.md`. */
  readonly name: string;
  readonly text: string;
}

export interface ProjectRules {
  /** The nearest last: it wins where two disagree. */
  readonly files: readonly RuleFile[];
  readonly warnings: readonly string[];
}

/**
 * The rules that hold in a folder: the person's, then those of the repository from its top down to the folder, each with
 * what it imports by `@path`. A project's file imports from its repository alone and the person's from `~/.claude`
 * alone: a repository must not bring other files of this machine before a model.
 */
export async function readProjectRules(places: RulePlaces): Promise<ProjectRules> {
  const reading = new Reading(places);
  const top = places.root ?? places.cwd;
  // The nearest first, since it is the others that have to go where there is too much.
  for (const folder of foldersUpTo(places.cwd, top)) {
    const files = NAMES.toReversed().map((name) => join(folder, name));
    for (const path of files)
      await reading.take(path, { inside: top, named: (file) => relative(top, file), depth: 0, own: false });
  }
  const own = await realpath(join(places.home, '.claude')).catch(() => null);
  const named = (file: string): string => `~/.claude/${relative(own ?? '', file)}`;
  if (own !== null) await reading.take(join(own, 'CLAUDE.md'), { inside: own, named, depth: 0, own: true });
  return { files: reading.files.toReversed(), warnings: reading.warnings };
}

interface Scope {
  /** What it imports lies in here. */
  readonly inside: string;
  readonly named: (path: string) => string;
  readonly depth: number;
  /** The person's, not a repository's. */
  readonly own: boolean;
}

class Reading {
  readonly #places: RulePlaces;
  readonly #seen = new Set<string>();
  readonly files: RuleFile[] = [];
  readonly warnings: string[] = [];
  #chars = 0;

  constructor(places: RulePlaces) {
    this.#places = places;
  }

  /** Imported files end up before the file that imports them. */
  async take(path: string, scope: Scope): Promise<void> {
    const file = await readText(path, MAX_FILE_BYTES);
    if (file.kind === 'missing') return;
    const problem = file.kind === 'unusable' ? file.why : this.#problemOf(file.path, scope);
    if (problem !== null || file.kind === 'unusable') {
      this.#warn(path, `${problem}: agents are not told what is in it`);
      return;
    }
    if (this.#seen.has(file.path)) return;
    this.#seen.add(file.path);
    const text = file.text.slice(0, MAX_CHARS - this.#chars);
    const cut = file.cut || text.length < file.text.length;
    this.#chars += text.length;
    this.files.push({ name: scope.named(path), text: cut ? `${text}\n[cut here: the file is longer]` : text });
    if (cut) this.#warn(path, 'is too long: agents are told its beginning alone');
    for (const target of importsIn(text)) await this.#import(target, dirname(file.path), scope);
  }

  #problemOf(path: string, { inside, depth, own }: Scope): string | null {
    // The person may keep their own file where they like, and link to it.
    if (!isWithin(inside, path) && !(own && depth === 0)) return `leads out of ${inside}`;
    if (isHidden(relative(inside, path))) return 'is hidden';
    if (!this.#places.readable(path)) return 'is closed to agents by the permission rules';
    if (depth > MAX_DEPTH) return `is imported over more than ${MAX_DEPTH} files`;
    return this.files.length >= MAX_FILES || this.#chars >= MAX_CHARS ? 'is one rule file too many' : null;
  }

  async #import(target: string, folder: string, scope: Scope): Promise<void> {
    const expanded = target.startsWith('~/') ? join(this.#places.home, target.slice(2)) : target;
    await this.take(resolve(folder, expanded), { ...scope, depth: scope.depth + 1 });
  }

  #warn(path: string, what: string): void {
    if (this.warnings.length < MAX_WARNINGS) this.warnings.push(`${clip(oneLine(path), 300)} ${what}.`);
  }
}

/** The targets of `@path`, outside of code, in their order. */
function importsIn(text: string): readonly string[] {
  const prose = text.replace(/^(`{3,}|~{3,})[^]*?^\1/gm, '').replace(/`[^`\n]*`/g, '');
  const found = [...prose.matchAll(/(?:^|\s)@([\w~./][\w./-]*)/g)];
  return [...new Set(found.map(([, target = '']) => target.replace(/[.,;:]+$/, '')))].slice(0, MAX_FILES);
}

/** `.env`, `.git/config`: what is hidden is no text that explains a project. */
function isHidden(way: string): boolean {
  return way.split(sep).some((part) => /^\.(?!\.?$|claude$|github$)/.test(part));
}

function foldersUpTo(cwd: string, top: string): readonly string[] {
  const folders = [cwd];
  for (let folder = cwd; folder !== top && isWithin(top, folder); folder = dirname(folder))
    folders.push(dirname(folder));
  return folders;
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}
