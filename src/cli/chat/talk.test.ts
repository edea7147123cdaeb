import { expect, test } from 'vitest';
import type { Command, Event, EventBody } from '../../protocol/messages.ts';
import { fakeIo } from '../io.fake.ts';
import { talk } from './talk.ts';

/** A session that does `answers` for what is said, line by line. */
async function talked(
  lines: readonly string[],
  answers: Readonly<Record<string, readonly (EventBody | { readonly delta: string } | { readonly press: 'ctrl-c' })[]>>,
) {
  const io = fakeIo({ terminal: { columns: 80, rows: 24 }, lines });
  const commands: Command[] = [];
  const said: string[] = [];
  let [tell, stream] = [(_batch: readonly Event[]): void => undefined, (_delta: string): void => undefined];
  let seq = 0;
  const door = {
    engine: {
      dispatch: (command: Command) => void commands.push(command),
      subscribe: (_id: string, _from: number, on: (batch: readonly Event[]) => void) => {
        tell = on;
        return { dispose: () => undefined };
      },
      listen: (_id: string, on: (delta: string) => void) => {
        stream = on;
        return { dispose: () => undefined };
      },
      idle: () => Promise.resolve(),
    },
    sessionId: 'session-1',
    say: (text: string) => {
      said.push(text);
      for (const event of answers[text] ?? []) {
        if ('press' in event) io.interrupt();
        else if ('delta' in event) stream(event.delta);
        else tell([{ seq: (seq += 1), at: 0, runId: 'session-1', ...event }]);
      }
    },
  };
  const code = await talk(io, door);
  return { out: io.out(), code, commands, said, exits: io.exits };
}

const END = { type: 'turn.ended', turnId: 't', end: { kind: 'done', text: '' } } as const;

test('a reply is shown as it streams in, once, and what happens meanwhile on lines of its own', async () => {
  const { out, code, said } = await talked(['hello', ''], {
    hello: [
      { delta: 'Hel' },
      { type: 'tool.started', agentId: 'main', callId: 'c', tool: 'Read', summary: 'a.txt' },
      { delta: 'lo.' },
      { type: 'turn.said', turnId: 't', text: 'Hello.' },
      END,
    ],
  });
  expect(out).toContain('> Hel\n· Read a.txt\nlo.\n> ');
  expect(out).toMatch(/To go on with this session: dwf chat --session session-1\n$/);
  expect([code, said]).toEqual([0, ['hello']]);
});

test('a reply that did not stream is shown whole', async () => {
  const { out } = await talked(['hello'], { hello: [{ type: 'turn.said', turnId: 't', text: 'All at once.' }, END] });
  expect(out).toContain('> All at once.\n> ');
});

test('what is asked is answered by the next line: yes, no, or why not', async () => {
  const asked = (requestId: string): EventBody => ({
    ...{ type: 'permission.asked', requestId, agentId: 'main', tool: 'Workflow', summary: 'triage' },
  });
  const answered = (requestId: string): EventBody => ({
    ...{ type: 'permission.answered', requestId, allowed: true, by: 'person' },
  });
  const { commands, said } = await talked(['go', 'y'], { go: [asked('r1')] });
  expect(commands).toMatchObject([{ type: 'permission.answer', requestId: 'r1', allow: true }]);
  expect(said).toEqual(['go']);
  const denied = await talked(['go', 'too dear'], { go: [asked('r1'), answered('r1'), asked('r2')] });
  expect(denied.commands).toMatchObject([
    { type: 'permission.answer', requestId: 'r2', allow: false, reason: 'too dear' },
  ]);
});

test('Ctrl-C interrupts the turn, and leaves where nothing is under way', async () => {
  const press = { press: 'ctrl-c' } as const;
  const begun = { type: 'turn.started', turnId: 't' } as const;
  const busy = await talked(['go'], { go: [begun, press, END] });
  expect([busy.commands, busy.exits]).toMatchObject([[{ type: 'session.interrupt' }], []]);
  const once = await talked(['go', 'on'], { go: [begun, END, press], on: [press] });
  expect([once.commands, once.exits]).toEqual([[], []]);
  expect((await talked(['go'], { go: [begun, END, press, press] })).exits).toEqual([130]);
});

test('/quit leaves', async () => {
  expect((await talked(['/quit', 'more'], {})).said).toEqual([]);
});
