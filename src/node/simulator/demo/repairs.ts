import type { Severity } from '../../../protocol/change.ts';

/** A reviewer's mistake about a good repair: plausible, and wrong because of `evidence`. */
export interface Objection {
  readonly severity: Severity;
  readonly title: string;
  readonly body: string;
  /** What the repaired module says that makes the objection false. */
  readonly evidence: string;
  /** How a skeptic may put it. */
  readonly refutations: readonly string[];
}

/** How one seeded bug of the sample project is mended. */
export interface Repair {
  /** Path in the project. */
  readonly module: string;
  /** The wrong code; stands in the module once. */
  readonly find: string;
  readonly replace: string;
  /** What the author says at the end: one line, fit for a commit message. */
  readonly summary: string;
  readonly objection?: Objection;
}

/** What the simulated model knows about `media/sample-project`. Everything else it has to read there. */
export const REPAIRS: readonly Repair[] = [
  {
    module: 'src/money.js',
    find: '  return Math.round(value);\n',
    replace: '  return Math.sign(value) * Math.round(Math.abs(value));\n',
    summary: 'Round half a cent of a refund away from zero, as for charges',
  },
  {
    module: 'src/csv.js',
    find: '`"${field}"`',
    replace: `\`"\${field.replaceAll('"', '""')}"\``,
    summary: 'Double the quotes inside a quoted CSV field',
  },
  {
    module: 'src/lru.js',
    find: '    const value = this.#entries.get(key);\n',
    replace: '    const value = this.#entries.get(key);\n    this.#entries.delete(key);\n',
    summary: 'Make LruCache.get a use: Map.set alone leaves a known key in its place',
  },
  {
    module: 'src/ranges.js',
    find: 'const sorted = ranges.sort(',
    replace: 'const sorted = [...ranges].sort(',
    summary: 'Sort a copy in mergeRanges, not the array of its caller',
    objection: {
      severity: 'major',
      title: 'The copy is shallow: mergeRanges still changes the ranges of its caller',
      body: '`[...ranges]` copies the array, not the objects in it. The line `last.end = Math.max(…)` writes to a range that the caller still holds, so its input is changed after all.',
      evidence: 'merged.push({ ...range })',
      refutations: [
        'False: what is pushed to `merged` is `{ ...range }`, so `last` is always a copy made here, and `last.end = …` never reaches an object of the caller.',
        'I followed `last` back: it comes from `merged`, and only `merged.push({ ...range })` fills that list. The input is only read.',
        'The test "leaves its input as it was" overlaps two ranges and compares the whole input afterwards; a shared object would fail it. The spread in `merged.push({ ...range })` is why it passes.',
      ],
    },
  },
  {
    module: 'src/wrap.js',
    find: 'line.length + 1 + word.length >= width',
    replace: 'line.length + 1 + word.length > width',
    summary: 'Let a wrapped line be exactly as long as the width',
  },
  {
    module: 'src/semver.js',
    find: "match[1].split('.')",
    replace: "match[1].split('.').map(Number)",
    summary: 'Compare version numbers by value, not as text',
  },
];

export function repairOf(module: string): Repair | undefined {
  return REPAIRS.find((repair) => repair.module === module);
}
