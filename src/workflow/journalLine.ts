import type { JournalEntry } from './journal.ts';

/** A line of a run's journal: an answer, or that the answers to this call above it do not count any more. */
export type JournalLine = JournalEntry | { readonly key: string; readonly dropped: true };

/** The answers that count, in the order in which they came: the newest of those with one key, none that was dropped. */
export function answersOf(lines: readonly JournalLine[]): readonly JournalEntry[] {
  const answers = new Map<string, JournalEntry>();
  for (const line of lines) {
    answers.delete(line.key);
    if (!('dropped' in line)) answers.set(line.key, line);
  }
  return [...answers.values()];
}
