/** True when some path may fit both globs; in doubt it is true. `**` stands for any folders, `*` and `?` within a name. */
export function globsMeet(one: string, other: string): boolean {
  return meet(partsOf(one), partsOf(other));
}

const partsOf = (glob: string): readonly string[] =>
  glob
    .replace(/^\.?\//, '')
    .toLowerCase()
    .split('/');

function meet(one: readonly string[], other: readonly string[]): boolean {
  const [[first, ...rest], [second, ...others]] = [one, other];
  if (first === undefined || second === undefined) return [...one, ...other].every((part) => part === '**');
  if (first === '**') return meet(rest, other) || meet(one, others);
  if (second === '**') return meet(one, others) || meet(rest, other);
  return namesMeet(first, second) && meet(rest, others);
}

/** Names whose ends before the first and behind the last wildcard do not contradict each other. */
function namesMeet(one: string, other: string): boolean {
  const [a, b] = [endsOf(one), endsOf(other)];
  if (a === null || b === null) return (a ?? b) === null ? one === other : fits(a ?? b, a === null ? one : other);
  return (
    (a.start.startsWith(b.start) || b.start.startsWith(a.start)) && (a.end.endsWith(b.end) || b.end.endsWith(a.end))
  );
}

interface Ends {
  readonly start: string;
  readonly end: string;
}

/** Null: there is no wildcard in it. */
function endsOf(name: string): Ends | null {
  const first = name.search(/[*?[{]/);
  if (first < 0) return null;
  const last = Math.max(...['*', '?', ']', '}'].map((sign) => name.lastIndexOf(sign)));
  return { start: name.slice(0, first), end: name.slice(last + 1) };
}

function fits(ends: Ends | null, name: string): boolean {
  return ends !== null && name.startsWith(ends.start) && name.endsWith(ends.end);
}
