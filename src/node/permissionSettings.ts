import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { clip } from '../base/text.ts';
import type { PermissionRules } from '../engine/permission.ts';
import { ruleProblem } from '../engine/permissionRules.ts';
import { errnoOf, isMissing } from './errno.ts';

export interface PermissionSettings {
  readonly rules: PermissionRules;
  /** For a person: a file or a rule that is not used, and what follows from that. */
  readonly warnings: readonly string[];
}

export interface PermissionPlaces {
  /** The project: `.claude/settings.json` and `.claude/settings.local.json` of it are read. */
  readonly cwd: string;
  /** The person's own folder: `.claude/settings.json` of it is read; `~/` in rules means it. */
  readonly home: string;
}

const ruleList = z.array(z.string()).default([]);
const settingsFile = z.looseObject({
  permissions: z
    .looseObject({ allow: ruleList, ask: ruleList, deny: ruleList })
    .default({ allow: [], ask: [], deny: [] }),
});

/**
 * The permission rules of the project and the person, all lists joined. A file that cannot be read may have held what
 * forbids, so that until it is repaired no `allow` rule counts, of whichever file.
 */
export async function readPermissionSettings({ cwd, home }: PermissionPlaces): Promise<PermissionSettings> {
  const names = new Set([
    join(cwd, '.claude', 'settings.json'),
    join(cwd, '.claude', 'settings.local.json'),
    join(home, '.claude', 'settings.json'),
  ]);
  const files = await Promise.all([...names].map(readSettings));
  const usable = files.filter((file) => file.kind === 'read');
  const problems = files.filter((file) => file.kind === 'problem').map((file) => file.message);
  const allow = usable.flatMap((file) => file.rules.allow).filter((rule) => ruleProblem(rule) === null);
  const rules: PermissionRules = {
    deny: usable.flatMap((file) => file.rules.deny).map((rule) => homeNamed(rule, home)),
    ask: usable.flatMap((file) => file.rules.ask).map((rule) => homeNamed(rule, home)),
    allow: problems.length > 0 ? [] : allow.map((rule) => homeNamed(rule, home)),
  };
  return { rules, warnings: [...problems, ...usable.flatMap((file) => wrongRules(file.path, file.rules))] };
}

type SettingsRead =
  | { readonly kind: 'read'; readonly path: string; readonly rules: PermissionRules }
  | { readonly kind: 'absent' }
  | { readonly kind: 'problem'; readonly message: string };

async function readSettings(path: string): Promise<SettingsRead> {
  const problem = (what: string): SettingsRead => ({
    kind: 'problem',
    message: `${path} ${what}: its permission rules are not used, and no allow rule counts until it is repaired`,
  });
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return isMissing(error) ? { kind: 'absent' } : problem(`cannot be read (${errnoOf(error) ?? 'unknown error'})`);
  }
  const parsed = parseJson(text);
  if (!parsed.ok) return problem(`is not valid JSON (${parsed.problem})`);
  const settings = settingsFile.safeParse(parsed.value);
  if (settings.success) return { kind: 'read', path, rules: settings.data.permissions };
  const issue = settings.error.issues[0];
  return problem(
    `is wrong at ${issue?.path.map(String).join('.') || 'its root'} (${issue?.message ?? 'unknown error'})`,
  );
}

type Parsed = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: string };

function parseJson(text: string): Parsed {
  try {
    return { ok: true, value: JSON.parse(text.replace(/^\uFEFF/, '')) };
  } catch (error) {
    return { ok: false, problem: clip(error instanceof Error ? error.message : String(error), 120) };
  }
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
