import { describe, expect, test } from 'vitest';
import { staleWords } from '../projection/resumeWords.ts';
import { BEGUN_ANEW, userText, type Message } from '../protocol/conversation.ts';
import type { JournalEntry } from './journal.ts';
import { previewOf } from './previewOf.ts';
import { manifestFor } from './runStore.contract.ts';
import type { FolderSeen, PastCall } from './runStore.ts';
import { NEVER_STARTED } from './spending.ts';
import { beginAnew, staleAnswers, staleStarts } from './staleAnswers.ts';
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
  return previewOf(repository, {
    ...{ manifest: manifestFor('run-1'), spent: NEVER_STARTED, journal, calls, folders, unfinished: new Map() },
    readTranscript: async () => [],
  });
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

describe('W42 half-finished agents that may be stale', () => {
  const used = (...names: readonly string[]): readonly Message[] => [
    userText('task'),
    { role: 'assistant', content: names.map((name) => ({ type: 'tool_use' as const, id: name, name, input: {} })) },
  ];
  const transcripts: Record<string, readonly Message[]> = {
    a1: used('Read'),
    a2: used('StructuredOutput'),
    a3: used('Read'),
    a4: used('Read'),
    a5: [...used('Read'), BEGUN_ANEW, userText('task')],
  };
  const inFolder = (agentId: string): PastCall => ({ ...call(agentId), inFolder: true });
  const run = (folders: readonly FolderSeen[]) => ({
    ...{ folders, journal: [], manifest: manifestFor('run-1') },
    unfinished: new Map(['a1', 'a2', 'a3', 'a5'].map((agentId) => [`key-${agentId}`, agentId])),
    // In a worktree a3 sees the run's own commit, whatever becomes of the folder; a4 has finished.
    calls: [inFolder('a1'), inFolder('a2'), call('a3'), inFolder('a4'), inFolder('a5')],
    readTranscript: async (agentId: string) => transcripts[agentId] ?? [],
  });
  const changed = [seen(1, 'then', null)];

  test('are those that looked at the folder and would go on from there', async () => {
    expect(await staleStarts(run(changed), 'now')).toEqual(['a1']);
    expect(await staleStarts(run([seen(1, 'now', null)]), 'now')).toEqual([]);
    expect(await staleStarts(run(changed), null)).toEqual([]);
  });

  test('are told apart from answers, and in words', async () => {
    const repository = createFakeRepository();
    repository.setFolder('now');
    const figures = await previewOf(repository, { spent: NEVER_STARTED, ...run(changed), journal: [saw('a4')] });
    expect(figures.staleCalls).toEqual([
      { agentId: 'a4', label: 'label of a4' },
      { agentId: 'a1', label: 'label of a1', halfway: true },
    ]);
    expect(staleWords(figures)).toEqual([
      '1 answer may be stale: its agent looked at files here that have changed since.',
      '  a4  label of a4',
      '1 half-finished agent would go on from files here that have changed since; asked again, it begins anew.',
      '  a1  label of a1',
    ]);
  });

  test('begin anew: what they had seen does not count any more', async () => {
    const appended: [string, readonly Message[]][] = [];
    beginAnew({ appendTranscript: (agentId, messages) => void appended.push([agentId, messages]) }, ['a1']);
    const readTranscript = async (agentId: string): Promise<readonly Message[]> => [
      ...(transcripts[agentId] ?? []),
      ...appended.flatMap(([id, messages]) => (id === agentId ? messages : [])),
    ];
    expect(await staleStarts({ ...run(changed), readTranscript }, 'now')).toEqual([]);
  });
});
