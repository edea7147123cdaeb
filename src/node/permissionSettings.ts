import { realpath } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import * as z from 'zod';
import type { PermissionRules } from '../engine/permission.ts';
import { ruleProblem } from '../engine/permissionRules.ts';
import type { PermissionMode } from '../protocol/run.ts';
import type { PermissionSettings } from '../workflow/permissions.ts';
import { parseJson } from './jsonText.ts';
import { readSmallFile } from './smallFile.ts';

export interface PermissionPlaces {
  /** The project: `.claude/settings.json` and `.claude/settings.local.json` of it are read. */
  readonly cwd: string;
  /** The person's own folder: `.claude/settings.json` of it is read; `~/` in rules means it. */
  readonly home: string;
  readonly own?: OwnPermissions | undefined;
}

/** What a person has set in the program itself: the editor's settings, or the command line. */
export interface OwnPermissions {
  /** How a warning names the place. */
  readonly name: string;
  /** `{allow, ask, deny}` as they were written; parsed here. */
  readonly rules: unknown;
  /** Absent: the person has named none. */
  readonly mode?: PermissionMode | undefined;
  readonly askTimeoutMs?: number | undefined;
}

/** More than any list of rules. Who made the repository could link the file to one without an end. */
const MAX_FILE_BYTES = 1024 * 1024;

const ruleList = z.array(z.string()).default([]);
const NO_RULES = { allow: [], ask: [], deny: [] };
const ruleLists = z.looseObject({ allow: ruleList, ask: ruleList, deny: ruleList });
const settingsFile = z.looseObject({
  permissions: ruleLists
    .extend({ defaultMode: z.string().optional(), additionalDirectories: ruleList })
    .default({ ...NO_RULES, additionalDirectories: [] }),
});

type FilePermissions = z.infer<typeof settingsFile>['permissions'];

/**
 * The permissions of the project and the person, all lists joined. A file that cannot be read may have held what
 * forbids, so that until it is repaired no `allow` rule counts, of whichever file. A project may make the person's mode
 * stricter, never looser, and names no folders of its own.
 */
export async function readPermissionSettings({ cwd, home, own }: PermissionPlaces): Promise<PermissionSettings> {
  const personal = join(home, '.claude', 'settings.json');
  const names = new Set([join(cwd, '.claude', 'settings.json'), join(cwd, '.claude', 'settings.local.json'), personal]);
  const files = [...(await Promise.all([...names].map(readSettings))), ...(own ? [ownSettings(own)] : [])];
  const usable = files.filter((file) => file.kind === 'read');
  const problems = files.filter((file) => file.kind === 'problem').map((file) => file.message);
  const allow = usable.flatMap((file) => file.permissions.allow).filter((rule) => ruleProblem(rule) === null);
  const rules: PermissionRules = {
    deny: usable.flatMap((file) => file.permissions.deny).map((rule) => homeNamed(rule, home)),
    ask: usable.flatMap((file) => file.permissions.ask).map((rule) => homeNamed(rule, home)),
    allow: problems.length > 0 ? [] : allow.map((rule) => homeNamed(rule, home)),
  };
  const isOwn = (file: FileRead): boolean => file.path === personal;
  const project = usable.filter((file) => !isOwn(file) && file.path !== own?.name);
  const mode = modeOf(own?.mode ?? modeIn(usable.find(isOwn)), project.map(modeIn));
  const folders = await foldersOf(usable.find(isOwn), home);
  return {
    rules,
    ...(mode === undefined ? {} : { mode }),
    directories: folders.there,
    ...(own?.askTimeoutMs === undefined ? {} : { askTimeoutMs: own.askTimeoutMs }),
    warnings: [
      ...problems,
      ...usable.flatMap(({ path, permissions }) => [...wrongRules(path, permissions), ...wrongMode(path, permissions)]),
      ...folders.warnings,
      ...project.flatMap(foldersUnused),
    ],
  };
}

type FileRead = { readonly kind: 'read'; readonly path: string; readonly permissions: FilePermissions };

type SettingsRead = FileRead | { readonly kind: 'absent' } | { readonly kind: 'problem'; readonly message: string };

async function readSettings(path: string): Promise<SettingsRead> {
  const file = await readSmallFile(path, MAX_FILE_BYTES, null);
  if (file.kind === 'absent') return file;
  if (file.kind === 'problem') return problemWith(path, file.what);
  const parsed = parseJson(file.text);
  if (!parsed.ok) return problemWith(path, `is not valid JSON (${parsed.problem})`);
  const settings = settingsFile.safeParse(parsed.value);
  if (settings.success) return { kind: 'read', path, permissions: settings.data.permissions };
  return problemWith(path, wrongAt(settings.error));
}

function ownSettings({ name, rules }: OwnPermissions): SettingsRead {
  const parsed = ruleLists.safeParse(rules);
  if (!parsed.success) return problemWith(name, wrongAt(parsed.error));
  return { kind: 'read', path: name, permissions: { ...parsed.data, additionalDirectories: [] } };
}

function wrongAt({ issues: [issue] }: z.ZodError): string {
  return `is wrong at ${issue?.path.map(String).join('.') || 'its root'} (${issue?.message ?? 'unknown error'})`;
}

function problemWith(path: string, what: string): SettingsRead {
  return {
    kind: 'problem',
    message: `${path} ${what}: its permission rules are not used, and no allow rule counts until it is repaired`,
  };
}

/** The strictest first. `dontAsk` allows nothing that `default` does not. */
const BY_STRICTNESS = ['plan', 'dontAsk', 'default', 'acceptEdits', 'bypass'] as const;

function modeIn(file: FileRead | undefined): PermissionMode | undefined {
  const written = file?.permissions.defaultMode;
  if (written === undefined) return undefined;
  if (written === 'bypassPermissions') return 'bypass';
  return BY_STRICTNESS.find((mode) => mode === written) ?? 'default';
}

function modeOf(
  own: PermissionMode | undefined,
  project: readonly (PermissionMode | undefined)[],
): PermissionMode | undefined {
  const allowed = BY_STRICTNESS.indexOf(own ?? 'default');
  const stricter = BY_STRICTNESS.find((mode, rank) => rank < allowed && project.includes(mode));
  return stricter ?? own;
}

function wrongMode(path: string, { defaultMode }: FilePermissions): readonly string[] {
  const known = defaultMode === undefined || defaultMode === 'bypassPermissions';
  if (known || BY_STRICTNESS.some((mode) => mode === defaultMode)) return [];
  return [`${path}: the mode "${defaultMode}" is not known here; default is used`];
}

interface Folders {
  readonly there: readonly string[];
  readonly warnings: readonly string[];
}

async function foldersOf(file: FileRead | undefined, home: string): Promise<Folders> {
  if (file === undefined) return { there: [], warnings: [] };
  const found = await Promise.all(
    file.permissions.additionalDirectories.map(async (written) => {
      const path = written.replace(/^~(?=$|[\\/])/, () => home);
      return { written, path: isAbsolute(path) ? await realpath(path).catch(() => null) : null };
    }),
  );
  return {
    there: found.flatMap(({ path }) => path ?? []),
    warnings: found
      .filter(({ path }) => path === null)
      .map(({ written }) => `${file.path}: the folder "${written}" is not there, or not named in full. It is not used`),
  };
}

function foldersUnused({ path, permissions }: FileRead): readonly string[] {
  if (permissions.additionalDirectories.length === 0) return [];
  return [`${path}: more folders are named by your own settings alone. Those of the project are not used`];
}

function wrongRules(path: string, rules: PermissionRules): readonly string[] {
  const forbidding = [...rules.deny, ...rules.ask].map(ruleProblem).filter((problem) => problem !== null);
  const allowing = rules.allow.map(ruleProblem).filter((problem) => problem !== null);
  return [
    ...forbidding.map((problem) => `${path}: ${problem}. Until then it holds for its whole tool`),
    ...allowing.map((problem) => `${path}: ${problem}. It is not used`),
  ];
}

/** `Read(~/x)` with the folder's name, as an absolute path is written in rules. */
function homeNamed(rule: string, home: string): string {
  const literal = home
    .replaceAll('\\', '/')
    .replace(/\/$/, '')
    .replace(/[*?[\]{},]/g, '\\$&');
  return rule.replace(
    /^([^(]*\(\s*)~\//,
    (_whole, start: string) => `${start}/${literal.startsWith('/') ? '' : '/'}${literal}/`,
  );
}
