import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { isAbort } from '../base/abort.ts';
import type { ToolCall } from '../protocol/conversation.ts';
import type { KeepWhole } from './capText.ts';
import { FakeClock } from './clock.fake.ts';
import { defineTool } from './defineTool.ts';
import type { BeforeTool } from './hooks/toolHooks.ts';
import type { PermissionPolicy, PermissionRequest } from './permission.ts';
import type { Tool, ToolOutcome } from './tool.ts';
import { createToolRouter, STOP_GRACE_MS, type AskPermission, type ToolEvent } from './toolRouter.ts';

const policy: PermissionPolicy = {
  mode: 'default',
  rules: { deny: ['Shell(rm:*)'], ask: [], allow: ['Shell(ls)'] },
  root: '/w',
  ownsRoot: false,
};

function call(id: string, name: string, input: unknown = {}): ToolCall {
  return { type: 'tool_use', id, name, input };
}

interface ToolSketch {
  readonly name: string;
  readonly readOnly?: boolean;
  readonly permission?: PermissionRequest;
  readonly run: (text: string, signal: AbortSignal) => Promise<ToolOutcome>;
}

function tool({ name, readOnly = false, permission, run }: ToolSketch): Tool {
  return defineTool({
    name,
    description: name,
    readOnly,
    input: z.strictObject({ text: z.string().optional() }),
    plan: async ({ text = '' }) => ({
      summary: `${name} ${text}`,
      ...(permission && { permission }),
      run: (signal) => run(text, signal),
    }),
  });
}

const echo = tool({ name: 'Echo', readOnly: true, run: async (text) => ({ kind: 'ok', content: text }) });
const final = tool({ name: 'Answer', run: async (text) => ({ kind: 'final', value: text, content: 'taken' }) });
const giveUp = tool({ name: 'GiveUp', run: async () => ({ kind: 'give-up', message: 'no use' }) });
const broken = tool({ name: 'Broken', run: () => Promise.reject(new Error('it broke')) });
const brokenInPlan: Tool = {
  ...echo,
  spec: { ...echo.spec, name: 'BrokenInPlan' },
  prepare: () => Promise.reject(new Error('no plan')),
};
const othersAbort = tool({
  name: 'OthersAbort',
  run: () => Promise.reject(new DOMException('inner time-out', 'AbortError')),
});
const hangs = tool({ name: 'Hangs', readOnly: true, run: () => new Promise(() => undefined) });
const long = tool({ name: 'Long', run: async () => ({ kind: 'ok', content: `${'a'.repeat(600)}${'b'.repeat(600)}` }) });
const shell = (command: string): Tool =>
  tool({
    name: 'Shell',
    permission: { tool: 'Shell', access: 'execute', subject: command },
    run: async () => ({ kind: 'ok', content: 'ran' }),
  });

function routerOf(
  tools: readonly Tool[],
  ask: AskPermission = async () => ({ deny: 'a person said no.' }),
  says?: BeforeTool['permission'],
  keepWhole?: KeepWhole,
) {
  const events: ToolEvent[] = [];
  const clock = new FakeClock();
  const router = createToolRouter({
    tools,
    policy,
    ask,
    clock,
    onTool: (event) => events.push(event),
    maxResultChars: 1000,
    keepWhole,
    ...(says && {
      hooks: { before: async () => ({ permission: says, notes: [] }), after: async () => ({ notes: [] }) },
    }),
  });
  return { router, events, clock };
}

const never = new AbortController().signal;

describe('one call', () => {
  test('hands on the images that a tool shows', async () => {
    const images = [{ mediaType: 'image/png', data: 'aaaa' }] as const;
    const shows = tool({ name: 'Shows', run: async () => ({ kind: 'ok', content: 'a.png', images }) });
    const { results } = await routerOf([shows]).router.route([call('1', 'Shows')], never);
    expect(results).toEqual([{ type: 'tool_result', toolUseId: '1', content: 'a.png', isError: false, images }]);
  });

  test.each([
    { name: 'answers', tools: [echo], call: call('1', 'Echo', { text: 'hi' }), content: /^hi$/, isError: false },
    {
      name: 'names the known tools when there is none of that name',
      tools: [echo, final],
      call: call('1', 'Ecko'),
      content: /no tool named Ecko.*Echo, Answer/,
      isError: true,
    },
    {
      name: 'says that an input was cut',
      tools: [echo],
      call: call('1', 'Echo', '{"text": "h'),
      content: /not a JSON object/,
      isError: true,
    },
    {
      name: 'says that an input is missing',
      tools: [echo],
      call: { ...call('1', 'Echo'), input: undefined },
      content: /not a JSON object/,
      isError: true,
    },
    {
      name: 'names each wrong field',
      tools: [echo],
      call: call('1', 'Echo', { text: 1, more: 2 }),
      content: /text: expected string[\s\S]*"more"/,
      isError: true,
    },
    {
      name: 'turns a throw into a result',
      tools: [broken],
      call: call('1', 'Broken'),
      content: /it broke/,
      isError: true,
    },
    {
      name: 'turns a throw before the permission into a result',
      tools: [brokenInPlan],
      call: call('1', 'BrokenInPlan'),
      content: /no plan/,
      isError: true,
    },
    {
      name: 'takes an abort that is not its own for a failure',
      tools: [othersAbort],
      call: call('1', 'OthersAbort'),
      content: /inner time-out/,
      isError: true,
    },
    {
      name: 'runs what a rule allows',
      tools: [shell('ls')],
      call: call('1', 'Shell'),
      content: /^ran$/,
      isError: false,
    },
    {
      name: 'refuses what a rule forbids',
      tools: [shell('rm -r x')],
      call: call('1', 'Shell'),
      content: /denied: the rule Shell\(rm:\*\).*go on without/,
      isError: true,
    },
    {
      name: 'refuses what a person denies',
      tools: [shell('make')],
      call: call('1', 'Shell'),
      content: /denied: a person said no\..*go on without/,
      isError: true,
    },
  ])('$name', async ({ tools, call, content, isError }) => {
    const { router, events } = routerOf(tools);
    const { results, ending } = await router.route([call], never);
    expect(results).toEqual([
      { type: 'tool_result', toolUseId: '1', content: expect.stringMatching(content) as string, isError },
    ]);
    expect(ending).toBeUndefined();
    expect(events.map((event) => event.type)).toEqual(['tool.started', 'tool.ended']);
    expect(events[1]).toMatchObject({ callId: '1', ok: !isError });
  });

  test('runs what a person allows, and shows the question the summary', async () => {
    const asked: string[] = [];
    const { router } = routerOf([shell('make')], async (request, summary) => {
      asked.push(`${request.subject} / ${summary}`);
      return 'allow';
    });
    expect((await router.route([call('1', 'Shell', { text: 'now' })], never)).results[0]).toMatchObject({
      content: 'ran',
    });
    expect(asked).toEqual(['make / Shell now']);
  });

  test.each<{ says: BeforeTool['permission']; asked: readonly boolean[] }>([
    { says: undefined, asked: [false] },
    { says: 'ask', asked: [true] },
  ])('says whether a hook wants a person to be asked: $says', async ({ says, asked }) => {
    const seen: boolean[] = [];
    const ask: AskPermission = async (_request, _summary, _signal, mustAsk) => (seen.push(mustAsk), 'allow');
    const { router } = routerOf([shell('make')], ask, says);
    await router.route([call('1', 'Shell')], never);
    expect(seen).toEqual(asked);
  });

  test.each<{ says: BeforeTool['permission']; answer: 'allow' | { deny: string }; asked: number; content: RegExp }>([
    { says: undefined, answer: { deny: 'no.' }, asked: 0, content: /^hi$/ },
    { says: 'allow', answer: { deny: 'no.' }, asked: 0, content: /^hi$/ },
    { says: 'ask', answer: 'allow', asked: 1, content: /^hi$/ },
    { says: 'ask', answer: { deny: 'no.' }, asked: 1, content: /denied: no\./ },
  ])(
    'asks about what needs no permission when a hook says $says: $answer',
    async ({ says, answer, asked, content }) => {
      const requests: PermissionRequest[] = [];
      const { router } = routerOf([echo], async (request) => (requests.push(request), answer), says);
      const { results } = await router.route([call('1', 'Echo', { text: 'hi' })], never);
      expect(results[0]?.content).toMatch(content);
      const request = { tool: 'Echo', access: 'tool', subject: '', readOnly: true, detail: 'Echo hi' };
      expect(requests).toEqual(Array(asked).fill(request));
    },
  );

  test('cuts a long result in the middle and says how much', async () => {
    const { router } = routerOf([long]);
    const content = (await router.route([call('1', 'Long')], never)).results[0]?.content ?? '';
    expect(content.startsWith('a'.repeat(600))).toBe(true);
    expect(content.endsWith('b'.repeat(250))).toBe(true);
    expect(content).toContain('200 of 1200 characters cut');
  });

  test.each([
    { name: 'an answer', tool: long, words: '200 of 1200 characters cut here; all of Long: /kept', keeps: true },
    {
      name: 'an error',
      tool: tool({ name: 'Long', run: async () => ({ kind: 'error', message: 'x'.repeat(1200) }) }),
      words: 'all of Long: /kept',
      keeps: true,
    },
    {
      name: 'nothing of what is in a file',
      tool: tool({
        name: 'Long',
        permission: { tool: 'Long', access: 'read', subject: '/w/a' },
        run: async () => ({ kind: 'ok', content: 'x'.repeat(1200) }),
      }),
      words: 'ask for a smaller part',
      keeps: false,
    },
    {
      name: 'nothing that is not cut',
      tool: { ...echo, spec: { ...echo.spec, name: 'Long' } },
      words: '',
      keeps: false,
    },
  ])('keeps what is cut for the agent to read: $name', async ({ tool, words, keeps }) => {
    const kept: string[] = [];
    const keepWhole: KeepWhole = async (name, text) => {
      kept.push(text);
      return `all of ${name}: /kept`;
    };
    const { router } = routerOf([tool], undefined, undefined, keepWhole);
    const { results } = await router.route([call('1', 'Long')], never);
    expect(results[0]?.content).toContain(words);
    expect(kept.map((text) => text.length)).toEqual(keeps ? [1200] : []);
  });
});

describe('several calls', () => {
  test('runs neighbouring reads side by side and keeps the order of results', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const slow = tool({
      name: 'Slow',
      readOnly: true,
      run: async () => (await released, { kind: 'ok', content: 'slow' }),
    });
    const quick = tool({
      name: 'Quick',
      readOnly: true,
      run: async () => (release(), { kind: 'ok', content: 'quick' }),
    });
    const { router } = routerOf([slow, quick]);
    const { results } = await router.route([call('1', 'Slow'), call('2', 'Quick')], never);
    expect(results.map((result) => [result.toolUseId, result.content])).toEqual([
      ['1', 'slow'],
      ['2', 'quick'],
    ]);
  });

  test('runs everything else one after the other, and prepares it only then', async () => {
    const log: string[] = [];
    const step = (name: string): Tool => ({
      spec: { name, description: '', inputSchema: {} },
      readOnly: false,
      prepare: async () => {
        log.push(`prepare ${name}`);
        return {
          kind: 'ready',
          call: { summary: '', run: async () => (log.push(`run ${name}`), { kind: 'ok', content: '' }) },
        };
      },
    });
    await routerOf([step('A'), step('B')]).router.route([call('1', 'A'), call('2', 'B')], never);
    expect(log).toEqual(['prepare A', 'run A', 'prepare B', 'run B']);
  });

  test('the first answer ends the loop, what was asked for beside it still runs', async () => {
    const { router } = routerOf([final, echo]);
    const routed = await router.route(
      [call('1', 'Answer', { text: 'a' }), call('2', 'Echo', { text: 'e' }), call('3', 'Answer', { text: 'b' })],
      never,
    );
    expect(routed.ending).toEqual({ kind: 'final', value: 'a' });
    expect(routed.results.map((result) => result.content)).toEqual(['taken', 'e', 'taken']);
  });

  test.each([
    { name: 'one call', calls: ['Long'], told: [] },
    { name: 'reads side by side', calls: ['Echo', 'Echo'], told: [] },
    { name: 'several steps', calls: ['Long', 'Echo', 'Echo', 'Long'], told: [['0'], ['1', '2']] },
    { name: 'an answer and what runs after it', calls: ['Long', 'Answer', 'Long'], told: [['0']] },
  ])('results are told while others are still to come, of $name', async ({ calls, told }) => {
    const seen: string[][] = [];
    const asked = calls.map((name, at) => call(String(at), name));
    const { results } = await routerOf([long, echo, final]).router.route(asked, never, (some) => {
      seen.push(some.map(({ toolUseId }) => toolUseId));
    });
    expect(seen).toEqual(told);
    expect(results.map(({ toolUseId }) => toolUseId)).toEqual(calls.map((_, at) => String(at)));
  });

  test('nothing runs after a call that gave up, and each call still has a result', async () => {
    const { router, events } = routerOf([giveUp, echo]);
    const routed = await router.route([call('1', 'GiveUp'), call('2', 'Echo')], never);
    expect(routed.ending).toEqual({ kind: 'give-up', message: 'no use' });
    expect(routed.results.map((result) => result.isError)).toEqual([true, true]);
    expect(events.every((event) => event.callId === '1')).toBe(true);
  });
});

describe('abort', () => {
  test.each([
    { name: 'while a tool hangs', tools: [hangs], ask: undefined, call: call('1', 'Hangs') },
    {
      name: 'while a person is asked',
      tools: [shell('make')],
      ask: () => new Promise<never>(() => undefined),
      call: call('1', 'Shell'),
    },
  ])('ends the call $name', async ({ tools, ask, call }) => {
    const abort = new AbortController();
    const { router, events, clock } = routerOf(tools, ask);
    const routed = router.route([call], abort.signal).catch((error: unknown) => error);
    await clock.advance(1);
    abort.abort('stopped');
    await clock.advance(STOP_GRACE_MS);
    expect(isAbort(await routed)).toBe(true);
    expect(events.at(-1)).toMatchObject({ type: 'tool.ended', ok: false });
    expect(clock.sleeping).toBe(0);
  });

  test.each([
    { name: 'with an abort of its own', end: () => Promise.reject(new DOMException('', 'AbortError')) },
    {
      name: 'with an answer that comes too late',
      end: () => Promise.resolve({ kind: 'ok', content: 'late' } as const),
    },
  ])('W40 waits for a tool that ends what it started, $name', async ({ end }) => {
    const abort = new AbortController();
    let ended = false;
    const tidy = tool({
      name: 'Tidy',
      run: async (_text, signal) => {
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        await clock.sleep(STOP_GRACE_MS - 1, never);
        ended = true;
        return end();
      },
    });
    const { router, clock } = routerOf([tidy]);
    let left = false;
    const routed = router.route([call('1', 'Tidy')], abort.signal).catch((error: unknown) => ((left = true), error));
    await clock.advance(1);
    abort.abort('stopped');
    await clock.advance(STOP_GRACE_MS - 2);
    expect({ ended, left }).toEqual({ ended: false, left: false });
    await clock.advance(1);
    expect({ ended, left }).toEqual({ ended: true, left: true });
    expect(isAbort(await routed)).toBe(true);
    expect(clock.sleeping).toBe(0);
  });

  test('W40 waits for every tool that runs beside others', async () => {
    const abort = new AbortController();
    const { router, clock } = routerOf(
      [0, 1].map((at) =>
        tool({
          name: `Tool${at}`,
          readOnly: true,
          run: async (_text, signal) => {
            await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
            await clock.sleep(100 * at, never);
            ended.push(at);
            return { kind: 'ok', content: '' };
          },
        }),
      ),
    );
    const ended: number[] = [];
    const routed = router.route([call('1', 'Tool0'), call('2', 'Tool1')], abort.signal).then(
      () => [],
      () => [...ended],
    );
    await clock.advance(1);
    abort.abort('stopped');
    await clock.advance(100);
    expect(await routed).toEqual([0, 1]);
  });

  test('starts nothing once aborted', async () => {
    const { router, events } = routerOf([echo]);
    await expect(router.route([call('1', 'Echo')], AbortSignal.abort())).rejects.toSatisfy(isAbort);
    expect(events).toEqual([]);
  });
});
