import { withoutQuoted } from './withoutQuoted.ts';

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
