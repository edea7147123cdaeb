import { existsSync } from 'node:fs';
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileRunStore } from '../../src/node/runStore.ts';
import { withGitRepository } from '../support/gitRepository.ts';
import { withDesk, type Desk } from './dwf.ts';

interface Listed {
  readonly sessionId: string;
  readonly dir: string;
  readonly open: boolean;
  readonly title: string | null;
  readonly turns: number;
}

const DAY_S = 24 * 60 * 60;
const listed = async ({ dwf }: Desk): Promise<readonly Listed[]> =>
  JSON.parse((await dwf(['sessions', '--json'])).stdout) as Listed[];

/** What a session has said in a repository, by its first words; their ids. */
async function sessionsOf(desk: Desk, cwd: string, words: readonly string[]): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const text of words) {
    const { stdout } = await desk.dwf(['chat', '-p', text, '--simulate', '--json', '--cwd', cwd]);
    ids.push((JSON.parse(stdout) as { readonly sessionId: string }).sessionId);
  }
  return ids;
}

test('sessions are listed and deleted, with the refs of their turns; one that is open stays', () =>
  withGitRepository({ 'a.txt': 'a\n' }, (repo) =>
    withDesk(async (desk) => {
      expect((await desk.dwf(['sessions'])).stdout).toContain('No sessions yet.');
      const [first = '', second = ''] = await sessionsOf(desk, repo.dir, ['mend \u001b[31mit', 'and this']);
      const refs = () => repo.git('for-each-ref', '--format=%(refname)', 'refs/dynamic-workflows/');
      expect(await refs()).toContain(`refs/dynamic-workflows/${first}/turn-1`);
      expect(await listed(desk)).toMatchObject([
        { sessionId: second, open: false, title: 'and this', turns: 1 },
        { sessionId: first, turns: 1 },
      ]);
      expect((await desk.dwf(['sessions'])).stdout).toMatch(
        new RegExp(`^${first} +closed .* 1 turn .*mend  \\[31mit$`, 'm'),
      );

      const opened = await fileRunStore(`${desk.folder}/home`, 'sessions').open(second);
      if (opened.kind !== 'opened') throw new Error(opened.kind);
      const kept = await desk.dwf(['sessions', 'rm', second]);
      expect([kept.code, kept.stdout]).toEqual([3, `${second}: kept, it is open in process ${process.pid}\n`]);
      await opened.run.close();

      const dir = (await listed(desk)).find(({ sessionId }) => sessionId === first)?.dir ?? '';
      const gone = await desk.dwf(['sessions', 'rm', first]);
      expect([gone.code, gone.stdout]).toEqual([0, expect.stringMatching(/^session-\w+: deleted, .* and 1 ref\n$/)]);
      expect(existsSync(dir)).toBe(false);
      expect(await refs()).toBe(`refs/dynamic-workflows/${second}/turn-1`);
      expect((await desk.dwf(['runs', 'rm', second])).stderr).toContain('There is no run');
      expect((await desk.dwf(['sessions', 'rm', 'nope'])).stderr).toContain('There is no session nope');
      expect(await repo.git('status', '--porcelain')).toBe('');
    }),
  ));

test('prune takes those that were not used for long, whenever they were begun', () =>
  withDesk(async (desk) => {
    const [old = '', used = ''] = await sessionsOf(desk, desk.folder, ['old', 'used']);
    const dirs = new Map((await listed(desk)).map(({ sessionId, dir }) => [sessionId, dir]));
    for (const [id, days] of [
      [old, 40],
      [used, 10],
    ] as const) {
      const at = Date.now() / 1000 - days * DAY_S;
      await utimes(join(dirs.get(id) ?? '', 'events.ndjson'), at, at);
    }
    const none = await desk.dwf(['sessions', 'prune', '--dry-run']);
    expect(none.stdout).toBe('0 sessions would go, 0 B.\n');
    expect((await desk.dwf(['sessions', 'prune', '--failed'])).stderr).toContain('leave --failed out');
    expect((await desk.dwf(['sessions', 'prune', '--all'])).stderr).toContain('2 sessions would go. Give --yes');
    expect((await desk.dwf(['sessions', 'prune', '--all', '--yes'])).stdout).toMatch(
      /Deleted 2 sessions, .* freed\.\n$/,
    );
    expect(await listed(desk)).toEqual([]);
  }));
