import * as z from 'zod';
import type { Caps, Concurrency, RunCaps } from '../protocol/run.ts';

const cap = z.number().positive().exactOptional();

/** Caps as they are stored. What is not named is not there. */
export const capsSchema = z.object({
  outputTokens: cap,
  usd: cap,
  agents: cap,
  minutes: cap,
}) satisfies z.ZodType<Caps>;

export const concurrencySchema = z.union([z.int().min(1), z.literal('elastic')]) satisfies z.ZodType<Concurrency>;

export const runCapsSchema = capsSchema.extend({
  perAgent: capsSchema.omit({ agents: true }).exactOptional(),
}) satisfies z.ZodType<RunCaps>;
