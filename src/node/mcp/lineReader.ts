const NEWLINE = 0x0a;

/**
 * Gives `onLine` each whole line of what is fed to it, without its end and without empty ones. A line of more than
 * `maxBytes` gives null, once; nothing is given after.
 */
export function createLineReader(maxBytes: number, onLine: (line: string | null) => void): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  let bytes = 0;
  let over = false;

  /** False when the line has become too long. */
  const take = (part: Buffer): boolean => {
    bytes += part.length;
    over = bytes > maxBytes;
    if (over) parts = [];
    else parts.push(part);
    if (over) onLine(null);
    return !over;
  };

  return (chunk) => {
    let from = 0;
    while (!over) {
      const at = chunk.indexOf(NEWLINE, from);
      if (!take(chunk.subarray(from, at === -1 ? undefined : at)) || at === -1) return;
      const line = Buffer.concat(parts).toString('utf8').trim();
      parts = [];
      bytes = 0;
      from = at + 1;
      if (line !== '') onLine(line);
    }
  };
}
