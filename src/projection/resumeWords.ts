import { count } from '../base/text.ts';

/** `halfway`: it was interrupted, and would go on from what it saw. */
interface StaleFigure {
  readonly agentId: string;
  readonly label: string;
  readonly halfway?: true;
}

/** What a person reads before a resume; a runtime's preview is one. */
export interface ResumeFigures {
  readonly finishedCalls: number;
  readonly knownCalls: number;
  readonly staleCalls: readonly StaleFigure[];
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

/** What rests on files that have changed since (W42), answers and beginnings, a line each; empty where nothing does. */
export function staleWords({ staleCalls }: ResumeFigures): readonly string[] {
  const answers = staleCalls.filter(({ halfway }) => halfway !== true);
  const halfway = staleCalls.filter((call) => call.halfway === true);
  const whose = answers.length === 1 ? 'its agent' : 'their agents';
  return [
    ...named(
      answers,
      `${count(answers.length, 'answer')} may be stale: ${whose} looked at files here that have changed since.`,
    ),
    ...named(
      halfway,
      `${count(halfway.length, 'half-finished agent')} would go on from files here that have changed since; asked again, ${halfway.length === 1 ? 'it begins' : 'they begin'} anew.`,
    ),
  ];
}

function named(calls: readonly StaleFigure[], said: string): readonly string[] {
  if (calls.length === 0) return [];
  const lines = calls.slice(0, NAMED).map(({ agentId, label }) => `  ${agentId}  ${label.replaceAll(/\s+/g, ' ')}`);
  const more = calls.length - lines.length;
  return [said, ...lines, ...(more > 0 ? [`  and ${more} more`] : [])];
}
