import { expect, test } from 'vitest';
import { runGit } from '../support/gitRepository.ts';
import { withDesk } from './dwf.ts';

test('the demo: a copy of its own that stays, the table at the end and the way to the branch', () =>
  withDesk(async ({ dwf, folder }) => {
    const { code, stdout, stderr } = await dwf(['demo'], { env: { TMPDIR: folder } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [, copy = ''] = /^The sample project is in (\S+)/.exec(stdout) ?? [];
    expect(stdout).toContain('The model is simulated');
    for (const name of ['csv', 'lru', 'money', 'ranges', 'semver', 'wrap']) {
      expect(stdout).toMatch(new RegExp(`landed +fix src/${name}\\.js `));
    }
    expect(stdout).toMatch(/refused +parseQuery\(\) loses values +README\.md promises/);
    const [, look = ''] = /Look +git -C \S+ (.*)/.exec(stdout) ?? [];
    expect(await runGit(copy, look.split(' '))).toContain('diff --git a/src/money.js');
  }));
