import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startSimulator, type Brain, type Simulator } from '../../src/node/simulator/simulator.ts';
import type { Event } from '../../src/protocol/messages.ts';
import { script, withDesk, type Desk, type Ended, type Started } from '../cli/dwf.ts';
import { HeldAnswers } from '../vscode/heldAnswers.ts';
import { until } from '../support/lives.ts';

/** A run in a process of its own, and its events as they come. */
interface Owned {
  readonly started: Started;
  readonly runId: string;
  /** Resolves at the first event, past or to come, that fits. */
  readonly seen: (fits: (event: Event) => boolean) => Promise<Event>;
  /** How it ended, by its last event. */
  readonly end: () => Promise<Extract<Event, { type: 'run.ended' }>>;
}

interface Stage extends Desk {
  readonly simulator: Simulator;
  readonly held: HeldAnswers;
  readonly own: (body: string, argv?: readonly string[]) => Promise<Owned>;
  readonly follow: (started: Started) => Promise<Owned>;
}

/** Agents answer with the last line of their task; those with one of the `held` words when the test lets them. */
async function withStage(held: readonly string[], use: (stage: Stage) => Promise<void>, brain?: Brain): Promise<void> {
  const answers = new HeldAnswers(...held);
  const simulator = await startSimulator({ rules: [answers.brain, brain ?? echo] });
  try {
    await answers.during(() =>
      withDesk(async (desk) => {
        const follow = (started: Started): Promise<Owned> => owned(started);
        const own = async (body: string, argv: readonly string[] = []): Promise<Owned> => {
          const file = await desk.write('work.js', script(body, 'work'));
          const model = ['--base-url', simulator.url, '--permission-mode', 'bypass'];
          return follow(desk.start(['run', file, '--events', ...model, ...argv]));
        };
        await use({ ...desk, simulator, held: answers, own, follow });
      }),
    );
  } finally {
    await simulator.close();
  }
}

const echo: Brain = (view) => ({ text: `did ${view.prompt.split('\n').at(-1) ?? ''}` });

async function owned(started: Started): Promise<Owned> {
  const events: Event[] = [];
  const watchers = new Set<() => void>();
  let text = '';
  started.child.stdout?.on('data', (chunk: string) => {
    const lines = (text + chunk).split('\n');
    text = lines.pop() ?? '';
    events.push(...lines.map((line) => JSON.parse(line) as Event));
    for (const look of [...watchers]) look();
  });
  const seen: Owned['seen'] = (fits) =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = events.find(fits);
        if (!found) return;
        watchers.delete(look);
        resolve(found);
      };
      watchers.add(look);
      void started.ended.then(({ stderr }) => reject(new Error(`The run ended without it. ${stderr}`)));
      look();
    });
  const { runId } = await seen(({ type }) => type === 'run.started');
  const end = async () => (await seen(({ type }) => type === 'run.ended')) as Awaited<ReturnType<Owned['end']>>;
  return { started, runId, seen, end };
}

const done = { code: 0, stderr: '' } as const;
const refused = (stderr: RegExp) => ({ code: 2, stdout: '', stderr: expect.stringMatching(stderr) as string });

function shown({ stdout }: Ended) {
  return JSON.parse(stdout) as { paused: unknown; phases: { agents: { id: string; waitsFor: unknown }[] }[] };
}

test('W46 another process pauses a run and lets it go on', () =>
  withStage(['first'], async ({ own, dwf, held, simulator }) => {
    const { runId, seen, end } = await own("const a = await agent('first'); return [a, await agent('second')];");
    await until(() => simulator.count === 1);
    expect(await dwf(['resume', runId])).toMatchObject(refused(/still running, in process \d+, and not paused/));
    expect(await dwf(['pause', runId])).toMatchObject({ ...done, stdout: expect.stringContaining(runId) as string });
    expect(await seen(({ type }) => type === 'run.paused')).toMatchObject({ reason: 'person' });
    expect(await dwf(['pause', runId])).toMatchObject(refused(/^The run is paused already\.\n$/));
    expect(await dwf(['pause', runId, '--json'])).toMatchObject({
      code: 2,
      stdout: '{"error":"The run is paused already."}\n',
    });

    // What is under way comes to its end; what follows does not begin.
    held.letGo('first');
    await seen((event) => event.type === 'agent.queued' && event.agentId === 'a2');
    const show = shown(await dwf(['show', runId, '--json']));
    expect(show.paused).toMatchObject({ reason: 'person' });
    expect(show.phases[0]?.agents.at(-1)).toMatchObject({ id: 'a2', waitsFor: { on: 'pause' } });
    expect((await dwf(['show', runId])).stdout).toMatch(
      /a2 .*waits for the pause to end[^]*It is paused .* by a person/,
    );
    expect(simulator.count).toBe(1);

    const resumed = await dwf(['resume', runId, '--json']);
    expect(resumed).toMatchObject({ ...done, stdout: `{"runId":"${runId}","accepted":{"type":"run.continue"}}\n` });
    expect((await end()).end).toMatchObject({ status: 'completed', result: ['did first', 'did second'] });
  }));

test('W46 another process sets how many agents work at once', () =>
  withStage(['work'], async ({ own, dwf, simulator, held, folder }) => {
    const body = "return (await parallel([1, 2, 3, 4].map((n) => () => agent('work ' + n)))).length;";
    const { runId, seen, end } = await own(body, ['--concurrency', '1']);
    await until(() => simulator.count === 1);
    expect(await dwf(['set', runId, '--concurrency', '3'])).toMatchObject({
      ...done,
      stdout: `Run ${runId} has at most 3 at once from now on.\n`,
    });
    await until(() => simulator.count === 3);
    expect(await seen(({ type }) => type === 'run.changed')).toMatchObject({ concurrency: 3 });
    expect(await dwf(['set', runId, '--budget', '500k', '--budget', '$5', '--max-agents', '9'])).toMatchObject({
      ...done,
      stdout: `Run ${runId} has 500000 output tokens, $5, 9 agents from now on.\n`,
    });
    const capped = await seen((event) => event.type === 'run.changed' && event.caps.usd === 5);
    expect(capped).toMatchObject({ concurrency: 3, caps: { outputTokens: 500_000, usd: 5, agents: 9 } });
    expect(await dwf(['set', runId])).toMatchObject(refused(/^Say what to set/));
    expect(await dwf(['set', runId, '--budget', 'lots'])).toMatchObject(
      refused(/^--budget is a number of output tokens/),
    );
    held.letGo('work');
    expect((await end()).end).toMatchObject({ status: 'completed', result: 4 });
    // Nothing is left to speak to.
    expect(await readdir(join(folder, 'home/control'))).toEqual([]);
  }));

test('W46 another process skips one agent, restarts and stops others, and the rest go on', () =>
  withStage(['slow'], async ({ own, dwf, held, simulator }) => {
    const names = ['skipped', 'restarted', 'stopped'];
    const body = `return await parallel(${JSON.stringify(names)}.map((name) =>
      () => agent('slow: ' + name, {label: 'the ' + name + ' one'})));`;
    const { runId, seen, end } = await own(body);
    await until(() => simulator.count === 3);
    expect(await dwf(['skip', runId, 'the'])).toMatchObject(
      refused(/Several agents answer to the: a1 \(the skipped one\), a2 .*, a3 .*Give an id/),
    );
    expect(await dwf(['skip', runId, 'nobody'])).toMatchObject(refused(/There is no agent nobody in run/));
    expect(await dwf(['skip', runId, 'the skipped'])).toMatchObject(done);
    expect(await dwf(['restart', runId, 'The restarted one'])).toMatchObject(done);
    expect(await dwf(['stop', runId, 'a3'])).toMatchObject(done);
    await until(() => simulator.count === 4);
    expect(await seen(({ type }) => type === 'agent.restarted')).toMatchObject({ agentId: 'a2', why: 'person' });
    await seen((event) => event.type === 'agent.ended' && event.agentId === 'a3');
    expect(await dwf(['restart', runId, 'a3'])).toMatchObject(refused(/a3 has ended/));
    held.letGo('slow');
    const { end: how } = await end();
    expect(how.result).toEqual([null, 'did slow: restarted', null]);
    expect(how.failures).toMatchObject([
      { cause: 'skipped', agentId: 'a1' },
      { cause: 'stopped', agentId: 'a3' },
    ]);
  }));

test('W46 another process tells an agent something, which its next turn hears', () => {
  const twoTurns: Brain = (view) =>
    view.turn === 0 ? { tools: [{ name: 'Glob', input: { pattern: '*.js' } }] } : { text: view.last };
  return withStage(
    ['listen'],
    async ({ own, dwf, held, simulator }) => {
      const { runId, end } = await own("return await agent('listen', {label: 'ear'});");
      await until(() => simulator.count === 1);
      expect(await dwf(['steer', runId, 'ear'])).toMatchObject(refused(/^Say what to tell it/));
      expect(await dwf(['steer', runId, 'ear', 'use', 'tabs, please'])).toMatchObject(done);
      held.letGo('listen');
      expect((await end()).end.result).toMatch(/use tabs, please/);
    },
    twoTurns,
  );
});

test('W46 another process finishes a phase, and stops the run', () =>
  withStage(['hang'], async ({ own, dwf, simulator }) => {
    const body = `phase('One'); const all = await parallel([() => agent('hang 1'), () => agent('hang 2')]);
      phase('Two'); return [all, await agent('hang 3')];`;
    const { runId, started, end } = await own(body);
    await until(() => simulator.count === 2);
    expect(await dwf(['finish', runId, 'nothing'])).toMatchObject(refused(/There is no phase nothing/));
    expect(await dwf(['finish', runId])).toMatchObject({
      ...done,
      stdout: 'The phase One is finished without the agents that had not ended.\n',
    });
    await until(() => simulator.count === 3);
    expect(await dwf(['stop', runId])).toMatchObject(done);
    expect((await end()).end).toMatchObject({ status: 'stopped', reason: 'person' });
    await started.ended;
    for (const command of ['stop', 'pause'])
      expect(await dwf([command, runId])).toMatchObject(
        refused(new RegExp(`^Run ${runId} is not running\\. Go on with it: dwf resume ${runId}\n$`)),
      );
    expect(await dwf(['pause', 'nowhere'])).toMatchObject(refused(/There is no run nowhere/));
  }));

test('W46 a process that was killed is not waited for, its successor is obeyed, and a silent one is named', () =>
  withStage(['hang'], async ({ own, dwf, start, follow, simulator }) => {
    const first = await own("return await agent('hang');");
    const { runId } = first;
    await until(() => simulator.count === 1);
    first.started.child.kill('SIGKILL');
    await first.started.ended;
    expect(await dwf(['pause', runId])).toMatchObject(refused(/is not running/));

    const second = await follow(start(['resume', runId, '--events']));
    await until(() => simulator.count === 2);
    expect(await dwf(['pause', runId])).toMatchObject(done);
    await second.seen(({ type }) => type === 'run.paused');

    const { pid = 0 } = second.started.child;
    second.started.child.kill('SIGSTOP');
    expect(await dwf(['resume', runId])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`does not answer (pid ${pid}). Stop it with \`kill -9 ${pid}\``) as string,
    });
  }));
