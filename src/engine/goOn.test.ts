import { describe, expect, test } from 'vitest';
import type { AssistantBlock, Message, ToolCall } from '../protocol/conversation.ts';
import { BEGUN_ANEW, userText } from '../protocol/conversation.ts';
import { GO_ON } from './finishTurn.ts';
import { goOn, reachedOutside, sinceBegunAnew } from './goOn.ts';
import type { Routed, ToolRouter } from './toolRouter.ts';

const said = (...content: readonly AssistantBlock[]): Message => ({ role: 'assistant', content });
const text = (words: string): AssistantBlock => ({ type: 'text', text: words });
const call = (name: string, input: unknown = {}, id = name): ToolCall => ({ type: 'tool_use', id, name, input });
const result = (id: string, content = `${id} again`) => ({
  type: 'tool_result',
  toolUseId: id,
  content,
  isError: false,
});

/** Runs what it is given and remembers it. */
function router(ending?: Routed['ending']) {
  const routed: string[] = [];
  const tools: ToolRouter = {
    route: async (calls) => {
      routed.push(...calls.map(({ name }) => name));
      const results = calls.map(({ id }) => ({ ...result(id), type: 'tool_result' as const }));
      return ending ? { results, ending } : { results };
    },
  };
  return { tools, routed };
}

async function resumed(
  history: readonly Message[],
  options: { byTool?: boolean; lostWork?: boolean; ending?: Routed['ending'] } = {},
) {
  const { tools, routed } = router(options.ending);
  const deps = {
    tools,
    repeatable: (name: string) => name === 'Read' || name === 'StructuredOutput',
    answersByTool: options.byTool ?? false,
    lostWork: options.lostWork ?? false,
  };
  return { routed, ...(await goOn(history, 'note', deps, new AbortController().signal)) };
}

describe('going on where a transcript ends', () => {
  test('W42 an answer beside a call whose state is unknown is not taken: it is to be handed in anew', async () => {
    const { routed, added, answer } = await resumed(
      [userText('task'), said(call('Edit'), call('StructuredOutput', { fixed: true }))],
      { byTool: true },
    );
    expect([routed, answer]).toEqual([[], null]);
    expect(added[0]?.content).toMatchObject([
      { toolUseId: 'Edit', isError: true, content: expect.stringContaining('not known whether') as unknown },
      { toolUseId: 'StructuredOutput', isError: true, content: expect.stringContaining('Not taken') as unknown },
      text('note'),
    ]);
  });

  test('W42 an answer that had been taken when it was interrupted is not asked for again', async () => {
    const history: readonly Message[] = [
      userText('task'),
      said(call('StructuredOutput', { fixed: true })),
      { role: 'user', content: [{ ...result('StructuredOutput'), type: 'tool_result' }] },
    ];
    const { answer, added, routed } = await resumed(history, { byTool: true });
    expect([answer, added, routed]).toEqual([
      { kind: 'ending', ending: { kind: 'final', value: { fixed: true } } },
      [],
      [],
    ]);
    expect((await resumed(history, { byTool: true, lostWork: true })).answer).toBeNull();
  });

  test('W42 nor is one handed in again whose work is lost, where what the calls beside it brought is known', async () => {
    const reply = said(call('Edit'), call('Read'), call('StructuredOutput', { fixed: true }));
    const history: readonly Message[] = [
      userText('task'),
      reply,
      { role: 'user', content: [{ ...result('Edit'), type: 'tool_result' }] },
    ];
    const ending = { kind: 'final', value: { fixed: true } } as const;
    const routedIn = async (lostWork: boolean) => (await resumed(history, { byTool: true, ending, lostWork })).routed;
    expect([await routedIn(false), await routedIn(true)]).toEqual([['Read', 'StructuredOutput'], ['Read']]);
  });

  test('W42 an answer that was to be given again is not taken', async () => {
    const heard: Message = {
      role: 'user',
      content: [
        { ...result('StructuredOutput'), type: 'tool_result' },
        { type: 'text', text: 'A person: mind the docs.' },
      ],
    };
    const history = [userText('task'), said(call('StructuredOutput', { fixed: true })), heard];
    const { answer, added } = await resumed(history, { byTool: true });
    expect([answer, added]).toEqual([null, [userText('note')]]);
  });

  test('W42 a call that only reads is made again, one that may have acted is told and not made', async () => {
    const { routed, added, answer, messages } = await resumed([
      userText('task'),
      said(text('Looking.'), call('Read'), call('Bash', { command: 'make' })),
    ]);
    expect([routed, answer]).toEqual([['Read'], null]);
    expect(added).toHaveLength(1);
    expect(added[0]?.content).toMatchObject([
      result('Read'),
      { toolUseId: 'Bash', isError: true, content: expect.stringContaining('not known whether') as unknown },
      text('note'),
    ]);
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
  });

  test('W42 after results that the model has not seen yet, it only hears the note', async () => {
    const history: readonly Message[] = [
      userText('task'),
      said(call('Read')),
      { role: 'user', content: [{ ...result('Read', 'seen'), type: 'tool_result' }] },
    ];
    const { routed, messages, added } = await resumed(history);
    expect(routed).toEqual([]);
    expect(added).toEqual([userText('note')]);
    expect(messages.at(-1)?.content).toEqual([result('Read', 'seen'), text('note')]);
  });

  test('W42 of a reply of which some calls had ended, their results stand and the others alone are open', async () => {
    const agents = said(call('Agent', {}, 'a1'), call('Agent', {}, 'a2'));
    const first: Message = { role: 'user', content: [{ ...result('a1', 'found'), type: 'tool_result' }] };
    const { added, messages, answer } = await resumed([userText('task'), agents, first]);
    const open = { toolUseId: 'a2', isError: true, content: expect.stringContaining('not known whether') as unknown };
    expect([added, answer]).toMatchObject([[{ content: [open, text('note')] }], null]);
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    expect(messages[2]?.content).toMatchObject([result('a1', 'found'), open, text('note')]);
  });

  test.each([
    { name: 'what only reads is made again', open: call('Read'), ending: undefined },
    {
      name: 'an answer is taken',
      open: call('StructuredOutput', { n: 1 }),
      ending: { kind: 'final', value: { n: 1 } } as const,
    },
  ])('W42 beside calls whose results are known $name', async ({ open, ending }) => {
    const ran: Message = { role: 'user', content: [{ ...result('Bash', 'built'), type: 'tool_result' }] };
    const history = [userText('task'), said(call('Bash'), open), ran];
    const { routed, added, messages, answer } = await resumed(history, ending ? { ending, byTool: true } : {});
    expect([routed, answer]).toEqual([[open.name], ending ? { kind: 'ending', ending } : null]);
    expect(added.flatMap<unknown>(({ content }) => content)).toEqual([
      result(open.name),
      ...(ending ? [] : [text('note')]),
    ]);
    expect(messages.at(-1)?.content.slice(0, 2)).toEqual([result('Bash', 'built'), result(open.name)]);
  });

  test('W42 results that were written down one by one are one message, and none is missing from it', async () => {
    const one = (id: string): Message => ({ role: 'user', content: [{ ...result(id), type: 'tool_result' }] });
    const history = [userText('task'), said(call('Bash'), call('Edit')), one('Bash'), one('Edit'), said(call('Read'))];
    expect((await resumed(history)).messages[2]?.content).toEqual([result('Bash'), result('Edit')]);
  });

  test('W42 its last words are its answer, unless it has to answer through a tool', async () => {
    const history = [userText('task'), said(text('the answer'))];
    expect((await resumed(history)).answer).toEqual({ kind: 'text', text: 'the answer' });
    const byTool = await resumed(history, { byTool: true });
    expect([byTool.answer, byTool.added]).toEqual([null, [userText('note')]]);
  });

  test('W42 an answer in form that was not taken yet is taken now', async () => {
    const ending = { kind: 'final', value: { n: 1 } } as const;
    const { answer, routed } = await resumed([userText('task'), said(call('StructuredOutput', { n: 1 }))], { ending });
    expect([routed, answer]).toEqual([['StructuredOutput'], { kind: 'ending', ending }]);
  });

  test('W42 an answer that was cut is not whole, and its beginning is not lost', async () => {
    const cut = (words: string): Message => ({ role: 'assistant', content: [text(words)], stopped: 'max-tokens' });
    const atOnce = await resumed([userText('task'), cut('first ')]);
    expect([atOnce.answer, atOnce.partial]).toEqual([null, 'first ']);
    expect(JSON.stringify(atOnce.added)).toContain('exactly where it stopped');
    const asked = await resumed([userText('task'), cut('first '), userText(GO_ON)]);
    expect([asked.answer, asked.partial]).toEqual([null, 'first ']);
    const whole = await resumed([userText('task'), cut('first '), userText(GO_ON), said(text('second'))]);
    expect(whole.answer).toEqual({ kind: 'text', text: 'first second' });
  });

  test('W42 a refusal is no answer', async () => {
    const refused: Message = { role: 'assistant', content: [text('I will not.')], stopped: 'refusal' };
    expect((await resumed([userText('task'), refused])).answer).toEqual({ kind: 'refused', text: 'I will not.' });
  });

  test('W42 last words that rest on work that is gone are no answer', async () => {
    const { answer, added } = await resumed([userText('task'), said(text('Wrote it.'))], { lostWork: true });
    expect([answer, added]).toEqual([null, [userText('note')]]);
  });

  test('W46 what stands before a new beginning does not count, and no call is without its result', async () => {
    const before = [userText('task'), said(call('Bash', { command: 'sleep' }))];
    expect(sinceBegunAnew([...before, BEGUN_ANEW, userText('task'), said(text('x'))])).toEqual([
      userText('task'),
      said(text('x')),
    ]);
    const { messages } = await resumed([...before, userText('task'), said(text('done'))]);
    expect(messages[2]?.content[0]).toMatchObject({ type: 'tool_result', toolUseId: 'Bash', isError: true });
  });

  test('roles alternate whatever the transcript holds', async () => {
    const { messages } = await resumed([userText('a'), userText('b'), said(), said(call('Read'))]);
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    expect(messages[0]?.content).toEqual([text('a'), text('b')]);
  });
});

describe('what reached beyond the folder', () => {
  test.each([
    { command: 'git push origin main', outside: true },
    { command: 'cd x && git -C y push', outside: true },
    { command: 'gh pr create --fill', outside: true },
    { command: 'npm publish', outside: true },
    { command: 'docker compose push', outside: true },
    { command: 'curl -X POST https://example.org', outside: true },
    { command: 'npm test', outside: false },
    { command: 'git commit -m "push it"', outside: false },
    { command: 'ls highlights', outside: false },
  ])('$command: $outside', ({ command, outside }) => {
    expect(reachedOutside([said(call('Bash', { command }))])).toEqual(outside ? [command] : []);
  });

  test('each once, and only those of the shell', () => {
    const history = [
      said(call('Bash', { command: 'git push' }), call('Write', { command: 'git push' })),
      said(call('Bash', { command: 'git push' })),
    ];
    expect(reachedOutside(history)).toEqual(['git push']);
  });
});
