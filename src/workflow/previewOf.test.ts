import { describe, expect, test } from 'vitest';
import type { JournalEntry } from './journal.ts';
import { previewOf } from './previewOf.ts';
import { manifestFor } from './runStore.contract.ts';
import type { FolderSeen, PastCall } from './runStore.ts';
import { staleAnswers } from './staleAnswers.ts';
import { createFakeRepository } from './worktrees.fake.ts';

function answer(agentId: string, key = `key-${agentId}`, kind: JournalEntry['kind'] = 'agent'): JournalEntry {
  return { key, kind, agentId, value: 'v' };
}
function call(agentId: string, attempt = 1, key: string | null = `key-${agentId}`): PastCall {
  return { agentId, label: `label of ${agentId}`, attempt, ...(key === null ? {} : { key }) };
}
const saw = (agentId: string): JournalEntry => ({ ...answer(agentId), sawFolder: true });
const seen = (attempt: number, found: string | null, left: string | null): FolderSeen => ({ attempt, found, left });

async function preview(
  journal: readonly JournalEntry[],
  calls: readonly PastCall[],
  folders: readonly FolderSeen[] = [],
) {
  const repository = createFakeRepository();
  repository.setFolder('now');
  return previewOf(repository, { manifest: manifestFor('run-1'), journal, calls, folders });
}

describe('W43 how many calls come from the journal', () => {
  test.each([
    { name: 'nothing was asked yet', journal: [], calls: [], said: [0, 0] },
    {
      name: 'a first attempt that was cut short',
      journal: [answer('a1'), answer('a2')],
      calls: [call('a1'), call('a2'), call('a3')],
      said: [2, 3],
    },
    {
      name: 'what was asked in two attempts is one call',
      journal: [answer('a1')],
      calls: [call('a1'), call('a2'), call('a1', 2), call('a2.1', 2, 'key-a2')],
      said: [1, 2],
    },
    {
      name: 'a second attempt that died early knows what the first one knew',
      journal: [answer('a1'), answer('a2')],
      calls: [call('a1'), call('a2'), call('a3'), call('a1', 2)],
      said: [2, 3],
    },
    {
      name: 'answers of agents that the edited script does not ask for are none of them',
      journal: [answer('a1'), answer('a2')],
      calls: [call('a2', 2)],
      said: [1, 1],
    },
    {
      name: 'checks, landings and answers of people are calls as well',
      journal: [answer('a1'), answer('check-1.1', 'c', 'check'), answer('a1', 'l', 'land'), answer('', 'q', 'ask')],
      calls: [call('a1')],
      said: [4, 4],
    },
    {
      name: 'an older log without keys: the last attempt alone tells',
      journal: [answer('a1')],
      calls: [call('a1', 1, null), call('a2', 1, null), call('a1', 2, null), call('a2.1', 2, null)],
      said: [1, 2],
    },
    { name: 'a log that was lost', journal: [answer('a1')], calls: [], said: [1, 1] },
  ])('$name', async ({ journal, calls, said }) => {
    const { finishedCalls, knownCalls } = await preview(journal, calls);
    expect([finishedCalls, knownCalls]).toEqual(said);
  });
});

describe('W42 answers that may be stale', () => {
  test('are named by what their agents are called', async () => {
    const { staleCalls } = await preview([saw('a1'), answer('a2')], [call('a1'), call('a2')], [seen(1, 'then', null)]);
    expect(staleCalls).toEqual([{ agentId: 'a1', label: 'label of a1' }]);
  });

  test.each([
    { name: 'the folder is as it was found', folders: [seen(1, 'now', null)], stale: [] },
    { name: 'the folder is as the attempt left it', folders: [seen(1, 'then', 'now')], stale: [] },
    { name: 'the folder has changed since', folders: [seen(1, 'then', 'left')], stale: ['a1'] },
    {
      name: 'only the run itself has changed it, over two attempts',
      folders: [seen(1, 'then', 'left'), seen(2, 'left', 'now')],
      stale: [],
    },
    {
      name: 'somebody changed it between two attempts',
      folders: [seen(1, 'then', 'left'), seen(2, 'changed', 'now')],
      stale: ['a1'],
    },
    {
      name: 'an attempt was cut short and nobody knows what it left',
      folders: [seen(1, 'then', null), seen(2, 'left', 'now')],
      stale: ['a1'],
    },
    { name: 'it changed back', folders: [seen(1, 'now', 'left'), seen(2, 'changed', null)], stale: [] },
    { name: 'nothing is known of the attempt', folders: [], stale: ['a1'] },
  ])('$name', ({ folders, stale }) => {
    const journal = [saw('a1'), answer('a2')];
    expect(staleAnswers({ journal, folders }, 'now').map(({ agentId }) => agentId)).toEqual(stale);
  });

  test('none where the folder cannot be compared', () => {
    expect(staleAnswers({ journal: [saw('a1')], folders: [seen(1, 'then', null)] }, null)).toEqual([]);
  });
});
