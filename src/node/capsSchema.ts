import * as z from 'zod';
import type { Caps, RunCaps } from '../protocol/run.ts';

const cap = z.number().positive().exactOptional();

/** Caps as they are stored. What is not named is not there. */
export const capsSchema = z.object({
  outputTokens: cap,
  usd: cap,
  agents: cap,
  minutes: cap,
}) satisfies z.ZodType<Caps>;

export const runCapsSchema = capsSchema.extend({
  perAgent: capsSchema.omit({ agents: true }).exactOptional(),
}) satisfies z.ZodType<RunCaps>;
