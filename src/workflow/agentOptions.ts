import * as z from 'zod';
import type { Json } from '../protocol/json.ts';
import { isJsonObject } from '../protocol/json.ts';
import { repositoryPath } from '../base/repositoryPath.ts';
import { clip } from '../base/text.ts';
import { scopeProblem } from '../engine/pathScope.ts';
import type { JsonSchema } from '../protocol/conversation.ts';
import { optionsOf } from './script/api.ts';
import { wordsFor } from './script/api/description.ts';
import { valueWords } from './valueWords.ts';

/** A mistake of the script: its promise rejects with this (W23). */
export class ScriptError extends Error {
  override readonly name: string;
  constructor(message: string, name: 'TypeError' | 'Error' | 'RangeError' = 'TypeError') {
    super(message);
    this.name = name;
  }
}

const schema = z.custom<JsonSchema>((value) => typeof value === 'object' && value !== null && !Array.isArray(value), {
  error: 'must be a JSON Schema object',
});
/** For the eyes: of more, the head says as much. */
const title = z.string().transform((text) => clip(text, 300));
const names = z.array(z.string());
const positive = z.number().int().positive();
/** Timers know no more. */
const milliseconds = positive.max(2_147_483_647);

const shared = {
  label: title.optional(),
  phase: title.optional(),
  model: z.string().min(1).optional(),
  effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).optional(),
  agentType: z.string().optional(),
  tools: names.optional(),
  disallowedTools: names.optional(),
  maxTurns: positive.optional(),
  maxTokens: positive.optional(),
  caps: z
    .strictObject(
      { outputTokens: positive.exactOptional(), usd: z.number().positive().exactOptional() },
      {
        error: ({ code }) => (code === 'unrecognized_keys' ? 'may have outputTokens and usd, nothing else' : undefined),
      },
    )
    .optional(),
  from: z.json().optional(),
  timeoutMs: milliseconds.optional(),
  stallMs: milliseconds.optional(),
};

const changeReference = z.union([z.string().min(1), z.object({ commit: z.string().min(1) })], {
  error: 'must be a commit, a branch, or an earlier change',
});

/** More, nobody reads before allowing them; each is tried on each file that changed. */
const MAX_PATHS = 100;

const scope = z.string().superRefine((glob, context) => {
  const problem = scopeProblem(glob);
  if (problem !== null) context.addIssue({ code: 'custom', message: problem });
});

const agentOptions = z.object({
  ...shared,
  schema: schema.optional(),
  isolation: z.enum(['worktree']).optional(),
  base: changeReference.optional(),
});

/** More than a review finds; each is told to the author by its name. */
const MAX_TESTS = 100;
/** As much as a review keeps of one. */
const MAX_TEST_CHARS = 32 * 1024;

const testPath = z.string().transform((text, context) => {
  const path = repositoryPath(text);
  if (path === null) context.addIssue({ code: 'custom', message: 'must be a file, from the top of the repository' });
  return path ?? z.NEVER;
});

const givenTest = z.object({
  path: testPath,
  content: z.string().max(MAX_TEST_CHARS),
  command: z.string().min(1),
});

const changeOptions = z.object({
  ...shared,
  paths: z.array(scope).min(1).max(MAX_PATHS).optional(),
  tests: z.array(givenTest).max(MAX_TESTS).optional(),
  verify: z.string().min(1).optional(),
  attempts: positive.max(10).optional(),
  base: changeReference.optional(),
});

const reviewOptions = z.object({
  phase: title.optional(),
  label: title.optional(),
  model: z.string().min(1).optional(),
  models: z.array(z.string().min(1)).min(1).optional(),
  lenses: z.array(z.string().min(1)).min(1).optional(),
  votes: positive.max(15).optional(),
});

const landOptions = z.object({
  phase: title.optional(),
  label: title.optional(),
  verify: z.string().min(1).optional(),
  onConflict: z.enum(['agent', 'skip']).optional(),
});

const checkOptions = z.object({
  phase: title.optional(),
  label: title.optional(),
  on: z.json().optional(),
  timeoutMs: milliseconds.optional(),
});

const askOptions = z.object({
  phase: title.optional(),
  choices: z.array(z.string().min(1)).min(1).optional(),
  default: z.string().nullable().optional(),
  timeoutMs: milliseconds.optional(),
});

const workflowReference = z.union([z.string().min(1), z.object({ scriptPath: z.string().min(1) })]);

/** What each call's options may hold, by their names; the script API describes the same ones. */
export const OPTION_SHAPES = {
  agent: agentOptions.shape,
  change: changeOptions.shape,
  review: reviewOptions.shape,
  land: landOptions.shape,
  check: checkOptions.shape,
  ask: askOptions.shape,
} satisfies Readonly<Record<string, Readonly<Record<string, z.ZodType>>>>;

export type AgentOptions = z.infer<typeof agentOptions>;
export type ChangeOptions = z.infer<typeof changeOptions>;
export type ReviewOptions = z.infer<typeof reviewOptions>;
export type LandOptions = z.infer<typeof landOptions>;
export type AskOptions = z.infer<typeof askOptions>;
export type WorkflowReference = z.infer<typeof workflowReference>;

export interface Parsed<T> {
  readonly options: T;
  /** Keys that nobody knows: ignored with one warning a run (W28). */
  readonly unknownKeys: readonly string[];
}

export const parseAgentOptions = (value: Json | undefined) => parse('agent', agentOptions, value);
export const parseChangeOptions = (value: Json | undefined) => parse('change', changeOptions, value);
export const parseReviewOptions = (value: Json | undefined) => parse('review', reviewOptions, value);
export const parseLandOptions = (value: Json | undefined) => parse('land', landOptions, value);
export const parseCheckOptions = (value: Json | undefined) => parse('check', checkOptions, value);

export function parseAskOptions(value: Json | undefined): Parsed<AskOptions> {
  const parsed = parse('ask', askOptions, value);
  const { choices, default: otherwise } = parsed.options;
  if (choices === undefined || otherwise === undefined || otherwise === null || choices.includes(otherwise))
    return parsed;
  throw new ScriptError(`ask() options: default: must be one of the choices, or null`);
}

export function parseWorkflowReference(value: Json | undefined): WorkflowReference {
  const parsed = workflowReference.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ScriptError('workflow() takes a name or {scriptPath} first');
}

export function parsePrompt(call: string, value: Json | undefined, what = 'prompt'): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw new ScriptError(`${call}() takes a ${what} first: a string that is not empty`);
}

function parse<T>(call: string, options: z.ZodObject & z.ZodType<T>, value: Json | undefined): Parsed<T> {
  const given = value === null || value === undefined ? {} : value;
  if (!isJsonObject(given)) throw new ScriptError(`${call}() takes an object of options second`);
  const parsed = options.safeParse(given, { error: valueWords });
  if (!parsed.success) {
    const problems = new Set(parsed.error.issues.map((issue) => problem(call, issue)));
    throw new ScriptError(`${call}() options: ${[...problems].join('; ')}`);
  }
  const known = new Set(Object.keys(options.shape));
  return { options: parsed.data, unknownKeys: Object.keys(given).filter((key) => !known.has(key)) };
}

/** In the words of the script API, where it has plain ones for what the option holds, and those say what is wrong. */
function problem(call: string, { code, path, message }: z.core.$ZodIssue): string {
  const option = optionsOf(call)?.list.find(({ name }) => name === path[0]);
  const isOfAnItem = code === 'custom' && path.length > 1;
  const isTooLong = code === 'too_big' && option?.holds.kind === 'texts';
  if (option && option.holds.kind !== 'typed' && !isOfAnItem && !isTooLong)
    return `${option.name}: must be ${wordsFor(option.holds)}`;
  return `${path.join('.') || 'options'}: ${message}`;
}
