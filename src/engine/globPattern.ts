const MAX_CHARS = 500;
/** Texts that the braces of a pattern stand for; each is matched by itself. */
const MAX_EXPANSIONS = 256;
/** In a name and in a path: matching takes as many steps as there are ways to share the characters among them. */
const MAX_STARS = 4;

/** Null when the pattern can be matched in a moment, else what to do: it becomes a regular expression that would hang. */
export function patternProblem(pattern: string): string | null {
  if (pattern.length > MAX_CHARS) return `the pattern is longer than ${MAX_CHARS} characters. Use a shorter one.`;
  const open = unclosed(pattern);
  if (open !== null) return `the pattern has a ${open} without its other half. To search for one, write \\${open}.`;
  if (expansions(pattern) > MAX_EXPANSIONS)
    return `the braces of the pattern stand for more than ${MAX_EXPANSIONS} texts. Use fewer, or several calls.`;
  const segments = pattern.split('/');
  const folders = segments.filter((segment) => segment.includes('**')).length;
  const most = Math.max(...segments.map((segment) => segment.match(/\*+/g)?.length ?? 0), folders);
  return most > MAX_STARS
    ? `the pattern has more than ${MAX_STARS} * in one name, or ** in one path. Use fewer.`
    : null;
}

/** The pattern with parentheses, and a plus behind a set, as the signs they are in file names: `(group)/[ab]+`. */
export function plainPattern(pattern: string): string {
  return pattern.replace(/\\.|[()]|\]\+/g, (found) => {
    if (found.startsWith('\\')) return found;
    return found === ']+' ? ']\\+' : `\\${found}`;
  });
}

const PAIRS: Readonly<Record<string, string>> = { '{': '}', '[': ']' };

function unclosed(pattern: string): string | null {
  const open: string[] = [];
  for (const sign of pattern.match(/\\.|[{}[\]]/g) ?? []) {
    const last = open.at(-1) ?? '';
    // Within [ ] all signs are themselves.
    if (last === '[' && sign !== ']') continue;
    if (PAIRS[sign] !== undefined) open.push(sign);
    else if (sign === PAIRS[last]) open.pop();
    else if (sign === '}') return sign;
  }
  return open[0] ?? null;
}

/** At least as many as there are. */
function expansions(pattern: string): number {
  const commas = pattern.match(/[{,]/g)?.length ?? 0;
  const groups = [...pattern.matchAll(/\{([^{}]*)\}/g)].map(([, inner = '']) => inner);
  const nested = (pattern.match(/\{/g)?.length ?? 0) > groups.length;
  if (nested) return 2 ** Math.min(commas, 64);
  return groups.reduce((product, inner) => product * choices(inner), 1);
}

function choices(inner: string): number {
  const [, from, to] = /^(-?\d+)\.\.(-?\d+)/.exec(inner) ?? [];
  if (from !== undefined && to !== undefined) return Math.abs(Number(to) - Number(from)) + 1;
  return inner.includes('..') ? 64 : inner.split(',').length;
}
