import { createFakeWorkFiles } from './workFiles.fake.ts';
import { workFilesContract } from './workFiles.contract.ts';
import { createFakeRepository } from './worktrees.fake.ts';

workFilesContract('the fake repository', async () => {
  const repository = createFakeRepository({ 'a.txt': 'a\n' });
  const request = { runId: 'run-1', name: 'one', commit: repository.base };
  const leased = await repository.worktrees.acquire(repository.root, request, new AbortController().signal);
  if (leased.kind === 'failed') throw new Error(leased.message);
  const { lease } = leased;
  return {
    files: createFakeWorkFiles(repository),
    cwd: repository.root,
    base: repository.base,
    lease,
    dispose: () => lease.release(),
  };
});
