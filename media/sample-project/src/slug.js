/**
 * Turns a title into a part of a URL: lower case, plain ASCII, words joined by hyphens.
 * `max` cuts at the end of a word where it can.
 */
export function slug(title, { max = 80 } = {}) {
  const words = title
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .replace(/['’]/g, '')
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
  return join(words, max);
}

function join(words, max) {
  let result = '';
  for (const word of words) {
    const next = result === '' ? word : `${result}-${word}`;
    if (next.length > max) return result === '' ? word.slice(0, max) : result;
    result = next;
  }
  return result;
}
