import { PLAIN_PROMPTS } from '../engine/prompts.ts';
import type { ReadBriefing } from './briefing.ts';

/** Tells all runs the same, and nothing of any project unless `shared` does. */
export function fakeBriefing(shared = ''): ReadBriefing {
  return async () => ({ prompts: PLAIN_PROMPTS, shared, warnings: [] });
}
