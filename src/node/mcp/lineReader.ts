const NEWLINE = 0x0a;

/**
 * Gives `onLine` each whole line of what is fed to it, without its end and without empty ones. A line of more than
 * `maxBytes` gives null, once; nothing is given after.
 */
export function createLineReader(maxBytes: number, onLine: (line: string | null) => void): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  let bytes = 0;
  let over = false;

  const take = (part: Buffer): void => {
    bytes += part.length;
    if (bytes > maxBytes) {
      over = true;
      parts = [];
      onLine(null);
    } else parts.push(part);
  };

  return (chunk) => {
    for (let from = 0; !over;) {
      const at = chunk.indexOf(NEWLINE, from);
      take(chunk.subarray(from, at === -1 ? undefined : at));
      if (at === -1 || over) return;
      const line = Buffer.concat(parts).toString('utf8').trim();
      parts = [];
      bytes = 0;
      from = at + 1;
      if (line !== '') onLine(line);
    }
  };
}
