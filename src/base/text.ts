/** The first line of a text, trimmed, at most `max` characters (an ellipsis counts as one). */
export function headline(text: string, max: number): string {
  const line = text.trim().split(/\r?\n/, 1)[0] ?? '';
  return clip(line.trim(), max);
}

/** At most `max` characters; what was cut shows as an ellipsis. */
export function clip(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, Math.max(0, max - 1))}…`;
}

/** `1 agent`, `2 agents`. */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : plural}`;
}
