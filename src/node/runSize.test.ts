import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Message } from '../protocol/conversation.ts';
import type { Event, EventBody } from '../protocol/messages.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { manifestFor } from '../workflow/runStore.contract.ts';
import { readTranscript } from './runReader.ts';
import { sizeOfFolder } from './runSize.ts';
import { fileRunStore } from './runStore.ts';

/** A quarter of a large run: what is shared weighs more in it than in the whole. Of 1,000: 71.5 MB said, 28.4 MB on disk. */
const AGENTS = 250;
const TURNS = 12;

/** Words without a pattern, about `chars` characters, the same for the same seed. */
function prose(chars: number, seed: number): string {
  let state = (seed * 2_654_435_761) >>> 0;
  const words: string[] = [];
  for (let length = 0; length < chars;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const word = `${(state >>> 12).toString(36)}${state % 7 === 0 ? '\n' : ''}`;
    words.push(word);
    length += word.length + 1;
  }
  return words.join(' ');
}

/**
 * As a fan-out over a code base looks: a prompt of 8,000 characters of which 6,000 are the same for all, a dozen turns
 * that read one of 200 files of 6,000 characters or run a command with 1,500 characters of output, an answer of 2,000.
 */
function conversation(agent: number, context: string, files: readonly string[]): readonly Message[] {
  const messages: Message[] = [
    {
      role: 'user',
      content: [
        {
          type: 'text',
          text: `Your working directory is /w/a${agent}.\n\n${prose(1_000, agent)}\n${context}\n${prose(1_000, -agent)}`,
        },
      ],
    },
  ];
  for (let turn = 0; turn < TURNS; turn += 1) {
    const id = `toolu_${agent}_${turn}`;
    const reads = turn % 3 !== 2;
    const input = reads
      ? { path: `src/file${(agent * 7 + turn) % files.length}.ts` }
      : { command: `npm test -- ${turn}` };
    const content = reads ? (files[(agent * 7 + turn) % files.length] ?? '') : prose(1_500, agent * 100 + turn);
    messages.push(
      {
        role: 'assistant',
        content: [
          { type: 'text', text: prose(200, agent * 1_000 + turn) },
          { type: 'tool_use', id, name: reads ? 'Read' : 'Bash', input },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', toolUseId: id, content, isError: false }] },
    );
  }
  messages.push({ role: 'assistant', content: [{ type: 'text', text: prose(2_000, agent * 13) }] });
  return messages;
}

function eventsOf(agentId: string): readonly EventBody[] {
  const text = prose(200, 1);
  const turn = (n: number): readonly EventBody[] => [
    { type: 'agent.replied', agentId, model: 'claude-sonnet-5-5', usage: NO_USAGE, text },
    { type: 'tool.started', agentId, callId: `toolu_${agentId}_${n}`, tool: 'Read', summary: 'src/some/file.ts' },
    { type: 'tool.ended', agentId, callId: `toolu_${agentId}_${n}`, ok: true, ms: 12 },
  ];
  const key = `${'0123456789abcdef'.repeat(4)}:1`;
  return [
    {
      type: 'agent.queued',
      agentId,
      kind: 'agent',
      label: text.slice(0, 60),
      phase: 'Find',
      model: 'm',
      prompt: text,
      key,
    },
    { type: 'agent.started', agentId },
    ...Array.from({ length: TURNS }, (_, n) => turn(n)).flat(),
    { type: 'agent.ended', agentId, end: { kind: 'done', preview: text }, fromJournal: false },
  ];
}

test('W41 a run takes less than 60 kB an agent, half of what is said, and every transcript is whole', async () => {
  const home = await mkdtemp(join(tmpdir(), 'dwf-size-'));
  try {
    const run = await fileRunStore(home).create(manifestFor('run-1'), 'return 1;');
    const context = prose(6_000, 424_242);
    const files = Array.from({ length: 200 }, (_, file) => prose(6_000, 9_000_000 + file));
    let [seq, told] = [0, 0];
    for (let agent = 1; agent <= AGENTS; agent += 1) {
      const agentId = `a${agent}`;
      const messages = conversation(agent, context, files);
      told += JSON.stringify(messages).length;
      for (const message of messages) run.appendTranscript(agentId, [message]);
      run.appendEvents(eventsOf(agentId).map((body): Event => ({ seq: ++seq, at: 1, runId: 'run-1', ...body })));
      if (agent % 50 === 0)
        await run.appendJournal({ key: `k${agent}:1`, kind: 'agent', agentId, value: prose(2_000, agent) });
    }
    await run.close();
    const size = await sizeOfFolder(run.dir);
    expect(told / AGENTS).toBeGreaterThan(60_000);
    expect(size / AGENTS).toBeLessThan(60_000);
    expect(size).toBeLessThan(told / 2);
    expect(await readTranscript(run.dir, 'a177')).toEqual(conversation(177, context, files));
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}, 60_000);
