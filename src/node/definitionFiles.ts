import { readdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isInside } from '../engine/insidePath.ts';
import type { DefinitionFile, DefinitionFiles, Definitions, SkillFile } from '../workflow/definitions.ts';
import { installedPlugins } from './installedPlugins.ts';
import { repositoryRoot } from './library.ts';
import { readSmallFile } from './smallFile.ts';

/** A prompt of this size is a book; every agent of the type would read it. */
const MAX_BYTES = 64 * 1024;
const MAX_SCRIPT_BYTES = 512 * 1024;
/** Of one folder. More than anybody keeps, and few enough to read before each run. */
const MAX_FILES = 100;
const MAX_SCRIPTS = 10;
const META = /^\s*export\s+const\s+meta\s*=/m;

/** A folder with `agents` and `skills` in it. */
interface Place {
  readonly folder: string;
  readonly origin: DefinitionFile['origin'];
  readonly plugin: string | null;
  /** What its files may not lead out of; null: anywhere, they are the person's own. */
  readonly inside: string | null;
}

/**
 * `Definitions` from the disk: of the folder and its repository, of the person (`home`), and of the person's plugins. A
 * project's agent types count before the person's, a person's skills before the project's.
 */
export function fileDefinitions(home: string): Definitions {
  return {
    read: async (cwd) => {
      const { projects, personal, plugins } = await placesOf(cwd, home);
      const warnings: string[] = [];
      const agents = await inEach([...projects, ...personal, ...plugins], (place) => agentsIn(place, warnings));
      const skills = await inEach([...personal, ...projects, ...plugins], (place) => skillsIn(place, warnings));
      return { agents: once(agents), skills: once(skills), warnings: [...new Set(warnings)] } satisfies DefinitionFiles;
    },
  };
}

async function placesOf(cwd: string, home: string) {
  const root = await repositoryRoot(cwd);
  const own = await real(home);
  const folders = [...new Set([await real(cwd), ...(root === null ? [] : [await real(root)])])];
  // Whoever works in the home folder has one `.claude` for both.
  const projects = folders
    .filter((folder) => folder !== own)
    .map((folder): Place => ({ folder: join(folder, '.claude'), origin: 'project', plugin: null, inside: folder }));
  const personal: Place = { folder: join(home, '.claude'), origin: 'personal', plugin: null, inside: null };
  const installed = await installedPlugins(home, folders);
  const plugins = await inEach(installed, async ({ name, folder }): Promise<readonly Place[]> => {
    return [{ folder, origin: 'plugin', plugin: name, inside: await real(folder) }];
  });
  return { projects, personal: [personal], plugins };
}

async function agentsIn(place: Place, warnings: string[]): Promise<readonly DefinitionFile[]> {
  const folder = join(place.folder, 'agents');
  const files = await namesIn(folder, (name) => name.endsWith('.md'), warnings);
  return inEach(files, async (file) => {
    const text = await definition(join(folder, file), place, warnings);
    return text === null ? [] : [{ ...text, name: file.slice(0, -'.md'.length) }];
  });
}

/**
 * Whoever uses a skill may read its folder. That of a repository or a plugin must be below the place's own: a link to a
 * file at the root of a checkout would open all of it.
 */
async function skillsIn(place: Place, warnings: string[]): Promise<readonly SkillFile[]> {
  const parent = join(place.folder, 'skills');
  const names = await namesIn(parent, (name) => !name.startsWith('.'), warnings);
  return inEach(names, async (name) => {
    const file = join(parent, name, 'SKILL.md');
    const text = await definition(file, place, warnings);
    if (text === null) return [];
    const folder = dirname(text.path);
    if (place.inside !== null && !isOneOf(await real(parent), folder, place.inside)) {
      warnings.push(`${file} leads out of ${parent}: it is not used.`);
      return [];
    }
    return [{ ...text, name, folder, scripts: await scriptsIn(folder) }];
  });
}

/** The skills lie below the place, the skill below them. */
function isOneOf(skills: string, folder: string, place: string): boolean {
  return isBelow(place, skills) && isBelow(skills, folder);
}

function isBelow(folder: string, path: string): boolean {
  return path !== folder && isInside(folder, path);
}

async function definition(
  path: string,
  { origin, plugin, inside }: Place,
  warnings: string[],
): Promise<Omit<DefinitionFile, 'name'> | null> {
  const file = await readSmallFile(path, MAX_BYTES, inside);
  if (file.kind === 'problem') warnings.push(`${path} ${file.what}: it is not used.`);
  return file.kind === 'read' ? { path: file.path, origin, plugin, text: file.text } : null;
}

async function scriptsIn(folder: string): Promise<readonly string[]> {
  const files = await namesIn(folder, (name) => /\.m?js$/.test(name), []);
  const scripts = await inEach(files, async (name) => {
    const file = await readSmallFile(join(folder, name), MAX_SCRIPT_BYTES, folder);
    return file.kind === 'read' && META.test(file.text) ? [file.path] : [];
  });
  return scripts.slice(0, MAX_SCRIPTS);
}

async function namesIn(
  folder: string,
  wanted: (name: string) => boolean,
  warnings: string[],
): Promise<readonly string[]> {
  const names = (await readdir(folder).catch(() => [])).filter(wanted).sort();
  const left = names.length - MAX_FILES;
  if (left > 0) warnings.push(`${folder} holds more than ${MAX_FILES} of them: the last ${left} are not used.`);
  return names.slice(0, MAX_FILES);
}

/** One after the other, so that a folder full of files does not take all file handles. */
async function inEach<A, B>(all: readonly A[], body: (one: A) => Promise<readonly B[]>): Promise<readonly B[]> {
  const found: B[] = [];
  for (const one of all) found.push(...(await body(one)));
  return found;
}

function once<T extends DefinitionFile>(files: readonly T[]): readonly T[] {
  const paths = new Set<string>();
  return files.filter(({ path }) => !paths.has(path) && paths.add(path));
}

function real(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}
