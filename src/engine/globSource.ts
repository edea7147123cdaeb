/**
 * The source of a regular expression for a path glob: `*` and `?` stay within one folder, `**` does not, `[a-z]`,
 * `{a,b}`, and a backslash takes the next character as it is. What does not close is taken literally.
 */
export function globSource(glob: string): string {
  let source = '';
  let at = 0;
  let braces = 0;
  while (at < glob.length) {
    const rest = glob.slice(at);
    const char = rest.charAt(0);
    const set = char === '[' ? setAt(rest) : null;
    let taken = 1;
    if (rest.startsWith('/**/')) [source, taken] = [`${source}/(?:[\\s\\S]*/)?`, 4];
    else if (rest === '/**') [source, taken] = [`${source}/[\\s\\S]*`, 3];
    else if (rest.startsWith('**')) [source, taken] = [`${source}[\\s\\S]*`, 2];
    else if (char === '*') source += '[^/]*';
    else if (char === '?') source += '[^/]';
    else if (set !== null) [source, taken] = [source + set.source, set.length];
    else if (char === '{' && rest.includes('}')) [source, braces] = [`${source}(?:`, braces + 1];
    else if (char === '}' && braces > 0) [source, braces] = [`${source})`, braces - 1];
    else if (char === ',' && braces > 0) source += '|';
    else if (char === '\\' && rest.length > 1) [source, taken] = [source + literal(rest.charAt(1)), 2];
    else source += literal(char);
    at += taken;
  }
  return source + ')'.repeat(braces);
}

function literal(char: string): string {
  return char.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

function setAt(rest: string): { readonly source: string; readonly length: number } | null {
  const match = /^\[([!^]?)([^\]/]+)\]/.exec(rest);
  if (match === null) return null;
  const members = match[2] ?? '';
  const backwards = [...members.matchAll(/(.)-(.)/gs)].some(([, from = '', to = '']) => from > to);
  if (backwards) return null;
  return { source: `[${match[1] === '' ? '' : '^/'}${members.replace(/[\\[\]^]/g, '\\$&')}]`, length: match[0].length };
}
