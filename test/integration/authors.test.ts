import { describe, expect, test } from 'vitest';
import type { Brain, Reply } from '../../src/node/simulator/simulator.ts';
import { resultOf, script, withBench } from '../support/engine.ts';
import { withGitRepository } from '../support/gitRepository.ts';

const FILES = { 'src/a.txt': 'one\n', 'docs/b.txt': 'two\n', 'run.sh': 'echo hi\n', 'old.txt': 'gone\n' };

const bash = (command: string): Reply => ({ tools: [{ name: 'Bash', input: { command } }] });
const write = (path: string, content: string): Reply => ({ tools: [{ name: 'Write', input: { path, content } }] });

/** Says these one after the other; the last again and again. */
const says =
  (...steps: readonly Reply[]): Brain =>
  (view) =>
    steps[Math.min(view.turn, steps.length - 1)];

const AUTHORS = { text: 'Mend the text\n\nIt was wrong.' };

describe('change()', () => {
  test('X01 its file tools write what its paths name and nothing else', async () => {
    const brain = says(write('docs/c.txt', 'no'), write('src/c.txt', 'yes\n'), AUTHORS);
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [brain], cwd: repo.dir }, async ({ play, simulator }) => {
        const body = "return (await change('x', {paths: ['src/**']})).files.map(({path}) => path);";
        expect(resultOf(await play(script(body)))).toEqual(['src/c.txt']);
        const said = simulator.requests.map(({ messages }) => JSON.stringify(messages));
        expect(said[0]).toContain('You may change these files only');
        expect(said[1]).toContain('your task may write src/** only');
      });
    });
  });

  test('X01 it is told where it works, as soon as it has a worktree', async () => {
    const brain = says(bash('pwd > src/where.txt'), AUTHORS);
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [brain], cwd: repo.dir }, async ({ play }) => {
        const played = await play(script("return (await change('x')).branch;"));
        const path = await repo.git('show', `${resultOf(played) as string}:src/where.txt`);
        expect(played.events).toContainEqual(expect.objectContaining({ type: 'worktree.leased', agentId: 'a1', path }));
      });
    });
  });

  test('X01 what a command wrote elsewhere goes back to the author, who undoes it', async () => {
    const brain = says(bash('mv docs/b.txt src/b.txt'), AUTHORS, bash('git checkout HEAD -- docs/b.txt'), AUTHORS);
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [brain], cwd: repo.dir }, async ({ play, simulator }) => {
        const body = "return (await change('x', {paths: ['src']})).files.map(({path, status}) => [path, status]);";
        expect(resultOf(await play(script(body)))).toEqual([['src/b.txt', 'added']]);
        expect(JSON.stringify(simulator.requests[2]?.messages.at(-1))).toContain('may not change: docs/b.txt');
      });
    });
  });

  test('X01 what stays outside of its paths is committed nowhere, named, and kept aside', async () => {
    const brain = says(bash('echo no > docs/b.txt; echo yes > src/a.txt'), AUTHORS);
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [brain], cwd: repo.dir }, async ({ play }) => {
        const played = await play(script("return await change('x', {paths: ['src/**']});"));
        expect(played.end).toMatchObject({
          status: 'degraded',
          result: null,
          failures: [{ cause: 'paths', message: expect.stringContaining('docs/b.txt') as string }],
        });
        const rescued = `refs/dynamic-workflows/${played.runId}/rescued/a1`;
        expect(await repo.git('show', `${rescued}:docs/b.txt`)).toBe('no');
        expect(await repo.git('show', `${rescued}:src/a.txt`)).toBe('yes');
        expect(await repo.git('for-each-ref', 'refs/heads/workflow')).toBe('');
        expect(played.events).toContainEqual(
          expect.objectContaining({ type: 'logged', message: expect.stringContaining(rescued) as string }),
        );
      });
    });
  });

  test.each([
    { path: '!src', says: 'not what may not' },
    { path: '/etc/**', says: 'top of the repository' },
    { path: '../x', says: 'top of the repository' },
  ])('X01 paths: $path is the mistake of the script', async ({ path, says: why }) => {
    await withGitRepository(FILES, async (repo) => {
      await withBench({ cwd: repo.dir }, async ({ play, simulator }) => {
        const body = `try { await change('x', {paths: ['${path}']}); } catch (error) { return error.message; }`;
        expect(resultOf(await play(script(body)))).toContain(why);
        expect(simulator.requests).toHaveLength(0);
      });
    });
  });

  test('X01 what verify writes is part of the change, and has passed as it is', async () => {
    const brain = says(write('src/c.txt', 'b\na\n'), AUTHORS);
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [brain], cwd: repo.dir }, async ({ play, cwd }) => {
        const verify = `sort -o src/c.txt src/c.txt && echo run >> ${cwd}/.git/runs`;
        const played = await play(script(`return (await change('x', {verify: ${JSON.stringify(verify)}})).commit;`));
        expect(await repo.git('show', `${resultOf(played) as string}:src/c.txt`)).toBe('a\nb');
        expect(await repo.read('.git/runs')).toBe('run\nrun\n');
      });
    });
  });

  test('X02 a test that it was given lies there from the start, is put back, must pass, and is part of the change', async () => {
    const given = { path: 'test/two.sh', content: 'grep -q two src/a.txt\n', command: 'sh test/two.sh' };
    const brain = says(
      bash('cat test/two.sh; echo true > test/two.sh'),
      AUTHORS,
      bash('rm test/two.sh; ln -s ../docs/b.txt test/two.sh; echo two > src/a.txt'),
      AUTHORS,
    );
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [brain], cwd: repo.dir }, async ({ play, simulator }) => {
        const options = JSON.stringify({ tests: [given], paths: ['src/**'], verify: 'test -f run.sh' });
        const played = await play(script(`return (await change('x', ${options})).commit;`));
        const commit = resultOf(played) as string;
        const said = simulator.requests.map(({ messages }) => JSON.stringify(messages));
        expect(said[0]).toContain('test/two.sh, run by `sh test/two.sh`');
        expect(said[1]).toContain('grep -q two src/a.txt');
        expect(said[2]).toContain('The command `sh test/two.sh` fails on your change');
        expect(await repo.git('show', `${commit}:test/two.sh`)).toBe('grep -q two src/a.txt');
        expect(await repo.git('ls-tree', commit, 'test/two.sh')).toMatch(/^100644 /);
        expect(await repo.git('show', `${commit}:src/a.txt`)).toBe('two');
        expect(await repo.git('show', `${commit}:docs/b.txt`)).toBe('two');
      });
    });
  });

  test('X02 a change that does not pass the test that it was given is none', async () => {
    const given = { path: 'test/two.sh', content: 'false\n', command: 'sh test/two.sh' };
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [says(AUTHORS)], cwd: repo.dir }, async ({ play }) => {
        const played = await play(script(`return await change('x', ${JSON.stringify({ tests: [given] })});`));
        expect(played.end).toMatchObject({
          result: null,
          failures: [{ cause: 'verify', message: expect.stringContaining('`sh test/two.sh` still fails') as string }],
        });
      });
    });
  });

  test.each([
    { path: 'run.sh', why: 'run.sh is in the repository already' },
    { path: './/run.sh', why: 'run.sh is in the repository already' },
    { path: '../out.sh', why: 'must be a file, from the top of the repository' },
    { path: '.git/hooks/pre-commit', why: '.git/hooks/pre-commit may not be written' },
    { path: 'tmp/two.sh', why: 'tmp/two.sh may not be written, or git ignores it' },
  ])('X02 tests: $path is the mistake of the script', async ({ path, why }) => {
    await withGitRepository({ ...FILES, '.gitignore': 'tmp/\n' }, async (repo) => {
      await withBench({ cwd: repo.dir }, async ({ play, simulator }) => {
        const options = JSON.stringify({ tests: [{ path, content: 'x', command: 'true' }] });
        const body = `try { await change('x', ${options}); } catch (error) { return error.message; }`;
        expect(resultOf(await play(script(body)))).toContain(why);
        expect(simulator.requests).toHaveLength(0);
      });
    });
  });

  test('X02 all tests that fail are told at once, and are one attempt', async () => {
    const given = (name: string) => ({ path: `./test/${name}.sh`, content: `grep ${name} src/a.txt\n` });
    const tests = ['two', 'three'].map((name) => ({ ...given(name), command: `sh test/${name}.sh` }));
    const brain = says(write('src/b.txt', 'b'), AUTHORS, bash('printf "two\\nthree\\n" > src/a.txt'), AUTHORS);
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [brain], cwd: repo.dir }, async ({ play, simulator }) => {
        const options = JSON.stringify({ tests, paths: ['src/**'] });
        const played = await play(script(`return (await change('x', ${options})).files.map(({path}) => path);`));
        expect(resultOf(played)).toEqual(['src/a.txt', 'src/b.txt', 'test/three.sh', 'test/two.sh']);
        const told = JSON.stringify(simulator.requests[2]?.messages.at(-1));
        for (const { command } of tests) expect(told).toContain(`The command \`${command}\` fails`);
      });
    });
  });

  test('X02 what an author puts in the place of its test is told to it, and ends no run', async () => {
    const given = { path: 'test/two.sh', content: 'true\n', command: 'sh test/two.sh' };
    const brain = says(
      bash('rm test/two.sh; mkdir -p test/two.sh/x; touch test/two.sh/x/y'),
      AUTHORS,
      bash('rm -r test'),
      AUTHORS,
    );
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [brain], cwd: repo.dir }, async ({ play, simulator }) => {
        const played = await play(
          script(`return (await change('x', ${JSON.stringify({ tests: [given] })})).files.length;`),
        );
        expect(resultOf(played)).toBe(1);
        expect(JSON.stringify(simulator.requests[2]?.messages.at(-1))).toContain('cannot be put back');
      });
    });
  });

  test('X02 a command that alters a test that was given passes nothing', async () => {
    const given = { path: 'test/two.sh', content: 'grep -q one src/a.txt\n', command: 'sh test/two.sh' };
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [says(AUTHORS)], cwd: repo.dir }, async ({ play }) => {
        const options = { tests: [given], verify: 'echo three > src/a.txt; echo true > test/two.sh', attempts: 1 };
        const played = await play(script(`return await change('x', ${JSON.stringify(options)});`));
        expect(played.end).toMatchObject({ result: null, failures: [{ cause: 'verify' }] });
      });
    });
  });

  test('X02 of two tests with one name the first counts, and the log says so', async () => {
    const tests = ['true', 'false'].map((content) => ({ path: 'test/a.sh', content, command: 'sh test/a.sh' }));
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [says(AUTHORS)], cwd: repo.dir }, async ({ play }) => {
        const played = await play(script(`return (await change('x', ${JSON.stringify({ tests })})).files.length;`));
        expect(resultOf(played)).toBe(1);
        expect(played.events).toContainEqual(
          expect.objectContaining({ type: 'logged', message: expect.stringContaining('test/a.sh') as string }),
        );
      });
    });
  });

  test('X01 a verify that changes files each time it runs passes nothing', async () => {
    const brain = says(write('src/c.txt', 'a\n'), AUTHORS);
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [brain], cwd: repo.dir }, async ({ play }) => {
        const played = await play(script("return await change('x', {verify: 'echo more >> log.txt', attempts: 1});"));
        expect(played.end).toMatchObject({
          result: null,
          failures: [{ cause: 'verify', message: expect.stringContaining('each time it runs (log.txt)') as string }],
        });
      });
    });
  });

  test('X01 one commit: the subject and why, our trailers alone, and the person as its author', async () => {
    const text =
      'Done!\n\n```\nMend the text\n\nIt was wrong.\n\nSigned-off-by: Ada <ada@example.com>\nWorkflow-Agent: a99\n```';
    const brain = says(write('src/c.txt', 'a\n'), { text });
    await withGitRepository(FILES, async (repo) => {
      await repo.git('config', 'user.name', 'Grace');
      await repo.git('config', 'user.email', 'grace@example.com');
      await withBench({ rules: [brain], cwd: repo.dir }, async ({ play }) => {
        const played = await play(script("return (await change('x')).commit;"));
        const commit = resultOf(played) as string;
        expect(await repo.git('log', '-1', '--format=%an <%ae>%n%B', commit)).toBe(
          `Grace <grace@example.com>\nMend the text\n\nIt was wrong.\n\nWorkflow-Run: ${played.runId}\nWorkflow-Agent: a1\n`,
        );
        expect(await repo.git('log', '-1', '--format=%(trailers:key=Workflow-Agent,valueonly)', commit)).toBe('a1\n');
        expect(await repo.git('rev-list', '--count', `main..${commit}`)).toBe('1');
      });
    });
  });

  test('X01 binary files, renames, modes, links, new and deleted files are all in the commit', async () => {
    const command = [
      "printf '\\0\\1\\377' > picture.bin && git mv src/a.txt src/z.txt && chmod +x run.sh && rm old.txt",
      'ln -s src/z.txt link && mkdir -p new/deep && echo n > new/deep/file.txt',
    ].join(' && ');
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [says(bash(command), AUTHORS)], cwd: repo.dir }, async ({ play }) => {
        const played = await play(script("return await change('x');"));
        const { commit, files } = resultOf(played) as { commit: string; files: { path: string; status: string }[] };
        expect(files.map(({ path, status }) => `${status} ${path}`).sort()).toEqual([
          'added link',
          'added new/deep/file.txt',
          'added picture.bin',
          'deleted old.txt',
          'modified run.sh',
          'renamed src/z.txt',
        ]);
        const tree = await repo.git('ls-tree', '-r', '--format=%(objectmode) %(objectsize) %(path)', commit);
        expect(tree.split('\n').sort()).toEqual([
          '100644 2 new/deep/file.txt',
          '100644 3 picture.bin',
          '100644 4 docs/b.txt',
          '100644 4 src/z.txt',
          '100755 8 run.sh',
          '120000 9 link',
        ]);
      });
    });
  });

  test('X01 a change of nothing is told as such', async () => {
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [says({ text: 'Leave it: it is right' })], cwd: repo.dir }, async ({ play }) => {
        const played = await play(script("return (await change('x')).files;"));
        expect(resultOf(played)).toEqual([]);
        expect(played.events).toContainEqual(expect.objectContaining({ type: 'change.empty', agentId: 'a1' }));
      });
    });
  });

  test('X01 a change stacks on another, whose files it finds', async () => {
    const brain: Brain = (view) => {
      if (view.prompt.includes('second')) return says(bash('cat src/c.txt > src/d.txt'), AUTHORS)(view);
      return says(write('src/c.txt', 'first\n'), AUTHORS)(view);
    };
    await withGitRepository(FILES, async (repo) => {
      await withBench({ rules: [brain], cwd: repo.dir }, async ({ play }) => {
        const body = `const base = await change('first');
          const top = await change('second', {base}); return [top.base === base.commit, top.commit, top.files.length];`;
        const [stacked, commit, files] = resultOf(await play(script(body))) as [boolean, string, number];
        expect([stacked, files]).toEqual([true, 1]);
        expect(await repo.git('show', `${commit}:src/d.txt`)).toBe('first');
      });
    });
  });
});
