import { NEEDS_NONE } from '../../src/workflow/script/api/renderAuthoring.ts';

/** What a model is asked, and whether a workflow is the right answer. */
export interface EvalTask {
  readonly name: string;
  readonly prompt: string;
  readonly wants: 'workflow' | 'none';
}

export const TASKS: readonly EvalTask[] = [
  {
    name: 'review of many files',
    prompt:
      'Review each of the 40 files under src/ for mistakes in handling empty input. Every finding has to be checked by somebody who did not make it. I want one list at the end, and no file left out.',
    wants: 'workflow',
  },
  {
    name: 'the same change everywhere',
    prompt:
      'Give every function under src/ a test of its own under test/, one file each, and have each test reviewed against its function before it counts.',
    wants: 'workflow',
  },
  {
    name: 'asked for by the word',
    prompt: 'Use a workflow to translate all pages under docs/ to German, with a second reader for each page.',
    wants: 'workflow',
  },
  {
    name: 'ideas that compete',
    prompt:
      'Use a workflow: have eight people sketch a name and an interface for this library independently, let judges compare them in pairs, and give me the best three with the reasons.',
    wants: 'workflow',
  },
  ...NEEDS_NONE.map(({ what, example }): EvalTask => ({ name: what, prompt: example, wants: 'none' })),
];

const PARTS = 40;
const PAGES = 6;

/** The project that all of them are about: path to text. */
export function sampleFiles(): Readonly<Record<string, string>> {
  const parts = Array.from({ length: PARTS }, (_, n) => [
    `src/part${n}.js`,
    `// Part ${n}.\nexport function part${n}(items) {\n  return items.reduce((sum, item) => sum + item.value, 0) / items.length;\n}\n`,
  ]);
  const pages = Array.from({ length: PAGES }, (_, n) => [
    `docs/page${n}.md`,
    `# Page ${n}: the libary\n\n${n + 1 < PAGES ? `Read page${n + 1}.md next.` : 'This is the last one.'}\n`,
  ]);
  return Object.fromEntries([...parts, ...pages]) as Record<string, string>;
}
