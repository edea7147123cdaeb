import * as z from 'zod';
import { clip } from '../base/text.ts';
import type { PermissionMode } from '../protocol/run.ts';
import type { AgentType, DefinitionFile, Skill, SkillFile } from './definitions.ts';
import { readFrontMatter, type FrontMatter } from './frontMatter.ts';

/** `problem`: for a person, with the file and the line; null: it is meant for something else. */
export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string | null };

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const WRONG_NAME = 'must be letters, digits, "-", "_" and ".", 64 at most';
const DESCRIPTION_CHARS = 1_024;

/** `Read, Grep, Bash(git log)` or a list. */
const names = z.union([
  z.string().transform((text) => text.split(/,(?![^(]*\))/).map((part) => part.trim())),
  z.array(z.string().trim()),
]);
const someNames = names.transform((list) => list.filter((name) => name !== ''));

const MODES: Readonly<Record<string, PermissionMode>> = {
  plan: 'plan',
  default: 'default',
  acceptEdits: 'acceptEdits',
  dontAsk: 'dontAsk',
  bypassPermissions: 'bypass',
  bypass: 'bypass',
};
const permissionMode = z
  .enum(Object.keys(MODES) as [string, ...string[]])
  .transform((mode): PermissionMode => MODES[mode] ?? 'plan');

/** Names of servers; what is written in place of a name is a server to be started, which a file may not ask for. */
const servers = z
  .array(z.union([z.string(), z.record(z.string(), z.unknown()).transform((server) => Object.keys(server)[0] ?? '')]))
  .transform((list) => list.filter((name) => name !== ''));

const agentHead = z.object({
  name: z.string().regex(NAME, WRONG_NAME).optional(),
  description: z.coerce.string().optional(),
  tools: someNames.optional(),
  disallowedTools: someNames.optional(),
  model: z.string().trim().min(1).optional(),
  effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).optional(),
  permissionMode: permissionMode.optional(),
  maxTurns: z.int().positive().optional(),
  skills: someNames.optional(),
  mcpServers: servers.optional(),
  isolation: z.enum(['worktree']).optional(),
});

const skillHead = z.object({
  name: z.string().optional(),
  description: z.coerce.string().optional(),
  'disable-model-invocation': z.boolean().optional(),
});

export async function parseAgentType(frontMatter: FrontMatter, file: DefinitionFile): Promise<Parsed<AgentType>> {
  const head = await headOf(frontMatter, file, agentHead);
  if (!head.ok) return head;
  const { name = file.name, description = '', tools, ...rest } = head.value.fields;
  if (!NAME.test(name)) return { ok: false, problem: `${file.path}:1: its name ${WRONG_NAME}` };
  const { body } = head.value;
  const all = tools === undefined || tools.includes('*');
  const type = { name: fullName(file, name), description: oneLine(description), prompt: body };
  return { ok: true, value: { ...type, ...(all ? {} : { tools }), ...present(rest) } };
}

export async function parseSkill(frontMatter: FrontMatter, file: SkillFile): Promise<Parsed<Skill>> {
  const head = await headOf(frontMatter, file, skillHead);
  if (!head.ok)
    return { ok: false, problem: head.problem ?? `${file.path}:1: it has no head with name and description` };
  const { fields, body } = head.value;
  const name = fields.name !== undefined && NAME.test(fields.name) ? fields.name : file.name;
  if (!NAME.test(name)) return { ok: false, problem: `${file.path}:1: its name ${WRONG_NAME}` };
  return {
    ok: true,
    value: {
      name: fullName(file, name),
      description: oneLine(fields.description ?? firstWords(body)),
      text: body,
      ...{ folder: file.folder, scripts: file.scripts, origin: file.origin },
      offered: fields['disable-model-invocation'] !== true,
    },
  };
}

interface Head<T> {
  readonly fields: T;
  readonly body: string;
}

async function headOf<T>(
  frontMatter: FrontMatter,
  { path, text }: DefinitionFile,
  schema: z.ZodType<T>,
): Promise<Parsed<Head<T>>> {
  const read = await readFrontMatter(frontMatter, text);
  if (read.kind === 'none')
    return { ok: false, problem: isReadme(path) ? null : `${path}:1: it does not begin with ---` };
  if (read.kind === 'broken') return { ok: false, problem: `${path}:${read.line}: ${clip(read.message, 200)}` };
  const parsed = schema.safeParse(withoutNulls(read.value));
  if (parsed.success) return { ok: true, value: { fields: parsed.data, body: read.body } };
  const issue = parsed.error.issues[0];
  const field = String(issue?.path[0] ?? '');
  const what = field === '' ? 'its head is no list of fields' : `${field}: ${clip(issue?.message ?? '', 160)}`;
  return { ok: false, problem: `${path}:${read.lineOf(field)}: ${what}` };
}

function isReadme(path: string): boolean {
  return /[\\/]readme\.md$/i.test(path);
}

/** A field without a value is one that is not there. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null));
}

/** Without the fields that are `undefined`. */
function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** As scripts write it. */
export function fullName({ plugin }: DefinitionFile, name: string): string {
  return plugin === null ? name : `${plugin}:${name}`;
}

function oneLine(text: string): string {
  return clip(
    text
      .replace(/\\n|\s/g, ' ')
      .replace(/ +/g, ' ')
      .trim(),
    DESCRIPTION_CHARS,
  );
}

function firstWords(body: string): string {
  return body.split('\n').find((line) => line.trim() !== '' && !line.startsWith('#')) ?? '';
}
