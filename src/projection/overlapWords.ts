import type { Event } from '../protocol/messages.ts';

/** Files that are named; of more only their number is told. */
const NAMED = 3;

/** Whose changes will meet, and where, in one line for a person. */
export function overlapWords(
  { agents: [one, other], paths }: Extract<Event, { readonly type: 'paths.overlapped' }>,
  labelOf: (agentId: string) => string,
): string {
  const more = paths.length > NAMED ? ` and ${paths.length - NAMED} more` : '';
  return `${labelOf(one)} and ${labelOf(other)} change the same: ${paths.slice(0, NAMED).join(', ')}${more}. The merge queue brings them together.`;
}
