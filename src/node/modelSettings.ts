import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { isMissing } from './errno.ts';

/** What a person may say of any model of a provider. */
const common = { tools: z.boolean().exactOptional(), contextWindow: z.int().min(1_000).exactOptional() };
const address = z.url({ protocol: /^https?$/, error: 'must be an address such as http://localhost:11434' });
const text = z.string().trim().min(1);

const provider = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('messages'),
    baseURL: address,
    /** Name of the environment variable that holds its key; a key itself never stands in a setting. */
    keyVariable: z
      .string()
      .regex(/^[A-Za-z_]\w*$/, 'must be the name of an environment variable')
      .exactOptional(),
    ...common,
  }),
  z.strictObject({
    kind: z.literal('bedrock'),
    region: text.exactOptional(),
    baseURL: address.exactOptional(),
    ...common,
  }),
  z.strictObject({
    kind: z.literal('vertex'),
    project: text.exactOptional(),
    region: text.exactOptional(),
    baseURL: address.exactOptional(),
    ...common,
  }),
]);

const RESERVED: ReadonlySet<string> = new Set(['anthropic', 'vscode']);
const name = z
  .string()
  .regex(/^[\w.-]+$/, 'a name is of letters, digits, dots and dashes')
  .refine((given) => !RESERVED.has(given), 'this name is taken');

const settings = z.strictObject({
  providers: z.record(name, provider).default({}),
  modelMap: z.record(z.string(), text).default({}),
});

export type ProviderSettings = z.infer<typeof provider>;

/** Providers of the person's own by name, and what model names stand for. */
export interface ModelSettings {
  readonly providers: Readonly<Record<string, ProviderSettings>>;
  readonly modelMap: Readonly<Record<string, string>>;
}

export const NO_MODEL_SETTINGS: ModelSettings = { providers: {}, modelMap: {} };

export type ParsedModelSettings =
  | { readonly ok: true; readonly settings: ModelSettings }
  /** One line a mistake: `providers.ollama.baseURL: must be …`. */
  | { readonly ok: false; readonly problems: readonly string[] };

export function parseModelSettings(value: unknown): ParsedModelSettings {
  const parsed = settings.safeParse(value);
  if (parsed.success) return { ok: true, settings: parsed.data };
  return { ok: false, problems: parsed.error.issues.map(problemOf) };
}

function problemOf(issue: z.core.$ZodIssue): string {
  const place = issue.path.map(String).join('.') || 'the settings';
  const [inner] = issue.code === 'invalid_key' ? issue.issues : [];
  return `${place}: ${inner?.message ?? issue.message}`;
}

/** Of the command line, which has no settings of an editor: `models.json` in the person's own folder of this program. */
export async function readModelSettings(home: string): Promise<ParsedModelSettings> {
  const path = join(home, 'models.json');
  try {
    return parseModelSettings(JSON.parse(await readFile(path, 'utf8')) as unknown);
  } catch (error) {
    if (isMissing(error)) return { ok: true, settings: NO_MODEL_SETTINGS };
    return { ok: false, problems: [`${path} ${error instanceof SyntaxError ? 'is no JSON' : 'cannot be read'}`] };
  }
}
