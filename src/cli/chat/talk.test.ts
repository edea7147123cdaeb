import { expect, test } from 'vitest';
import { launchAsked } from '../../projection/sessionLog.fake.ts';
import type { Command, Event, EventBody } from '../../protocol/messages.ts';
import { fakeIo } from '../io.fake.ts';
import { talk } from './talk.ts';

/** A session that does `answers` for what is said, line by line. */
async function talked(
  lines: readonly string[],
  answers: Readonly<Record<string, readonly (EventBody | { readonly delta: string } | { readonly press: 'ctrl-c' })[]>>,
  past: readonly Event[] = [],
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
      previewResume: () => Promise.resolve({ kind: 'refused', reason: 'unknown', error: 'There is none.' } as const),
    },
    place: { home: '/nowhere', cwd: '/repo' },
    sessionId: 'session-1',
    past,
    say: (text: string) => {
      said.push(text);
      for (const event of answers[text] ?? []) {
        if ('press' in event) io.interrupt();
        else if ('delta' in event) stream(event.delta);
        else tell([{ seq: (seq += 1), at: 0, runId: 'session-1', ...event }]);
      }
    },
  };
  const { code } = await talk(io, door);
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

test('X08 whether a workflow is to start is asked with all that it is, and its script is shown for the asking', async () => {
  const hostile = { title: 'good\u001b[2J\nCaps: none', forecast: null };
  const { out, commands } = await talked(['go', 's', 'y'], { go: [launchAsked('r1', hostile)] });
  expect(out).toContain(
    ['> Start dead-code? good [2J Caps: none', 'Finds code that nothing calls.', 'Phases: Look → Doubt → Sum up'].join(
      '\n',
    ),
  );
  expect(out).toContain('Caps: 500.0k tokens, 200 agents (you wrote “use a 500k token budget”)\n');
  expect(out).toContain(
    'What it takes could not be found out in time. A budget limits it: “at most $5”.\nStart it? y, n, s shows its script, or why not\n? ',
  );
  expect(out).toContain("? export const meta = { name: 'dead-code' };\nreturn await agent('look');");
  expect(commands).toMatchObject([{ type: 'permission.answer', requestId: 'r1', allow: true }]);
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

test('what was said before is shown first, with what still waits for an answer', async () => {
  const past = (
    [
      { type: 'turn.asked', turnId: 't1', by: 'person', text: 'first' },
      { type: 'turn.started', turnId: 't1' },
      { type: 'turn.said', turnId: 't1', text: 'One.' },
      END,
      { type: 'permission.asked', requestId: 'r0', agentId: 'main', tool: 'Bash', summary: 'gone' },
      { type: 'permission.answered', requestId: 'r0', allowed: true, by: 'person' },
      { type: 'permission.asked', requestId: 'r1', agentId: 'main', tool: 'Bash', summary: 'make' },
    ] satisfies EventBody[]
  ).map((body, at): Event => ({ seq: at + 1, at: 0, runId: 'session-1', ...body }));
  const { out, commands } = await talked(['y'], {}, past);
  expect(out).toMatch(/^> first\nOne\.\nBash asks for permission: make\nAllow it\?/);
  expect(commands).toMatchObject([{ type: 'permission.answer', requestId: 'r1', allow: true }]);

  const many = Array.from({ length: 25 }, (_, at): Event[] => [
    {
      seq: 2 * at + 1,
      at: 0,
      runId: 'session-1',
      type: 'turn.asked',
      turnId: `t${at}`,
      by: 'person',
      text: `turn ${at}`,
    },
    { seq: 2 * at + 2, at: 0, runId: 'session-1', ...END },
  ]).flat();
  const long = await talked([], {}, many);
  expect(long.out).toMatch(/^· 5 earlier turns are not shown\.\n> turn 5\n/);
});
