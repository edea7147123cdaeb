import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runFolders } from '../../src/node/runFiles.ts';
import type { Brain } from '../../src/node/simulator/simulator.ts';
import { script, withBench, type Bench } from '../support/engine.ts';
import { createGitRepository, type GitRepository } from '../support/gitRepository.ts';
import { unmountBelow } from '../support/unmountBelow.ts';

const CLI = join(import.meta.dirname, '../../src/cli/main.ts');
const FOREVER_MS = 600_000;

/** Every author writes its file. One that is to hang does so in its first life. */
function authors(): Brain {
  const hung = new Set<string>();
  return (view) => {
    const [, path = '', hang] = /write (\S+\.txt)( and hang)?/.exec(view.prompt) ?? [];
    if (view.turn === 0) return { tools: [{ name: 'Write', input: { path, content: `${path}\n` } }] };
    const hangs = hang !== undefined && !hung.has(path);
    hung.add(path);
    return { text: `Wrote ${path}`, latencyMs: hangs ? FOREVER_MS : 0 };
  };
}

interface Stage {
  readonly bench: Bench;
  readonly repository: GitRepository;
  /** A run in a process of its own that has made a change and has another author hang; resolves when it does. */
  readonly hangs: (name: string) => Promise<{ readonly kill: () => Promise<void>; readonly runId: string }>;
  readonly worktrees: () => Promise<readonly string[]>;
}

async function withStage(use: (stage: Stage) => Promise<void>): Promise<void> {
  const repository = await createGitRepository({ 'notes.md': 'notes\n' });
  const children: ChildProcess[] = [];
  try {
    await withBench({ rules: [authors()], cwd: repository.dir }, async (bench) => {
      try {
        await use({
          ...{ bench, repository },
          hangs: (name) => hangs(bench, name, children),
          worktrees: async () =>
            (await repository.git('worktree', 'list', '--porcelain'))
              .split('\n')
              .filter((line) => line.startsWith('worktree ') && !line.endsWith(repository.dir)),
        });
      } finally {
        for (const child of children) child.kill('SIGKILL');
        await unmountBelow(bench.home);
      }
    });
  } finally {
    await repository.dispose();
  }
}

async function hangs({ home, cwd, simulator }: Bench, name: string, children: ChildProcess[]) {
  const body = `const made = await change('write ${name}-made.txt');
const open = await change('write ${name}-open.txt and hang');
return [made, open].map((one) => one?.files[0]?.path);`;
  await mkdir(home, { recursive: true });
  const file = join(home, `${name}.js`);
  await writeFile(file, script(body, `name: '${name}', description: 'Hangs.'`));
  const env = { ...process.env, HOME: home, DYNAMIC_WORKFLOWS_HOME: home, ANTHROPIC_API_KEY: 'dead' };
  const child = spawn(process.execPath, [CLI, 'run', file, '--base-url', simulator.url, '--yes'], {
    ...{ cwd, env },
    stdio: 'ignore',
  });
  children.push(child);
  const ended = once(child, 'close');
  const isOpen = (): boolean =>
    simulator.requests.some(
      ({ messages }) => messages.length > 2 && JSON.stringify(messages).includes(`write ${name}-open.txt`),
    );
  await expect.poll(isOpen, { timeout: 60_000 }).toBe(true);
  const runId = (await runFolders(home)).find((run) => run.runId.startsWith(`${name}-`))?.runId ?? '';
  return {
    runId,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

const OTHER = script("return (await change('write other.txt'))?.files.map(({ path }) => path);");

test(
  'W25 a run takes away what a killed run has left in its repository, and nothing of one that lives',
  {
    timeout: 120_000,
  },
  () =>
    withStage(async ({ bench, repository, hangs, worktrees }) => {
      const [dead, living] = await Promise.all([hangs('dead'), hangs('living')]);
      await dead.kill();
      expect(await worktrees()).toHaveLength(2);

      const { end, events } = await bench.play(OTHER);

      expect(end).toMatchObject({ status: 'completed', result: ['other.txt'] });
      expect(await worktrees()).toEqual([expect.stringContaining(`/${living.runId}/`) as string]);
      const refs = (await repository.git('for-each-ref', '--format=%(refname)')).split('\n');
      const ofDead = refs.filter((ref) => ref.includes(dead.runId));
      const files = await Promise.all(ofDead.map((ref) => repository.git('ls-tree', '--name-only', ref)));
      expect(files.join('\n')).toContain('dead-made.txt');
      expect(files.join('\n')).toContain('dead-open.txt');
      const [rescued] = ofDead.filter((ref) => ref.includes('/rescued/'));
      const warned = events.flatMap((event) =>
        event.type === 'logged' && event.level === 'warning' ? event.message : [],
      );
      expect(warned).toEqual([`What the dead run ${dead.runId} had not committed is kept: ${rescued}`]);

      await bench.restart();
      const resumed = await bench.resume(dead.runId);
      expect(resumed.end).toMatchObject({ status: 'completed', result: ['dead-made.txt', 'dead-open.txt'] });
    }),
);

test('W25 a run begins and ends well where what a killed run has left cannot be removed', { timeout: 120_000 }, () =>
  withStage(async ({ bench, hangs, worktrees }) => {
    const dead = await hangs('dead');
    await dead.kill();
    const dir = (await runFolders(bench.home)).find(({ runId }) => runId === dead.runId)?.dir ?? '';
    // No process can say that it has the run now.
    await mkdir(join(dir, `owner.${(await readdir(dir)).length + 100}.json`));

    const { end, events } = await bench.play(OTHER);

    expect(end).toMatchObject({ status: 'completed', result: ['other.txt'] });
    expect(await worktrees()).toHaveLength(1);
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'logged',
        level: 'warning',
        message: expect.stringContaining(`The worktrees of the dead run ${dead.runId} could not be removed`) as string,
      }),
    );
  }),
);
