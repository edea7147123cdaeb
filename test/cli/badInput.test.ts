import { mkdir, readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startSimulator } from '../../src/node/simulator/simulator.ts';
import { withGitRepository } from '../support/gitRepository.ts';
import { script, withDesk } from './dwf.ts';

describe('bad input: one line that says what is wrong and what to do', () => {
  test.each([
    { argv: ['run'], says: /^Name a workflow or give a file/ },
    { argv: ['run', 'fix-faling-tests'], says: /no workflow "fix-faling-tests"\. Did you mean "fix-failing-tests"\?/ },
    { argv: ['run', 'nowhere.js'], says: /There is no file .*nowhere\.js/ },
    { argv: ['run', 'good.js'], says: /set ANTHROPIC_API_KEY .*--base-url.*--simulate/ },
    { argv: ['run', 'good.js', '--simulate', '--args', '{bad'], says: /--args is not valid JSON/ },
    { argv: ['run', 'good.js', '--simulate', '--cwd', '/nowhere'], says: /There is no folder \/nowhere/ },
    { argv: ['run', 'good.js', '--simulate', '--budget', 'lots'], says: /--budget is a number of output tokens/ },
    { argv: ['run', 'good.js', '--simulate', 'rules.json'], says: /rules\.json: rule 1: .*err/ },
    { argv: ['run', 'good.js', '--frobnicate'], says: /Unknown option '--frobnicate'/ },
    { argv: ['run', 'bad.js', '--simulate'], says: /bad\.js:3:1 error W05-\S+ / },
    { argv: ['run', 'changes.js', '--simulate'], says: /not in a git repository.*git init/ },
    { argv: ['resume', 'never-was'], says: /There is no run never-was: nothing to resume/ },
    {
      argv: ['resume', 'never-was', '--land-unreviewed', '--require-review'],
      says: /Give one of --land-unreviewed and --require-review/,
    },
    { argv: ['show', '../../etc'], says: /There is no run/ },
    { argv: ['frobnicate'], says: /There is no command "frobnicate"/ },
    { argv: ['validate'], says: /Name the files/ },
    { argv: ['simulate', '--port', 'http'], says: /--port is a whole number/ },
  ])('dwf $argv', async ({ argv, says }) => {
    await withDesk(async ({ dwf, write, folder }) => {
      await write('good.js', script("return await agent('x');"));
      await write('changes.js', script("return await change('x');"));
      await write('bad.js', script("log('x');\nimport fs from 'node:fs';"));
      await write('rules.json', '[{"reply": {"err": 1}}]');
      const { code, stdout, stderr } = await dwf(argv);
      expect(stderr).toMatch(says);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(await readdir(folder)).not.toContain('home');
      if (argv[0] === 'validate' || argv[0] === 'simulate') return;
      const asJson = await dwf([...argv, '--json']);
      const object: unknown = JSON.parse(asJson.stdout);
      expect(object).toMatchObject({ error: expect.stringMatching(says) as unknown });
    });
  });

  test('a repository without a commit is left as it is', async () => {
    await withGitRepository({}, async (repository) => {
      await withDesk(async ({ dwf }) => {
        const { code, stderr } = await dwf(['run', 'fix-failing-tests', '--simulate'], { cwd: repository.dir });
        expect(stderr).toMatch(/has no commit yet\. Commit once/);
        expect(code).toBe(2);
        expect(await repository.git('for-each-ref')).toBe('');
        expect(await readdir(repository.dir)).toEqual(['.git']);
      });
    });
  });

  test('no git: said so, where changes need it', async () => {
    await withDesk(async ({ dwf, folder }) => {
      await mkdir(join(folder, 'empty'));
      const { code, stderr } = await dwf(['run', 'fix-failing-tests', '--simulate'], {
        env: { PATH: join(folder, 'empty') },
      });
      expect(stderr).toMatch(/Git was not found\. Install git/);
      expect(code).toBe(2);
    });
  });

  test('a dirty checkout is stated before the start, with the base commit', async () => {
    await withGitRepository({ 'readme.md': 'hello\n' }, async (repository) => {
      await withDesk(async ({ dwf, write }) => {
        await repository.write('readme.md', 'changed\n');
        await repository.write('new.md', 'new\n');
        const head = await repository.git('rev-parse', 'HEAD');
        const file = await write('good.js', script("return 'done';"));
        const { code, stdout } = await dwf(['run', file, '--simulate'], { cwd: repository.dir });
        expect(stdout.split('\n')[0]).toBe(
          `test · ${repository.dir} · main at ${head.slice(0, 8)} · 2 uncommitted files are not part of this run · simulated model · permission mode default`,
        );
        expect(stdout.split('\n')[1]).toMatch(/^The model is simulated/);
        expect(code).toBe(0);
        expect(await repository.git('status', '--short')).toBe(' M readme.md\n?? new.md');
      });
    });
  });

  test('an endpoint that is not there: nothing is started', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await new Promise((resolve) => server.close(resolve));
    await withDesk(async ({ dwf, write, folder }) => {
      const file = await write('good.js', script("return await agent('x');"));
      const { code, stdout, stderr } = await dwf(['run', file, '--base-url', `http://127.0.0.1:${port}`]);
      expect(stderr).toBe(
        `Nothing answers at http://127.0.0.1:${port}. Start the server or correct --base-url, or try it with --simulate.\n`,
      );
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(await readdir(folder)).toEqual(['good.js']);
    });
  });

  test('a wrong key fails the run after one request, says which, and shows no key', async () => {
    const simulator = await startSimulator({ apiKey: 'right' });
    try {
      await withDesk(async ({ dwf, write }) => {
        const file = await write(
          'good.js',
          script("return await parallel([1, 2, 3].map((n) => () => agent('x' + n)));"),
        );
        const { code, stdout, stderr } = await dwf(['run', file, '--base-url', simulator.url, '--concurrency', '1'], {
          env: { ANTHROPIC_API_KEY: 'sk-very-wrong' },
        });
        expect(stderr).toMatch(/refused the key: set ANTHROPIC_API_KEY/);
        expect(code).toBe(1);
        expect(stdout + stderr).not.toContain('sk-very-wrong');
        expect(simulator.count).toBe(1);
      });
    } finally {
      await simulator.close();
    }
  });
});
