import type { WorkflowWord } from '../../src/base/workflowWords.ts';
import type { SlashEntry } from '../../src/protocol/sessionWire.ts';

// What follows from what is being typed. Pure.

/** More would make a list that nobody reads. */
const MOST = 50;

/** Commands that begin like what was typed, while it is a slash and the beginning of a name and nothing else. */
export function suggested(text: string, commands: readonly SlashEntry[]): readonly SlashEntry[] {
  const typed = /^\/([\w:-]*)$/.exec(text)?.[1]?.toLowerCase();
  if (typed === undefined) return [];
  return commands.filter(({ name }) => name.toLowerCase().startsWith(typed)).slice(0, MOST);
}

/** With a place for what follows, where something does. */
export function completed({ name, usage }: SlashEntry): string {
  return usage === `/${name}` ? `/${name}` : `/${name} `;
}

/**
 * What the person has said before: above an empty box the last one, above a recalled one the one before it. Null where the
 * key moves the caret, since the text is new.
 */
export function recalled(prompts: readonly string[], text: string, key: 'ArrowUp' | 'ArrowDown'): string | null {
  if (text === '') return key === 'ArrowUp' ? (prompts.at(-1) ?? null) : null;
  const at = prompts.lastIndexOf(text);
  if (at < 0) return null;
  return key === 'ArrowUp' ? (prompts[at - 1] ?? text) : (prompts[at + 1] ?? '');
}

/** What stands in the box, and which pieces of it were pasted: from a place up to another, in characters. */
export interface Typed {
  readonly text: string;
  readonly pasted: readonly { readonly start: number; readonly end: number }[];
}

interface Edit {
  readonly text: string;
  /** Behind what was put in. */
  readonly caret: number;
  readonly isPaste: boolean;
}

/** After an edit: what is put into a piece that was pasted parts it. A single word that is pasted is as good as typed. */
export function edited(before: Typed, { text, caret, isPaste }: Edit): Typed {
  const shorter = Math.min(before.text.length, text.length);
  const behind = Math.min(shorter, text.length - caret);
  let tail = 0;
  while (tail < behind && before.text.at(-1 - tail) === text.at(-1 - tail)) tail += 1;
  let head = 0;
  while (head < shorter - tail && before.text[head] === text[head]) head += 1;
  const [oldEnd, newEnd] = [before.text.length - tail, text.length - tail];
  const moved = newEnd - oldEnd;
  const kept = before.pasted.flatMap(({ start, end }) => [
    { start, end: Math.min(end, head) },
    { start: Math.max(start, oldEnd) + moved, end: end + moved },
  ]);
  const put = isPaste && /\S\s+\S|\n/.test(text.slice(head, newEnd)) ? [{ start: head, end: newEnd }] : [];
  return { text, pasted: [...kept.filter(({ start, end }) => start < end), ...put] };
}

/** Those of the words that the person has typed. */
export function ownWords(words: readonly WorkflowWord[], pasted: Typed['pasted']): readonly WorkflowWord[] {
  return words.filter((word) => !pasted.some(({ start, end }) => start <= word.start && word.end <= end));
}
