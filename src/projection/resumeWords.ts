import { count } from '../base/text.ts';

/** What a person reads before a resume; a runtime's preview is one. */
export interface ResumeFigures {
  readonly finishedCalls: number;
  readonly knownCalls: number;
  readonly staleCalls: readonly { readonly agentId: string; readonly label: string }[];
}

/** `17 of 31 calls come from the journal …` What the script asks for after those, nobody knows yet (W43). */
export function journalWords({ finishedCalls, knownCalls }: ResumeFigures, edited = false): string {
  const open = knownCalls - finishedCalls;
  const rest =
    open === 0
      ? 'whatever else the script asks for will run'
      : open === 1
        ? 'the other one, and what follows from it, will run'
        : `the other ${open}, and what follows from them, will run`;
  const upTo = edited ? 'Up to ' : '';
  const come =
    finishedCalls === 1 ? 'comes from the journal and costs nothing' : 'come from the journal and cost nothing';
  return `${upTo}${finishedCalls} of ${count(knownCalls, 'call')} ${come}; ${rest}.`;
}

const NAMED = 20;

/** Which answers rest on files that have changed since (W42), a line each; empty where none does. */
export function staleWords({ staleCalls }: ResumeFigures): readonly string[] {
  const [first] = staleCalls;
  if (!first) return [];
  const whose = staleCalls.length === 1 ? 'its agent' : 'their agents';
  const named = staleCalls
    .slice(0, NAMED)
    .map(({ agentId, label }) => `  ${agentId}  ${label.replaceAll(/\s+/g, ' ')}`);
  const more = staleCalls.length - named.length;
  return [
    `${count(staleCalls.length, 'answer')} may be stale: ${whose} looked at files here that have changed since.`,
    ...named,
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}
