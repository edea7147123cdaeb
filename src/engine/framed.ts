/**
 * Text that somebody else wrote, as data for a model, which its system prompt tells it to be: between tags that the text
 * cannot close, nor open again. `about` says where it comes from.
 */
export function framed(tag: string, about: Readonly<Record<string, string>>, text: string): string {
  const attributes = Object.entries(about).map(([name, value]) => ` ${name}="${attribute(value)}"`);
  // A model may take a near miss for the end as well, so that spaces and case do not count.
  const inside = text.replace(UNSEEN, '').replace(new RegExp(`<(?=\\s*/?\\s*${tag}\\b)`, 'gi'), '&lt;');
  return `<${tag}${attributes.join('')}>\n${inside.trim()}\n</${tag}>`;
}

/** Characters that a person does not see and a model reads: tags, marks that turn the order of words round. */
const UNSEEN = /[\u{E0000}-\u{E007F}\u202A-\u202E\u2066-\u2069\u200B\uFEFF]/gu;

/** In one line, without what could end it. */
function attribute(value: string): string {
  return oneLine(value)
    .replace(/[\s"<>]+/g, ' ')
    .trim();
}

/** Names of files and branches may hold any character; here none that begins a line, moves a cursor or hides. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
}
