/** Characters of a name: with a run's folder before it, a path stays far below the 260 of some systems. */
const MAX_NAME_CHARS = 40;
/** For a label of which nothing is left. */
const NAMELESS = 'unnamed';
/** Device names, which are no file names on Windows. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/;

/**
 * A name made of a label: lower-case letters a–z, digits and single dashes between them, 1 to 40 characters. Fit for
 * a git ref and for a file on any system; different labels may give the same name.
 */
export function slug(label: string): string {
  const name = label
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_NAME_CHARS + 1)
    .replace(/^-/, '')
    .slice(0, MAX_NAME_CHARS)
    .replace(/-$/, '');
  if (name === '') return NAMELESS;
  return RESERVED.test(name) ? `${name}-0` : name;
}

/** Names labels so that no two names are equal: the second `fix` is `fix-2`. `taken` are names that exist already. */
export function uniqueNames(taken: Iterable<string> = []): (label: string) => string {
  const used = new Set(taken);
  const next = new Map<string, number>();
  return (label) => {
    const base = slug(label);
    let name = base;
    for (let n = next.get(base) ?? 2; used.has(name); n++) {
      const ending = `-${n}`;
      name = `${base.slice(0, MAX_NAME_CHARS - ending.length).replace(/-$/, '')}${ending}`;
      next.set(base, n + 1);
    }
    used.add(name);
    return name;
  };
}
