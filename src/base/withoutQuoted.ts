/** Nothing that an order could be read from, and no end of a sentence either. */
const HIDDEN = '\uFFFC';

/** The text with all that is not the person's own words hidden, character by character, so that places hold. */
export function withoutQuoted(prompt: string): string {
  let visible = prompt;
  for (const quoted of QUOTED) visible = visible.replace(quoted, (text) => text.replace(/[^\n]/g, HIDDEN));
  return withoutElements(visible);
}

const QUOTED = [
  // Fenced code; a fence that nobody closes goes to the end.
  /^[ \t]*(`{3,}|~{3,})[^\n]*(?:\n(?![ \t]*\1)[^\n]*)*(?:\n[ \t]*\1[^\n]*)?/gm,
  /(?<!`)(`+)(?!`)[^`]*(?<!`)\1(?!`)/g,
  // A block quote.
  /^[ \t]{0,3}>[^\n]*/gm,
  /"[^"\n]*"/g,
  /“[^”]*”/g,
  /«[^»]*»/g,
  // Not the apostrophe of don't.
  /(?<![\p{L}\p{N}])['‘][^'’\n]*['’](?![\p{L}\p{N}])/gu,
  // A file that is mentioned.
  /(?<![\p{L}\p{N}])@\S+/gu,
];

/** `<file path="…">…</file>`: what a person has pasted. */
function withoutElements(text: string): string {
  const unclosed = new Set<string>();
  let out = '';
  let from = 0;
  for (const open of text.matchAll(/<([a-z][\w-]*)(?:\s[^<>]*)?>/gi)) {
    const close = `</${open[1] ?? ''}>`;
    if (open.index < from || unclosed.has(close)) continue;
    const at = text.indexOf(close, open.index);
    if (at < 0) {
      unclosed.add(close);
      continue;
    }
    out += text.slice(from, open.index) + text.slice(open.index, at + close.length).replace(/[^\n]/g, HIDDEN);
    from = at + close.length;
  }
  return out + text.slice(from);
}
