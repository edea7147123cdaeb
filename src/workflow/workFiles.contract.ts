import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WorkFiles } from './workFiles.ts';
import type { Lease } from './worktrees.ts';

/** A repository whose only commit has `a.txt` of one line `a`, and a worktree of it. */
export interface WorkFilesSubject {
  readonly files: WorkFiles;
  readonly cwd: string;
  readonly base: string;
  readonly lease: Lease;
  dispose(): Promise<void>;
}

export function workFilesContract(name: string, open: () => Promise<WorkFilesSubject>): void {
  describe(`${name} as files of commits and worktrees`, () => {
    let subject: WorkFilesSubject;
    beforeEach(async () => void (subject = await open()));
    afterEach(() => subject.dispose());

    test('X02 a commit has what it has, whatever lies in a worktree', async () => {
      const { files, cwd, base, lease } = subject;
      expect(await files.add(lease.path, 'b.txt', 'b\n')).toBe('added');
      expect(await files.at(cwd, base, 'a.txt')).toEqual({ kind: 'text', text: 'a\n' });
      expect(await files.at(cwd, base, 'b.txt')).toEqual({ kind: 'absent' });
    });

    test('X02 what is written in a worktree is read there, up to a size', async () => {
      const { files, lease } = subject;
      expect(await files.add(lease.path, 'new/deep/b.txt', 'b\n')).toBe('added');
      expect(await files.read(lease.path, 'new/deep/b.txt', 2)).toBe('b\n');
      expect(await files.read(lease.path, 'new/deep/b.txt', 1)).toBeNull();
      expect(await files.read(lease.path, 'none.txt', 100)).toBeNull();
    });

    test.each(['../out.txt', 'a/../../out.txt', '.git/hooks/pre-commit', '.vscode/tasks.json'])(
      'X02 nothing is written to %s',
      async (path) => {
        const { files, lease } = subject;
        expect(await files.add(lease.path, path, 'x')).toBe('refused');
        expect(await files.put(lease.path, path, 'x')).toBe('refused');
      },
    );

    test('X02 what is there stays as it is', async () => {
      const { files, lease } = subject;
      expect(await files.add(lease.path, 'new.txt', 'one\n')).toBe('added');
      expect(await files.add(lease.path, 'new.txt', 'two\n')).toBe('there');
      expect(await files.add(lease.path, 'a.txt', 'two\n')).toBe('there');
      expect(await files.read(lease.path, 'new.txt', 100)).toBe('one\n');
      expect(await files.read(lease.path, 'a.txt', 100)).toBe('a\n');
    });

    test('X02 what is put takes the place of what is there', async () => {
      const { files, lease } = subject;
      expect(await files.put(lease.path, 'new/deep/b.txt', 'b\n')).toBe('put');
      expect(await files.put(lease.path, 'a.txt', 'two\n')).toBe('put');
      expect(await files.read(lease.path, 'new/deep/b.txt', 100)).toBe('b\n');
      expect(await files.read(lease.path, 'a.txt', 100)).toBe('two\n');
    });
  });
}
