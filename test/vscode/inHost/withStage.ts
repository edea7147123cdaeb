import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/paths.mjs';
import { createEngine } from '../../../src/node/createEngine.ts';
import { startSimulator, type Brain, type Reply } from '../../../src/node/simulator/simulator.ts';
import { withGitRepository, type GitRepository } from '../../support/gitRepository.ts';
import { STAGE_VARIABLE, type Stage } from './stage.ts';

const FILES = {
  'src/greet.js': "export function greet(name) {\n  return 'Hi ' + name;\n}\n",
  'src/old name.js': `export const list = [\n${Array.from({ length: 20 }, (_, n) => `  ${n},\n`).join('')}];\n`,
  'readme.md': 'hello\n',
};

const SCRIPT = `export const meta = {
  name: 'polish',
  description: 'Makes two changes, has them reviewed and lands what was approved.',
  phases: [{ title: 'Change' }, { title: 'Review' }, { title: 'Land' }],
};
phase('Change');
const greeting = await change('Make greet polite.', { label: 'polite greeting' });
const several = await change('Move the list and write about it.', { label: 'several files' });
phase('Review');
await review(greeting, { lenses: ['correctness'] });
await review(several, { lenses: ['correctness'] });
phase('Land');
return [await land(greeting), await land(several)];
`;

/** What each author does, a turn after the other. */
const AUTHORS: Readonly<Record<string, readonly Reply[]>> = {
  'Make greet polite.': [
    { tools: [{ name: 'Read', input: { path: 'src/greet.js' } }] },
    { tools: [{ name: 'Write', input: { path: 'src/greet.js', content: POLITE() } }] },
    { text: 'Made greet polite.' },
  ],
  'Move the list and write about it.': [
    { tools: [{ name: 'Bash', input: { command: "mv 'src/old name.js' src/list.js && rm readme.md" } }] },
    { tools: [{ name: 'Write', input: { path: 'docs/100% ünï #1?.md', content: 'About the list.\n' } }] },
    { text: 'Moved the list.' },
  ],
};

function POLITE(): string {
  return "export function greet(name) {\n  const title = 'Dear';\n  return title + ' ' + name;\n}\n";
}

/** One finding that all skeptics uphold, one that they refute; both in the first change. */
const FINDINGS = [
  {
    path: 'src/greet.js',
    line: 2,
    endLine: 3,
    quote: "const title = 'Dear';",
    severity: 'minor',
    title: 'The title is fixed',
    body: 'Nobody can choose it.',
    suggestion: 'Take it as a parameter.',
  },
  {
    path: 'src/greet.js',
    line: 1,
    quote: 'export function greet(name) {',
    severity: 'blocker',
    title: 'The name is lost',
    body: 'It is not used.',
  },
];

const model: Brain = (view) => {
  if (view.system.includes('You are a reviewer'))
    return { structured: { findings: view.prompt.includes('Make greet polite.') ? FINDINGS : [] } };
  if (view.system.includes('You are a skeptic')) {
    const lost = view.prompt.includes('The name is lost');
    return { structured: { verdict: lost ? 'refuted' : 'upheld', reason: lost ? 'Line 3 uses it.' : 'It is so.' } };
  }
  const author = Object.keys(AUTHORS).find((task) => view.prompt.includes(task));
  return author === undefined ? undefined : AUTHORS[author]?.[view.turn];
};

/**
 * Lends a repository in which a run was played by the real engine over a simulated model, and the environment of an
 * extension host in which the suites find it.
 */
export async function withStage<T>(
  use: (stage: Stage, env: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
  const scratch = await mkdtemp(join(tmpdir(), 'dynamic-workflows-in-host-'));
  try {
    return await withGitRepository(FILES, async (repository) => {
      const home = join(scratch, 'home');
      await mkdir(home);
      const runId = await play(repository, home);
      const stage: Stage = { report: join(scratch, 'report.json'), folder: repository.dir, home, runId };
      const file = join(scratch, 'stage.json');
      await writeFile(file, JSON.stringify(stage));
      return use(stage, { [STAGE_VARIABLE]: file, DYNAMIC_WORKFLOWS_HOME: home });
    });
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function play({ dir }: GitRepository, home: string): Promise<string> {
  const simulator = await startSimulator({ rules: [model] });
  try {
    const engine = await createEngine({
      model: { kind: 'api', apiKey: 'test-key', baseURL: simulator.url },
      home,
      workflows: { personal: join(home, 'personal'), shipped: join(root, 'workflows') },
      packageRoot: root,
      environment: process.env,
      defaultModel: 'sonnet',
    });
    try {
      const launched = await engine.launch({ script: SCRIPT, cwd: dir, permissionMode: 'bypass', attended: false });
      if (launched.status === 'refused') throw new Error(launched.errors.join('\n'));
      const { end } = await engine.finished(launched.runId);
      if (end.status !== 'completed') throw new Error(`The staged run has ${JSON.stringify(end)}`);
      return launched.runId;
    } finally {
      await engine.close();
    }
  } finally {
    await simulator.close();
  }
}
