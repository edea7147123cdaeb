import { createFakeRepository } from './worktrees.fake.ts';
import { CONTRACT_FILES, worktreesContract } from './worktrees.contract.ts';

worktreesContract('the fake', async () => {
  const fake = createFakeRepository(CONTRACT_FILES);
  return {
    worktrees: fake.worktrees,
    merge: fake.merge,
    cwd: fake.root,
    base: fake.base,
    write: async (lease, file, content) => fake.write(lease.path, file, content),
    read: async (lease, file) => fake.read(lease.path, file),
    readAt: async (commit, file) => fake.readAt(commit, file),
    dispose: async () => undefined,
  };
});
