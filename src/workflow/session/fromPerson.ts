import type { TurnSource } from '../../protocol/session.ts';
import { workflowNote, workflowWords } from './workflowWords.ts';

/** What a person typed, with what the agent has to know of its words. */
export function fromPerson(text: string): { readonly by: TurnSource; readonly text: string; readonly prompt: string } {
  const note = workflowNote(workflowWords(text));
  return { by: 'person', text, prompt: note === null ? text : `${text}\n\n${note}` };
}
