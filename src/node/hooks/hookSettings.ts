import { join } from 'node:path';
import * as z from 'zod';
import { HOOK_EVENTS, hookMatches, type HookEvent, type HookRule } from '../../engine/hooks/hookRule.ts';
import { readSmallFile } from '../smallFile.ts';

export interface HookSettings {
  readonly rules: readonly HookRule[];
  /** For a person: a file or a hook that is not used, and why. */
  readonly warnings: readonly string[];
}

export interface HookPlaces {
  /** The project: `.claude/settings.json` and `.claude/settings.local.json` of it are read. */
  readonly cwd: string;
  /** The person's own folder: `.claude/settings.json` of it is read. */
  readonly home: string;
}

const DEFAULT_TIMEOUT_S = 60;
const MAX_TIMEOUT_S = 600;
const MAX_FILE_BYTES = 1024 * 1024;
const MAX_HOOKS = 100;

const groupSchema = z.looseObject({ matcher: z.string().max(200).default(''), hooks: z.array(z.unknown()) });
const hookSchema = z.looseObject({
  type: z.literal('command'),
  command: z.string().trim().min(1).max(10_000),
  timeout: z.number().positive().optional(),
});
const settingsSchema = z.looseObject({
  disableAllHooks: z.boolean().default(false),
  hooks: z.record(z.string(), z.unknown()).default({}),
});

/**
 * The hooks of the project and the person, in the order person, project, local. What is wrong is left out and said;
 * events that are not ours to call are passed over in silence, as other programs read the same files.
 */
export async function readHookSettings({ cwd, home }: HookPlaces): Promise<HookSettings> {
  const files = new Map([
    [join(home, '.claude', 'settings.json'), '~/.claude/settings.json'],
    [join(cwd, '.claude', 'settings.json'), '.claude/settings.json'],
    [join(cwd, '.claude', 'settings.local.json'), '.claude/settings.local.json'],
  ]);
  const read = await Promise.all([...files].map(([path, name]) => readFileHooks(path, name)));
  if (read.some(({ off }) => off)) return { rules: [], warnings: [] };
  const rules = read.flatMap((file) => file.rules);
  const warnings = read.flatMap((file) => file.warnings);
  if (rules.length <= MAX_HOOKS) return { rules, warnings };
  return {
    rules: rules.slice(0, MAX_HOOKS),
    warnings: [...warnings, `Of ${rules.length} hooks the first ${MAX_HOOKS} are called.`],
  };
}

interface FileHooks extends HookSettings {
  /** One file is enough to turn off all hooks. */
  readonly off: boolean;
}

const NONE: FileHooks = { rules: [], warnings: [], off: false };

async function readFileHooks(path: string, name: string): Promise<FileHooks> {
  const problem = (what: string): FileHooks => ({ ...NONE, warnings: [`${path} ${what}: its hooks are not called`] });
  const file = await readSmallFile(path, MAX_FILE_BYTES, null);
  if (file.kind === 'absent') return NONE;
  if (file.kind === 'problem') return problem(file.what);
  const parsed = settingsSchema.safeParse(parseJson(file.text));
  if (!parsed.success) return problem('is not JSON of the known form');
  const { hooks, disableAllHooks: off } = parsed.data;
  const events = HOOK_EVENTS.filter((event) => Object.hasOwn(hooks, event));
  const found = events.map((event) => eventHooks(event, hooks[event], name));
  return { rules: found.flatMap(({ rules }) => rules), warnings: found.flatMap(({ warnings }) => warnings), off };
}

function eventHooks(event: HookEvent, written: unknown, file: string): HookSettings {
  const groups = z.array(z.unknown()).safeParse(written);
  if (!groups.success) return { rules: [], warnings: [`${file}: hooks.${event} is no list; it is not used`] };
  const rules: HookRule[] = [];
  const warnings: string[] = [];
  let number = 0;
  for (const one of groups.data) {
    const group = groupSchema.safeParse(one);
    const matcher = group.success ? group.data.matcher : null;
    if (!group.success || matcher === null || hookMatches(matcher, '') === null) {
      warnings.push(`${file}: a group of hooks.${event} is not {matcher, hooks: […]}; it is not used`);
      continue;
    }
    for (const hook of group.data.hooks) {
      number += 1;
      const name = `${event} ${number} of ${file}`;
      const parsed = hookSchema.safeParse(hook);
      if (parsed.success)
        rules.push({ event, matcher, command: parsed.data.command, timeoutMs: timeoutOf(parsed.data), name });
      else warnings.push(`The hook ${name} is not {type: "command", command, timeout?}; it is not called`);
    }
  }
  return { rules, warnings };
}

function timeoutOf({ timeout = DEFAULT_TIMEOUT_S }: z.infer<typeof hookSchema>): number {
  return Math.min(timeout, MAX_TIMEOUT_S) * 1_000;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return null;
  }
}
