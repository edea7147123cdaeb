import { workflowWords } from '../../base/workflowWords.ts';
import type { TurnSource } from '../../protocol/session.ts';
import { workflowNote } from './workflowNote.ts';

export interface FromPerson {
  readonly by: TurnSource;
  readonly text: string;
  readonly prompt: string;
}

/** What a person typed, with what the agent has to know of its words; `plain`: none of them asks for a workflow. */
export function fromPerson(text: string, plain = false): FromPerson {
  const note = plain ? null : workflowNote(workflowWords(text));
  return { by: 'person', text, prompt: note === null ? text : `${text}\n\n${note}` };
}
