import type { Brain } from '../brain.ts';
import { fileText, hasCalled, resultsOf } from './conversation.ts';

/** What decides the one report of the sample project that is no bug, from each side. */
interface Evidence {
  readonly side: string;
  readonly path: string;
  /** Must really stand there, whatever its line breaks. */
  readonly sentence: string;
  readonly reason: string;
}

const MODULE = 'src/query.js';

const EVIDENCE: readonly Evidence[] = [
  {
    side: 'the documentation',
    path: 'README.md',
    sentence: '`parseQuery` gives **one string a key**; where a key comes twice, the last one wins.',
    reason:
      'README.md promises just this: "where a key comes twice, the last one wins", and names `parseQueryAll` for repeated keys.',
  },
  {
    side: 'the tests',
    path: 'test/query.test.js',
    sentence: "test('parseQuery: gives one string a key, the last one'",
    reason:
      'test/query.test.js holds it on purpose: "parseQuery: gives one string a key, the last one". The change that is asked for would break that test.',
  },
  {
    side: 'the code and its callers',
    path: MODULE,
    sentence: 'Where a key comes twice, the last one wins.',
    reason:
      'The comment on `parseQuery` in src/query.js says it, and `parseQueryAll` beside it does what the user wants. Callers that read a string would suddenly get an array.',
  },
];

/** Doubts the report about `parseQuery` by what its side really says. */
export const doubter: Brain = (view) => {
  const side = /Try to refute the report, looking at (.+)\.$/m.exec(view.prompt)?.[1];
  const evidence = EVIDENCE.find((one) => one.side === side);
  if (evidence === undefined || !view.prompt.includes(`module="${MODULE}"`)) return undefined;
  if (!hasCalled(view, 'Read')) {
    return { text: `I look at ${evidence.path}.`, tools: [{ name: 'Read', input: { path: evidence.path } }] };
  }
  const seen = fileText(resultsOf(view, 'Read').at(-1)?.content ?? '').replace(/\s+/g, ' ');
  if (seen.includes(evidence.sentence)) return { structured: { refuted: true, reason: evidence.reason } };
  return { structured: { refuted: false, reason: `${evidence.path} says nothing about a key that comes twice.` } };
};
