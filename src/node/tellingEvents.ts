import * as z from 'zod';
import { MAX_CONCURRENCY } from '../protocol/run.ts';
import type { TellingEvent } from '../workflow/runPast.ts';
import { capsSchema, concurrencySchema, runCapsSchema } from './capsSchema.ts';
import { parseJson } from './ndjson.ts';

const at = z.number();
const tokens = z.number().nonnegative();
const usage = z.object({
  ...{ inputTokens: tokens, outputTokens: tokens },
  ...{ cacheReadTokens: tokens.default(0), cacheWriteTokens: tokens.default(0) },
  webSearches: tokens.exactOptional(),
});

/** Of a log that somebody else has written, maybe: what no person could have set was not set. */
const asked = concurrencySchema
  .refine((agents) => agents === 'elastic' || agents <= MAX_CONCURRENCY)
  .optional()
  .catch(undefined);

const telling = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('run.started'),
    at,
    caps: runCapsSchema.optional(),
    budget: z.number().nullable().optional(),
    scriptHash: z.string().optional(),
    folder: z.string().nullable().optional(),
  }),
  z.object({ type: z.literal('run.ended'), at, folder: z.string().nullable().optional() }),
  z.object({ type: z.literal('run.changed'), at, caps: capsSchema, asked }),
  z.object({ type: z.literal('run.paused'), at }),
  z.object({ type: z.literal('run.continued'), at }),
  z.object({
    type: z.literal('agent.queued'),
    at,
    agentId: z.string(),
    phase: z.string().nullable(),
    model: z.string(),
    label: z.string(),
    key: z.string().optional(),
    inFolder: z.literal(true).optional(),
    parent: z.string().optional(),
  }),
  z.object({ type: z.literal('agent.started'), at, agentId: z.string() }),
  z.object({ type: z.literal('agent.steered'), at, agentId: z.string(), message: z.string() }),
  z.object({
    type: z.literal('agent.ended'),
    at,
    agentId: z.string(),
    end: z.object({ kind: z.string(), cause: z.string().optional() }).optional(),
  }),
  z.object({ type: z.literal('agent.replied'), at, agentId: z.string(), model: z.string(), usage }),
  z.object({ type: z.literal('agent.charged'), at, agentId: z.string(), model: z.string(), usage }),
]);

const MARKS = telling.options.map(({ shape }) => `"type":"${shape.type.value}"`);

/** Those lines of a run's log that a resume has to know; of a log of some megabytes only they are parsed. */
export function* tellingEvents(lines: readonly string[]): Generator<TellingEvent> {
  for (const line of lines) {
    if (!MARKS.some((mark) => line.includes(mark))) continue;
    const event = telling.safeParse(parseJson(line));
    if (event.success) yield event.data;
  }
}
