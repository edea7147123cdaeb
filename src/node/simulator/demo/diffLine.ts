/** Where an added line that contains `text` stands in the file after the change (from 1); undefined: nowhere. */
export function modifiedLineOf(diff: string, path: string, text: string): number | undefined {
  let inFile = false;
  let line = 0;
  for (const row of diff.split('\n')) {
    const hunk = /^@@ -\d+(?:,\d+)? \+(\d+)/.exec(row);
    if (hunk) line = Number(hunk[1]);
    else if (row.startsWith('+++ ')) inFile = row.trim() === `+++ b/${path}`;
    else if (inFile && row.startsWith('+') && row.includes(text)) return line;
    else if (row.startsWith('+') || row.startsWith(' ')) line += 1;
  }
  return undefined;
}
