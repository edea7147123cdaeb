/**
 * Text that somebody else wrote, as data for a model: between tags which that text cannot close. Attributes are one
 * line each.
 */
export function framed(tag: string, attributes: Readonly<Record<string, string>>, text: string): string {
  const written = Object.entries(attributes).map(([name, value]) => ` ${name}="${attribute(value)}"`);
  return `<${tag}${written.join('')}>\n${withoutTag(tag, text).trimEnd()}\n</${tag}>`;
}

function withoutTag(tag: string, text: string): string {
  return text.replace(new RegExp(`<(?=\\s*/?\\s*${tag}\\b)`, 'gi'), '&lt;');
}

function attribute(value: string): string {
  return value.replace(/[\s"<>]+/g, ' ').trim();
}
