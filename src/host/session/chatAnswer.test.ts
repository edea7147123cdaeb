import { describe, expect, test } from 'vitest';
import { Emitter } from '../../base/emitter.ts';
import { eventsOf } from '../../projection/runLog.fake.ts';
import * as log from '../../projection/sessionLog.fake.ts';
import type { EventBody } from '../../protocol/messages.ts';
import { answerInChat, type ChatSession, type ChatSink } from './chatAnswer.ts';
import type { SessionChange } from './ownSession.ts';

const { asked, begun, launched, over, said, told, toolStarted } = log;

/** Pieces of a reply stand as texts among the events. */
type Happens = EventBody | string;

/** A session in which these things come to pass as soon as something is said to it. */
class FakeSession implements ChatSession {
  readonly #changes = new Emitter<SessionChange>();
  readonly #happens: readonly Happens[];
  readonly on = (listener: (change: SessionChange) => void) => this.#changes.on(listener);
  interrupted = 0;

  constructor(happens: readonly Happens[]) {
    this.#happens = happens;
  }

  async say(): Promise<boolean> {
    this.happen(this.#happens);
    return this.#happens.length > 0;
  }

  interrupt(): void {
    this.interrupted += 1;
    this.happen([over('t1', { kind: 'interrupted' })]);
  }

  happen(all: readonly Happens[]): void {
    for (const one of all) {
      if (typeof one === 'string') this.#changes.emit({ type: 'delta', text: one });
      else this.#changes.emit({ type: 'events', events: eventsOf([one]) });
    }
  }
}

async function shown(text: string, session: FakeSession, signal = new AbortController().signal) {
  const lines: string[] = [];
  const sink: ChatSink = {
    markdown: (words) => lines.push(words),
    progress: (words) => lines.push(`progress: ${words}`),
    run: (runId, title) => lines.push(`run: ${runId} ${title}`),
    launch: (requestId, { workflowName }) => lines.push(`launch: ${requestId} ${workflowName}`),
    asks: (_requestId, words) => lines.push(`asks: ${words}`),
  };
  await answerInChat(session, text, sink, signal);
  return lines;
}

describe('a chat over the session', () => {
  test.each<{ name: string; text: string; happens: readonly Happens[]; lines: readonly string[] }>([
    {
      name: 'shows its turn as it comes, and no other',
      text: 'mine',
      happens: [
        ...[asked('t0', 'before'), begun('t0'), asked('t1', 'mine'), 'other', said('t0', 'other'), over('t0')],
        ...[begun('t1'), 'I ', 'look.', said('t1', 'I look.'), toolStarted('c1', 'Bash', 'ls\npwd')],
        ...[toolStarted('c2', 'Read', 'a', 'a2'), launched('r1'), said('t1', 'Done.'), over('t1'), 'later'],
      ],
      lines: ['I ', 'look.', '\n\n', 'progress: Bash ls', 'run: r1 Looking for dead code', 'Done.\n\n'],
    },
    {
      name: 'says that it is asked for something, and how it failed',
      text: 'mine',
      happens: [
        ...[asked('t1', 'mine'), begun('t1'), log.permission('p1'), log.question('q1')],
        log.launchAsked('p2'),
        over('t1', { kind: 'failed', message: 'no network' }),
      ],
      lines: [
        'asks: The session asks for your permission to use Bash.',
        'asks: The session asks you something.',
        'launch: p2 dead-code',
        'That failed: no network',
      ],
    },
    {
      name: 'a command is answered by the program',
      text: '/cost',
      happens: [told('Nothing.')],
      lines: ['Nothing.\n\n'],
    },
    {
      name: 'a command that has the agent work is its turn',
      text: '/goal all green',
      happens: [asked('t1', 'Goal: all green', 'goal'), begun('t1'), said('t1', 'Yes.'), over('t1')],
      lines: ['Yes.\n\n'],
    },
    {
      name: 'what is refused is said',
      text: 'mine',
      happens: [{ type: 'refused', commandId: 'c', error: 'It is ending.' }],
      lines: ['It is ending.\n\n'],
    },
    { name: 'what could not be said shows nothing', text: 'mine', happens: [], lines: [] },
  ])('$name', async ({ text, happens, lines }) => {
    expect(await shown(text, new FakeSession(happens))).toEqual(lines);
  });

  test('one that is cancelled interrupts its turn, and none that only waits', async () => {
    const cancelled = AbortSignal.abort();
    const working = new FakeSession([asked('t1', 'mine'), begun('t1')]);
    await shown('mine', working, cancelled);
    expect(working.interrupted).toBe(1);
    const waiting = new FakeSession([asked('t0', 'before'), begun('t0'), asked('t1', 'mine')]);
    await shown('mine', waiting, cancelled);
    expect(waiting.interrupted).toBe(0);
  });
});
