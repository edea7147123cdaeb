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
