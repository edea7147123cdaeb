import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Brain } from '../../src/node/simulator/simulator.ts';
import type { Command, Event } from '../../src/protocol/messages.ts';
import { type Bench, resultOf, script, withBench } from '../support/engine.ts';

/** An agent runs the commands of its task one after the other, and answers what came of the last. */
const runner: Brain = ({ prompt, turn, results }) => {
  const commands = prompt.match(/(?<=run: ).*/)?.[0].split(' ; ') ?? [];
  const command = commands[turn];
  if (command !== undefined) return { tools: [{ name: 'Bash', input: { command } }] };
  return { text: results[0]?.content ?? '' };
};

type Asked = Extract<Event, { readonly type: 'permission.asked' }>;
type Answer = Omit<
  Extract<Command, { readonly type: 'permission.answer' }>,
  'type' | 'commandId' | 'runId' | 'requestId'
>;

interface Attended {
  readonly runId: string;
  readonly result: unknown;
  readonly events: readonly Event[];
  readonly asked: readonly string[];
}

/** Somebody is there, who answers each question once so many agents ask it. */
async function attended(
  { engine }: Bench,
  begin: () => ReturnType<Bench['engine']['launch']>,
  answer: (asked: Asked) => Answer,
  askers = 1,
): Promise<Attended> {
  const launched = await begin();
  if (launched.status === 'refused') throw new Error(launched.errors.join('\n'));
  const { runId } = launched;
  const events: Event[] = [];
  const asked: Asked[] = [];
  const listening = engine.subscribe(runId, 1, (batch) => {
    for (const event of batch) {
      events.push(event);
      if (event.type === 'permission.asked') asked.push(event);
      if (event.type !== 'permission.asked' && event.type !== 'permission.joined') continue;
      const { requestId } = event;
      const question = asked.find((one) => one.requestId === requestId);
      const joined = events.filter((one) => one.type === 'permission.joined' && one.requestId === requestId).length;
      if (!question || joined + 1 < askers) continue;
      const command = {
        type: 'permission.answer',
        commandId: requestId,
        runId,
        requestId,
        ...answer(question),
      } as const;
      // The question is open only once its event is out.
      queueMicrotask(() => engine.dispatch(command));
    }
  });
  const { end } = await engine.finished(runId);
  listening.dispose();
  return { runId, result: end.result, events, asked: asked.map(({ summary }) => summary) };
}

const launch =
  ({ engine, cwd }: Bench, body: string) =>
  () =>
    engine.launch({ script: script(body), cwd, permissionMode: 'default', attended: true });

test('agents that ask the same are asked about once; a reason reaches all of them', () =>
  withBench({ rules: [runner] }, async (bench) => {
    const body = `return parallel(['a', 'b', 'c'].map((label) => () => agent('run: printf same', { label })));`;
    const run = await attended(bench, launch(bench, body), () => ({ allow: false, reason: 'Use npm test.' }), 3);
    expect(run.asked).toEqual(['printf same']);
    expect(run.result).toEqual(Array(3).fill(expect.stringContaining('Their reason: Use npm test.')));
  }));

test('allowed for this run: no other agent asks again, and a resume begins without it', () =>
  withBench({ rules: [runner] }, async (bench) => {
    const body = `const first = await agent('run: printf a', { label: 'one' });
      const second = await agent('run: printf a ; printf b', { label: 'two' });
      return [first, second, await agent('run: printf a', { label: 'three', phase: 'late' })];`;
    const run = await attended(bench, launch(bench, body), ({ summary }) =>
      summary === 'printf a' ? { allow: true, scope: 'run' } : { allow: false },
    );
    expect(run.asked).toEqual(['printf a', 'printf b']);
    expect(run.result).toEqual(['a', expect.stringMatching(/^Permission denied: The person/), 'a']);

    const edited = join(bench.cwd, 'edited.js');
    await writeFile(edited, script(`return await agent('run: printf a ; printf a', { label: 'four' });`));
    const again = await attended(
      bench,
      () => bench.engine.resume({ runId: run.runId, attended: true, scriptPath: edited }),
      () => ({ allow: true }),
    );
    expect(again.asked).toEqual(['printf a', 'printf a']);
    expect(again.result).toBe('a');
  }));

test('allowed always: the rule stands in the project’s local settings, and later runs do not ask', () =>
  withBench({ rules: [runner] }, async (bench) => {
    const folder = join(bench.cwd, '.claude');
    await mkdir(folder);
    await writeFile(join(folder, 'settings.local.json'), '{ "permissions": { "deny": ["Bash(rm:*)"] } }');
    const body = `return await agent('run: printf x ; rm x');`;
    const run = await attended(bench, launch(bench, body), () => ({ allow: true, scope: 'always' }));
    expect(run.asked).toEqual(['printf x']);
    expect(run.result).toMatch(/^Permission denied: the rule Bash\(rm:\*\) forbids it/);
    expect(JSON.parse(await readFile(join(folder, 'settings.local.json'), 'utf8'))).toEqual({
      permissions: { deny: ['Bash(rm:*)'], allow: ['Bash(printf x)'] },
    });
    const next = await bench.play(script(body), { permissionMode: 'default' });
    expect(resultOf(next)).toBe(run.result);
    expect(next.events.filter(({ type }) => type === 'permission.asked')).toEqual([]);
  }));

test('a stopped agent asks no more; the others that ask the same still do', () =>
  withBench({ rules: [runner] }, async (bench) => {
    const body = `return parallel(['a', 'b'].map((label) => () => agent('run: printf same', { label })));`;
    const { engine } = bench;
    const launched = await launch(bench, body)();
    if (launched.status === 'refused') throw new Error(launched.errors.join('\n'));
    const { runId } = launched;
    const seen: Event[] = [];
    const listening = engine.subscribe(runId, 1, (batch) => {
      for (const event of batch) {
        seen.push(event);
        const commandId = String(event.seq);
        if (event.type === 'permission.joined')
          queueMicrotask(() => engine.dispatch({ type: 'agent.stop', commandId, runId, agentId: event.agentId }));
        if (event.type === 'permission.withdrawn') {
          const { requestId } = event;
          queueMicrotask(() =>
            engine.dispatch({ type: 'permission.answer', commandId, runId, requestId, allow: true }),
          );
        }
      }
    });
    const { end } = await engine.finished(runId);
    listening.dispose();
    expect(seen.filter(({ type }) => type.startsWith('permission.')).map(({ type }) => type)).toEqual([
      ...['permission.asked', 'permission.joined', 'permission.withdrawn', 'permission.answered'],
    ]);
    expect((end.result as (string | null)[]).toSorted()).toEqual([null, 'same'].toSorted());
  }));
