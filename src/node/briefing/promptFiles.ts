import { join } from 'node:path';
import { promptsFrom, ROLES, type Prompts, type Role } from '../../engine/prompts.ts';
import { readText } from './textFile.ts';

const MAX_BYTES = 64 * 1024;

export interface PromptPlaces {
  /** The folder that came with the program. */
  readonly shipped: string;
  /** The person's own: a file there takes the place of the shipped one of its name. */
  readonly personal: string;
}

/** The system prompts; a file of the person's that cannot be used is told, and the shipped one counts. */
export async function readPrompts(
  places: PromptPlaces,
): Promise<{ readonly prompts: Prompts; readonly warnings: readonly string[] }> {
  const names = ['shared', ...ROLES] as const;
  const files = await Promise.all(names.map(async (name) => ({ name, ...(await readPrompt(places, name)) })));
  const texts = new Map<string, string>(files.map(({ name, text }) => [name, text]));
  const byRole = Object.fromEntries(ROLES.map((role) => [role, texts.get(role) ?? ''])) as Record<Role, string>;
  const warnings = files.flatMap(({ warning }) => (warning === null ? [] : [warning]));
  return { prompts: promptsFrom(byRole, texts.get('shared') ?? ''), warnings };
}

async function readPrompt(
  { shipped, personal }: PromptPlaces,
  name: string,
): Promise<{ readonly text: string; readonly warning: string | null }> {
  const path = join(personal, `${name}.md`);
  const own = await readText(path, MAX_BYTES);
  if (own.kind === 'text' && !own.cut && own.text.trim() !== '') return { text: own.text, warning: null };
  const file = await readText(join(shipped, `${name}.md`), MAX_BYTES);
  if (file.kind !== 'text')
    throw new Error(`The prompt ${join(shipped, `${name}.md`)} is missing: install this program again.`);
  if (own.kind === 'missing') return { text: file.text, warning: null };
  const why = own.kind === 'unusable' ? own.why : own.cut ? 'is longer than 64 KB' : 'is empty';
  return { text: file.text, warning: `${path} ${why}: the prompt that came with the program is used instead.` };
}
