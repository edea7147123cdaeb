import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGit } from '../../src/node/git.ts';
import { createMergeRepository } from '../../src/node/gitMerge.ts';
import { landBatch } from '../../src/workflow/landing/landBatch.ts';
import { MergeQueue } from '../../src/workflow/mergeQueue.ts';
import { runGit } from '../support/gitRepository.ts';
import type { Suite } from './suite.ts';

const FILES = 10_000;
const CHANGES = 100;
const LINES = 200;

/**
 * Landing 100 changes, each of one file of 10,000, against merging them by `git merge` in a checkout: once where each has
 * a file of its own, once where all are in one file, on lines of their own. Both must end with the same tree.
 */
export const suite: Suite = {
  limits: {},
  floors: { landSpeedup_100on10k: 15 },
  run: async (say) => {
    const figures: Record<string, number> = {};
    for (const [name, kind] of [
      ['', 'apart'],
      ['Overlapping', 'together'],
    ] as const) {
      const { byHandMs, queueMs } = await compare(kind);
      say(`${kind}: by hand ${Math.round(byHandMs)} ms, by the queue ${Math.round(queueMs)} ms`);
      figures[`landSpeedup${name}_100on10k`] = Number((byHandMs / queueMs).toFixed(1));
      figures[`landMs${name}_100on10k`] = Math.round(queueMs);
    }
    return figures;
  },
};

type Kind = 'apart' | 'together';

async function compare(kind: Kind): Promise<{ readonly byHandMs: number; readonly queueMs: number }> {
  const dir = await mkdtemp(join(tmpdir(), 'dwf-landing-'));
  try {
    await runGit(dir, ['init', '-q', '-b', 'main']);
    execFileSync('git', ['fast-import', '--quiet'], { cwd: dir, input: history(kind) });
    await runGit(dir, ['reset', '-q', '--hard']);
    const queueMs = await timed(() => byQueue(dir));
    const byHandMs = await timed(() => byHand(dir));
    const trees = await runGit(dir, ['rev-parse', 'main^{tree}', 'workflow/bench/integration^{tree}']);
    if (new Set(trees.split('\n')).size !== 1) throw new Error(`The queue's tree is not the one made by hand: ${kind}`);
    return { byHandMs, queueMs };
  } finally {
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function timed(body: () => Promise<void>): Promise<number> {
  const from = performance.now();
  await body();
  return performance.now() - from;
}

async function byHand(dir: string): Promise<void> {
  for (let i = 0; i < CHANGES; i += 1) await runGit(dir, ['merge', '-q', '--no-edit', '--no-ff', `change/${i}`]);
}

async function byQueue(dir: string): Promise<void> {
  const names = Array.from({ length: CHANGES }, (_, i) => `change/${i}`);
  const [base = '', ...commits] = (await runGit(dir, ['rev-parse', 'main', ...names])).split('\n');
  const merge = createMergeRepository(createGit());
  const place = { merge, cwd: dir, runId: 'bench', branch: 'workflow/bench/integration', base };
  const { signal } = new AbortController();
  const queue = new MergeQueue((batch, _verify, settle) =>
    landBatch({ ...place, signal, below: () => undefined, verify: undefined }, batch, settle),
  );
  const outcomes = await Promise.all(
    commits.map((commit, i) =>
      queue.land({ change: { id: `a${i}`, summary: `Change ${i}`, base, commit } }, undefined),
    ),
  );
  const failed = outcomes.find(({ status }) => status !== 'landed');
  if (failed) throw new Error(`A change did not land: ${JSON.stringify(failed)}`);
}

/** For fast-import: the base with all files on `main`, and each change on a branch of its own. */
function history(kind: Kind): string {
  const pathOf = (file: number): string => `dir${file % 100}/part${file % 7}/file${file}.txt`;
  const textOf = (file: number, changed = -1): string =>
    Array.from(
      { length: LINES },
      (_, line) => `${line === changed ? 'changed' : 'line'} ${line} of file ${file}\n`,
    ).join('');
  const file = (path: string, text: string): string =>
    `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`;
  const commit = (branch: string, from: string, files: string): string =>
    `commit refs/heads/${branch}\ncommitter Ada <ada@example.com> 1700000000 +0000\ndata 1\nx\n${from}${files}\n`;
  const all = Array.from({ length: FILES }, (_, i) =>
    file(pathOf(i), textOf(i).slice(0, i < CHANGES ? undefined : 200)),
  );
  const changes = Array.from({ length: CHANGES }, (_, i) => {
    const edited = kind === 'apart' ? file(pathOf(i), textOf(i, 5)) : file(pathOf(0), textOf(0, i * 2));
    return commit(`change/${i}`, 'from refs/heads/main\n', edited);
  });
  return [commit('main', '', all.join('')), ...changes].join('');
}
