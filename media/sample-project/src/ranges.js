// A range is `{ start, end }` with `end` outside: `{ start: 1, end: 3 }` holds 1 and 2.

/** The same numbers in as few ranges as possible, sorted. Ranges that touch become one. */
export function mergeRanges(ranges) {
  const sorted = ranges.sort((a, b) => a.start - b.start);
  const merged = [];
  for (const range of sorted) {
    const last = merged.at(-1);
    if (last && range.start <= last.end) last.end = Math.max(last.end, range.end);
    else merged.push({ ...range });
  }
  return merged;
}

/** Whether the number lies in one of the ranges. */
export function covers(ranges, value) {
  return ranges.some(({ start, end }) => start <= value && value < end);
}

/** What the ranges leave open between `start` and `end`. */
export function gaps(ranges, { start, end }) {
  const open = [];
  let from = start;
  for (const range of mergeRanges(ranges)) {
    if (range.start >= end) break;
    if (range.start > from) open.push({ start: from, end: range.start });
    from = Math.max(from, range.end);
  }
  if (from < end) open.push({ start: from, end });
  return open;
}
