import { cells } from '../view/cells.ts';

/** The text in lines of at most `width` columns, at spaces where there are some; line ends of its own stay. */
export function wrapCells(text: string, width: number): readonly string[] {
  return text.split('\n').flatMap((line) => wrapLine(line, Math.max(1, width)));
}

function wrapLine(line: string, width: number): readonly string[] {
  const lines: string[] = [];
  let [rest, used, space] = ['', 0, 0];
  for (const sign of line) {
    const wide = cells(sign);
    if (used + wide > width && rest !== '') {
      const cut = space > 0 ? space : rest.length;
      lines.push(rest.slice(0, cut));
      rest = rest.slice(cut).replace(/^ /, '');
      [used, space] = [cells(rest), 0];
    }
    if (sign === ' ') space = rest.length;
    rest += sign;
    used += wide;
  }
  return [...lines, rest];
}
