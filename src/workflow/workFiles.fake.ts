import { protection } from '../engine/protectedPaths.ts';
import type { WorkFiles } from './workFiles.ts';
import type { FakeRepository } from './worktrees.fake.ts';

/** Files of a repository in memory. */
export function createFakeWorkFiles(repository: Pick<FakeRepository, 'read' | 'readAt' | 'write'>): WorkFiles {
  return {
    at: async (_cwd, commit, path) => {
      const text = repository.readAt(commit, path);
      return text === null ? { kind: 'absent' } : { kind: 'text', text };
    },
    read: async (root, path, maxBytes) => {
      const text = repository.read(root, path);
      return text === null || text.length > maxBytes ? null : text;
    },
    add: async (root, path, text) => {
      if (path.split('/').includes('..') || protection(root, `${root}/${path}`) !== null) return 'refused';
      if (repository.read(root, path) !== null) return 'there';
      repository.write(root, path, text);
      return 'added';
    },
    put: async (root, path, text) => {
      if (path.split('/').includes('..') || protection(root, `${root}/${path}`) !== null) return 'refused';
      repository.write(root, path, text);
      return 'put';
    },
  };
}
