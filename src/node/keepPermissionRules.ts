import { lstat, mkdir, open } from 'node:fs/promises';
import { constants } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { RuleText } from '../engine/permission.ts';
import { ruleProblem } from '../engine/permissionRules.ts';
import { errnoOf, isMissing } from './errno.ts';
import { createFileLocks } from './fileLock.ts';
import { replaceFile, versionOf, type FileVersion } from './files.ts';
import { parseJson } from './jsonText.ts';

const MAX_BYTES = 1_000_000;

const locks = createFileLocks();

/** Records keep the order of what is in them; a list of rules must be one before another is added. */
const record = z.record(z.string(), z.unknown());
const settingsFile = record.refine(({ permissions = {} }) => {
  const inner = record.safeParse(permissions);
  return inner.success && (inner.data['allow'] === undefined || Array.isArray(inner.data['allow']));
});

/**
 * Adds rules to `permissions.allow` of the project's `.claude/settings.local.json`, and keeps all else that is in there;
 * null when it has, else why not. A link is never followed: it could lead the rules into another project.
 */
export async function keepPermissionRules(cwd: string, rules: readonly RuleText[]): Promise<string | null> {
  const folder = join(cwd, '.claude');
  const path = join(folder, 'settings.local.json');
  const refused = (why: string): string => `${path} was not changed: ${why}.`;
  if (rules.some((rule) => ruleProblem(rule) !== null)) return refused('that is no rule');
  try {
    await mkdir(folder, { recursive: true });
    if (!(await lstat(folder)).isDirectory()) return refused(`${folder} is no folder, or a link`);
    return await locks.within(join(folder, '.settings.local.json.lock'), undefined, async () => {
      const before = await read(path);
      if (before.kind === 'problem') return refused(before.message);
      const after = added(before.text, rules);
      if (after === null) return refused('it is not valid JSON, or its permissions are no object with lists of rules');
      if (after === before.text) return null;
      const written = await replaceFile(path, after, { mode: before.mode, before: before.version });
      return written === null ? refused('something else has just changed it; try again') : null;
    });
  } catch (error) {
    return refused(errnoOf(error) ?? 'it cannot be written');
  }
}

type Before =
  | {
      readonly kind: 'read';
      readonly text: string;
      readonly mode: number | null;
      /** Null: there is no such file yet. */
      readonly version: FileVersion | null;
    }
  | { readonly kind: 'problem'; readonly message: string };

async function read(path: string): Promise<Before> {
  let handle;
  try {
    // Without these a link would be followed, or a pipe waited for. Where a system has none of them they count nothing.
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isMissing(error)) return { kind: 'read', text: '', mode: null, version: null };
    return { kind: 'problem', message: errnoOf(error) === 'ELOOP' ? 'it is a link' : 'it cannot be read' };
  }
  try {
    const stat = await handle.stat({ bigint: true });
    if (!stat.isFile() || (await lstat(path)).isSymbolicLink()) return { kind: 'problem', message: 'it is no file' };
    if (stat.size > MAX_BYTES) return { kind: 'problem', message: 'it is too long' };
    const text = await handle.readFile('utf8');
    return { kind: 'read', text, mode: Number(stat.mode & 0o777n), version: versionOf(stat) };
  } finally {
    await handle.close();
  }
}

/** The file's text with the rules in it, indented as it was; null when it is not what a settings file is. */
function added(text: string, rules: readonly RuleText[]): string | null {
  const parsed = text.trim() === '' ? { ok: true as const, value: {} } : parseJson(text);
  if (!parsed.ok) return null;
  const settings = settingsFile.safeParse(parsed.value);
  if (!settings.success) return null;
  const permissions = record.parse(settings.data['permissions'] ?? {});
  const allow = z.array(z.unknown()).parse(permissions['allow'] ?? []);
  const fresh = rules.filter((rule) => !allow.includes(rule));
  if (fresh.length === 0) return text;
  const whole = { ...settings.data, permissions: { ...permissions, allow: [...allow, ...fresh] } };
  const indent = /^[ \t]+(?=")/m.exec(text)?.[0] ?? 2;
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  const written = `${mark}${JSON.stringify(whole, null, indent)}\n`;
  return text.includes('\r\n') ? written.replaceAll('\n', '\r\n') : written;
}
