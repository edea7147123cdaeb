import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DEFAULT_SANDBOX } from '../../src/node/shellSandbox/sandboxSettings.ts';
import type { Brain, RequestView } from '../../src/node/simulator/simulator.ts';
import type { Played } from '../support/engine.ts';
import { resultOf, script, withBench } from '../support/engine.ts';
import { withGitRepository, type GitRepository } from '../support/gitRepository.ts';
import { whyNoSandbox } from '../support/sandboxStage.ts';
import { TOO_LONG } from '../support/tooLong.ts';

const FILES = { 'a.txt': 'one\n', '.gitignore': 'node_modules/\n.env\nbuilt.txt\n' };

const isReviewer = (view: RequestView): boolean => view.system.includes('You are a reviewer');

/** An agent that makes the calls of its task, one a turn, and says what the last one told it. */
function caller(...calls: readonly { readonly name: string; readonly input: object }[]): Brain {
  return (view) => {
    if (isReviewer(view)) return { structured: { findings: [] } };
    const call = calls[view.turn];
    return call ? { tools: [{ name: call.name, input: { ...call.input } }] } : { text: 'done' };
  };
}

/** What tools answered, in order. */
const answers = (played: Played): readonly string[] =>
  played.events.flatMap((event) => (event.type === 'tool.ended' ? [JSON.stringify(event)] : []));

async function withDependencies(repo: GitRepository): Promise<string> {
  const modules = join(repo.dir, 'node_modules');
  await mkdir(join(modules, 'pkg'), { recursive: true });
  await Promise.all(
    Array.from({ length: 2_100 }, (_, i) => writeFile(join(modules, 'pkg', `f${i}.js`), `export default ${i};\n`)),
  );
  return modules;
}

describe('worktrees that are ready to work in', () => {
  test('W27 commands of agents, checks, verify and landings find dependencies, included files and ports of their own', async () => {
    await withGitRepository({ ...FILES, '.worktreeinclude': '.env\n' }, async (repo) => {
      const modules = await withDependencies(repo);
      await repo.write('.env', 'PLACE=test\n');
      const look =
        'cat .env node_modules/pkg/f7.js && echo $WORKFLOW_AGENT $WORKFLOW_PORT_BASE && test -n "$WORKFLOW_RUN"';
      const brain = caller(
        { name: 'Write', input: { path: 'c.txt', content: 'two\n' } },
        { name: 'Bash', input: { command: `git add -A && git commit -qm mine; ${look}` } },
      );
      await withBench({ rules: [brain], cwd: repo.dir }, async ({ play }) => {
        const body = `
          const made = await change('work', {verify: ${JSON.stringify(look)}});
          const {stdout, exitCode} = await check(${JSON.stringify(look)});
          await review(made, {lenses: ['correctness']});
          const landing = await land(made, {verify: ${JSON.stringify(look)}});
          return {files: made.files.map(({path}) => path), stdout, exitCode, status: landing.status};`;
        const played = await play(script(body));
        expect(played.end.failures).toEqual([]);
        expect(resultOf(played)).toMatchObject({
          files: ['c.txt'],
          exitCode: 0,
          stdout: expect.stringMatching(/^PLACE=test\nexport default 7;\ncheck-\S+ \d{5}\n$/) as string,
          status: 'landed',
        });
      });
      expect(await readFile(join(modules, 'pkg', 'f7.js'), 'utf8')).toBe('export default 7;\n');
      expect(await repo.git('status', '--porcelain')).toBe('');
    });
  });

  test('W27 an agent reads linked dependencies without a question and writes none of the person’s', async () => {
    await withGitRepository(FILES, async (repo) => {
      const modules = await withDependencies(repo);
      const brain = caller(
        { name: 'Read', input: { path: 'node_modules/pkg/f7.js' } },
        { name: 'Write', input: { path: 'node_modules/pkg/f7.js', content: 'mine\n' } },
        { name: 'Write', input: { path: 'node_modules/pkg/new.js', content: 'mine\n' } },
        { name: 'Write', input: { path: 'node_modules/own.js', content: 'of the worktree\n' } },
      );
      await withBench({ rules: [brain], cwd: repo.dir }, async ({ play }) => {
        const run = script("return await agent('work', {isolation: 'worktree'});");
        const played = await play(run, { permissionMode: 'dontAsk' });
        const said = answers(played);
        expect(said).toHaveLength(4);
        expect(said[0]).toContain('"ok":true');
        expect(said[1]).toContain('"ok":false');
        expect(said[2]).toContain('"ok":false');
        expect(said[3]).toContain('"ok":true');
        expect(played.events.some(({ type }) => type === 'change.committed')).toBe(false);
      });
      expect(await readFile(join(modules, 'pkg', 'f7.js'), 'utf8')).toBe('export default 7;\n');
      await expect(readFile(join(modules, 'pkg', 'new.js'))).rejects.toThrow('ENOENT');
    });
  });
});

const missing = await whyNoSandbox();

test.skipIf(missing !== null)(
  `W27 a confined command reads through the links, writes nothing through them, and has its ports${missing === null ? '' : ` (skipped: ${missing})`}`,
  async () => {
    await withGitRepository(FILES, async (repo) => {
      const modules = await withDependencies(repo);
      const sandbox = { ...DEFAULT_SANDBOX, mode: 'required' } as const;
      await withBench({ rules: [caller()], cwd: repo.dir, sandbox }, async ({ play }) => {
        const command =
          'cat node_modules/pkg/f7.js; echo mine > node_modules/pkg/f7.js; rm -f node_modules/pkg/f8.js; echo own > node_modules/x; rm node_modules/pkg; echo $WORKFLOW_PORT_BASE';
        const played = await play(script(`return (await check(${JSON.stringify(command)})).stdout;`));
        expect(resultOf(played)).toMatch(/^export default 7;\n\d{5}\n$/);
      });
      expect(await readFile(join(modules, 'pkg', 'f7.js'), 'utf8')).toBe('export default 7;\n');
      expect(await readFile(join(modules, 'pkg', 'f8.js'), 'utf8')).toBe('export default 8;\n');
      expect(await readdir(modules)).toEqual(['pkg']);
    });
  },
);

describe('the setup command', () => {
  const body = "return (await check('cat built.txt'))?.stdout ?? null;";

  test('W27 it runs in each worktree before anybody works there, once, and keeps its output with the run', async () => {
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [caller()], cwd: repo.dir }, async ({ launch, engine }) => {
        const worktree = { setup: 'echo built >> built.txt; echo said' };
        const launched = await launch(script(body), { worktree });
        if (launched.status !== 'started') throw new Error(launched.errors.join('\n'));
        expect((await engine.finished(launched.runId)).end.result).toBe('built\n');
        const logs = await readdir(join(launched.runDir, 'setup'));
        expect(logs).toHaveLength(1);
        expect(await readFile(join(launched.runDir, 'setup', logs[0] ?? ''), 'utf8')).toContain('said');
      });
    });
  });

  test('W27 where it fails that call is null with cause worktree, and says where its output is', async () => {
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [caller()], cwd: repo.dir }, async ({ play, simulator }) => {
        const worktree = { setup: 'echo no such package >&2; exit 3' };
        const played = await play(script("return await change('work');"), { worktree });
        expect(played.end).toMatchObject({ status: 'degraded', result: null });
        const [failure] = played.end.failures;
        expect(failure).toMatchObject({ cause: 'worktree' });
        const [, log = ''] =
          /ended with exit code 3 \(no such package\)\. .*: (\/.*\.txt)$/.exec(failure?.message ?? '') ?? [];
        expect(await readFile(log, 'utf8')).toContain('no such package');
        expect(simulator.requests).toHaveLength(0);
        expect((await repo.git('worktree', 'list')).split('\n')).toHaveLength(1);
      });
    });
  });

  test('W27 one that could not be started says so, and no exit code', async () => {
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [caller()], cwd: repo.dir }, async ({ play }) => {
        const played = await play(script("return await change('work');"), { worktree: { setup: TOO_LONG } });
        const message = expect.stringMatching(/could not be started\. .*E2BIG$/) as string;
        expect(played.end).toMatchObject({ result: null, failures: [{ cause: 'worktree', message }] });
      });
    });
  });

  test('W27 it is the person’s own word, but what they forbid holds, and so does its time', async () => {
    await withGitRepository(
      { ...FILES, '.claude/settings.json': '{"permissions": {"deny": ["Bash(curl:*)"]}}' },
      async (repo) => {
        await withBench({ rules: [caller()], cwd: repo.dir }, async ({ play }) => {
          const failing = async (setup: string, permissionMode: 'dontAsk' | 'plan'): Promise<string> => {
            const played = await play(script("return await change('work');"), { worktree: { setup }, permissionMode });
            return played.end.failures[0]?.message ?? 'it ran';
          };
          expect(await failing('true && test -f a.txt', 'dontAsk')).toBe('it ran');
          expect(await failing('true && curl http://localhost', 'dontAsk')).toContain(
            'may not run: the rule Bash(curl:*)',
          );
          expect(await failing('true', 'plan')).toContain('may not run');
          const worktree = { setup: 'sleep 60', setupMinutes: 0.001 };
          const slow = await play(script("return await change('work');"), { worktree });
          expect(slow.end.failures[0]?.message).toContain('took longer than');
        });
      },
    );
  });

  test('W27 a resume makes worktrees as the launch did', async () => {
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [caller()], cwd: repo.dir }, async (bench) => {
        const worktree = { setup: 'test -f ready || exit 3; echo built > built.txt', dependencyFolders: [] };
        const first = await bench.play(script(body), { worktree });
        expect(resultOf(first)).toBeNull();
        await bench.restart();
        // What the setup looks for is not tracked, so it is there by way of a link that the person makes now.
        await repo.write('.worktreeinclude', 'ready\n');
        await repo.write('.git/info/exclude', 'ready\n.worktreeinclude\n');
        await repo.write('ready', '');
        expect(resultOf(await bench.resume(first.runId))).toBe('built\n');
      });
    });
  });
});

describe('a base with what is not committed', () => {
  test('W27 agents see it, their changes do not have it, and a resume stands on it though HEAD has moved', async () => {
    await withGitRepository(FILES, async (repo) => {
      await repo.write('a.txt', 'changed\n');
      await repo.write('new.txt', 'untracked\n');
      const status = await repo.git('status', '--porcelain=v2', '--branch');
      const head = await repo.git('rev-parse', 'HEAD');
      const brain = caller({ name: 'Write', input: { path: 'b.txt', content: 'B\n' } });
      await withBench({ rules: [brain], cwd: repo.dir }, async (bench) => {
        const body = `
          const seen = (await check('cat a.txt new.txt')).stdout;
          const made = await change('work');
          await review(made, {lenses: ['correctness']});
          return {seen, files: made.files.map(({path}) => path), landing: await land(made)};`;
        const played = await bench.play(script(body), { dirtyCheckout: 'snapshot' });
        expect(resultOf(played)).toMatchObject({
          seen: 'changed\nuntracked\n',
          files: ['b.txt'],
          landing: { status: 'landed' },
        });
        const started = played.events.find((event) => event.type === 'run.started');
        expect(started).toMatchObject({ base: { head, snapshot: true, dirtyFiles: 2, branch: 'main' } });
        const branch = `workflow/${played.runId}/integration`;
        expect(await repo.git('log', '--format=%P', '-1', `${branch}~1`)).toBe(head);
        expect(await repo.git('status', '--porcelain=v2', '--branch')).toBe(status);

        await repo.commit('the person goes on');
        await repo.git('checkout', '-q', '--detach', 'HEAD');
        const again = await bench.resume(played.runId);
        expect(resultOf(again)).toEqual(resultOf(played));
        const base = again.events.find((event) => event.type === 'run.started');
        expect(base).toMatchObject({ base: started?.type === 'run.started' ? started.base : null });
        const warned = again.events.find(
          (event) => event.type === 'logged' && event.message.includes('HEAD has moved'),
        );
        expect(warned).toMatchObject({ message: expect.stringContaining(head.slice(0, 9)) as string });
      });
    });
  });

  test('W27 by default it is left out, and a conflict stops a snapshot before anything runs', async () => {
    await withGitRepository(FILES, async (repo) => {
      await repo.git('checkout', '-q', '-b', 'other');
      await repo.write('a.txt', 'theirs\n');
      await repo.commit();
      await repo.git('checkout', '-q', 'main');
      await repo.write('a.txt', 'ours\n');
      await repo.commit();
      await expect(repo.git('merge', 'other')).rejects.toThrow('merge');
      await withBench({ rules: [caller()], cwd: repo.dir }, async ({ launch, play }) => {
        const look = script("return (await check('cat a.txt')).stdout;");
        expect(resultOf(await play(look))).toBe('ours\n');
        expect(await launch(look, { dirtyCheckout: 'snapshot' })).toMatchObject({
          status: 'refused',
          reason: 'place',
          errors: [expect.stringContaining('unresolved conflict')],
        });
      });
    });
  });
});
