/** One word of a simple command. */
export interface ShellWord {
  /** Without quotes and backslashes. */
  readonly text: string;
  /** Holds a variable: what it becomes is not known. */
  readonly variable: boolean;
  /** Where the first sign stands that makes other words of it (`*`, `?`, `[`, `{`), else -1. */
  readonly globAt: number;
}

/** The words of one of `simpleParts`, whose quotes are known to be closed. */
export function shellWords(part: string): readonly ShellWord[] {
  return [...part.matchAll(/(?:'[^']*'|"(?:[^"\\]|\\[\s\S])*"|\\[\s\S]|[^\s'"\\])+/g)].map(([word]) => wordOf(word));
}

function wordOf(written: string): ShellWord {
  let text = '';
  let variable = false;
  let globAt = -1;
  for (const [piece] of written.matchAll(
    /'[^']*'|"(?:[^"\\]|\\[\s\S])*"|\\[\s\S]|\$(?:\{[^}]*\}|[\w@*#?!$-])|\{\}|[^'"\\]/g,
  )) {
    if (piece.startsWith("'")) {
      text += piece.slice(1, -1);
    } else if (piece.startsWith('"')) {
      variable ||= /(?<!\\)\$/.test(piece);
      text += piece.slice(1, -1).replace(/\\([$`"\\])/g, '$1');
    } else if (piece.startsWith('\\')) {
      text += piece.slice(1);
    } else {
      variable ||= piece.startsWith('$');
      if (globAt === -1 && /^[*?[{]$/.test(piece) && (piece !== '[' || written.includes(']'))) globAt = text.length;
      text += piece;
    }
  }
  return { text, variable, globAt };
}
