import * as z from 'zod';
import type { JsonObject } from '../../protocol/json.ts';
import type { Reply, Span, StopReason } from './reply.ts';

/** All that is given must hold. Strings are regular expressions (no flags; `(?i:…)` and `(?s:…)` work inside). */
export interface Condition {
  readonly model?: string;
  readonly system?: string;
  /** Some offered tool's whole name. */
  readonly tool?: string;
  /** The first user message. */
  readonly prompt?: string;
  /** The last user message: tool results, then text. */
  readonly last?: string;
  /** Assistant turns so far. */
  readonly turn?: number;
  /** Whether a `StructuredOutput` tool is offered. */
  readonly schema?: boolean;
}

/**
 * One line of a simulated model's script. In the reply's strings `{{1}}`, `{{2}}`… and `{{name}}` are the groups of the
 * last regular expression that has any (in the order of `Condition`), `{{model}}` and `{{turn}}` the request's own;
 * an unknown name stays as it is written.
 */
export interface Rule {
  readonly when?: Condition;
  /** Matches at most so many requests; then the next rule is asked. */
  readonly times?: number;
  /** Of a list, the k-th match gives the k-th reply; the last one repeats. */
  readonly reply: Reply | readonly Reply[];
}

const regex = z.string().superRefine((source, context) => {
  try {
    new RegExp(source);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'not a regular expression' });
  }
});

const span: z.ZodType<Span> = z
  .union([z.number().min(0), z.tuple([z.number().min(0), z.number().min(0)])], 'must be milliseconds, or [min, max]')
  .refine((value) => typeof value === 'number' || value[0] <= value[1], 'min must not exceed max');

const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), z.json());
const stopReason = z.enum([
  'end_turn',
  'max_tokens',
  'stop_sequence',
  'tool_use',
  'pause_turn',
  'refusal',
  'model_context_window_exceeded',
] satisfies StopReason[]);
const tokens = z.int().min(0).exactOptional();

const replySchema = z.strictObject({
  text: z.string().exactOptional(),
  tools: z.array(z.strictObject({ name: z.string().min(1), input: jsonObject })).exactOptional(),
  structured: z.json().exactOptional(),
  usage: z
    .strictObject({
      ...{ inputTokens: tokens, outputTokens: tokens, cacheReadTokens: tokens, cacheWriteTokens: tokens },
      webSearches: tokens,
    })
    .exactOptional(),
  stopReason: stopReason.exactOptional(),
  latencyMs: span.exactOptional(),
  deltas: z.int().min(1).max(10_000).exactOptional(),
  deltaMs: z.number().min(0).exactOptional(),
  error: z
    .strictObject({
      status: z.int().min(400).max(599),
      type: z.string().exactOptional(),
      message: z.string().exactOptional(),
      retryAfter: z.number().min(0).exactOptional(),
      plan: z.literal(true).exactOptional(),
      inStream: z.boolean().exactOptional(),
    })
    .exactOptional(),
  stall: z.union([z.literal(true), z.number().min(0)], 'must be true or milliseconds').exactOptional(),
  cut: z.enum(['before-first-byte', 'mid-text', 'mid-tool']).exactOptional(),
}) satisfies z.ZodType<Reply>;

const ruleSchema = z.strictObject({
  when: z
    .strictObject({
      model: regex.exactOptional(),
      system: regex.exactOptional(),
      tool: regex.exactOptional(),
      prompt: regex.exactOptional(),
      last: regex.exactOptional(),
      turn: z.int().min(0).exactOptional(),
      schema: z.boolean().exactOptional(),
    })
    .exactOptional(),
  times: z.int().min(1).exactOptional(),
  reply: z.preprocess((value): unknown[] => (Array.isArray(value) ? value : [value]), z.array(replySchema).min(1)),
});

export type ParsedRules =
  { readonly ok: true; readonly rules: readonly Rule[] } | { readonly ok: false; readonly errors: readonly string[] };

/** The text of a RULES.json: a JSON array of rules. Errors name the rule (from 1) and the field: `rule 2: when.turn: …`. */
export function parseRules(text: string): ParsedRules {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { ok: false, errors: [`the rules are not JSON: ${error instanceof Error ? error.message : String(error)}`] };
  }
  if (!Array.isArray(value)) return { ok: false, errors: ['the rules must be a JSON array of {when?, times?, reply}'] };
  const parsed = z.array(ruleSchema).safeParse(value);
  if (parsed.success) return { ok: true, rules: parsed.data };
  return { ok: false, errors: parsed.error.issues.map((issue) => describe(issue, value)) };
}

function describe(issue: z.core.$ZodIssue, rules: readonly unknown[]): string {
  const [index, ...path] = issue.path;
  const rule: unknown = typeof index === 'number' ? rules[index] : undefined;
  // A single reply was read as a list of one: its place is `reply.text`, not `reply.0.text`.
  if (
    path[0] === 'reply' &&
    !(typeof rule === 'object' && rule !== null && 'reply' in rule && Array.isArray(rule.reply))
  )
    path.splice(1, 1);
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return [
    `rule ${typeof index === 'number' ? index + 1 : '?'}`,
    path.map(String).join('.'),
    missing ? 'is missing' : issue.message,
  ]
    .filter((part) => part !== '')
    .join(': ');
}
