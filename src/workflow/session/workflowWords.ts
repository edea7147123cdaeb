import { withoutQuoted } from '../budgetWords.ts';

/** A word by which a person asks for a workflow, and where it stands in what was typed. */
export interface WorkflowWord {
  readonly word: 'workflow' | 'ultracode';
  readonly start: number;
  readonly end: number;
}

const WORDS = /(?<![\p{L}\p{N}_/.-])(workflows?|ultracode)(?![\p{L}\p{N}_/-]|\.\p{L})/giu;

/**
 * The keywords in what a person typed. Only the person's own words count: not those in code, in quotes, in a mentioned or
 * pasted file, nor a part of a name or a path.
 */
export function workflowWords(typed: string): readonly WorkflowWord[] {
  return [...withoutQuoted(typed).matchAll(WORDS)].map((match) => ({
    word: /^u/i.test(match[0]) ? 'ultracode' : 'workflow',
    start: match.index,
    end: match.index + match[0].length,
  }));
}

/** What the agent is told beside words that ask for a workflow; null where none does. */
export function workflowNote(words: readonly WorkflowWord[]): string | null {
  if (words.length === 0) return null;
  const whole = words.some(({ word }) => word === 'ultracode')
    ? ' The person wants it done thoroughly: understand first, then change, then verify, each by a workflow of its own where that serves.'
    : '';
  return `(The person asks for a workflow. Load the skill workflow-authoring, then do this task by one with the Workflow tool, unless it plainly needs none: then say so in a sentence and do it yourself.${whole})`;
}
