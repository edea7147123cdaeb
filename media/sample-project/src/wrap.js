/** Breaks text into lines of at most `width` characters, between words. A longer word gets a line of its own. */
export function wrap(text, width = 80) {
  return text
    .split('\n')
    .map((paragraph) => wrapParagraph(paragraph, width))
    .join('\n');
}

/** Puts `prefix` before every line that is not empty. */
export function indent(text, prefix = '  ') {
  return text.replace(/^(?=.)/gm, prefix);
}

function wrapParagraph(paragraph, width) {
  const lines = [];
  let line = '';
  for (const word of paragraph.split(/\s+/).filter(Boolean)) {
    if (line === '') line = word;
    else if (line.length + 1 + word.length >= width) {
      lines.push(line);
      line = word;
    } else line += ` ${word}`;
  }
  return [...lines, line].join('\n');
}
