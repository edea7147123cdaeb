import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Event } from '../../src/protocol/messages.ts';
import type { Brain } from '../../src/node/simulator/simulator.ts';
import { script, withBench, type Bench } from '../support/engine.ts';

const PROGRAM = join(import.meta.dirname, '../fixtures/sessions/tenSessions.ts');
const NEVER = new AbortController().signal;
const FOREVER_MS = 600_000;

const scriptOf = (n: string): string =>
  script(`return [await agent('quick ${n}'), await agent('lasting ${n}')];`, `name: 'two', description: 'Two agents.'`);

/** Plays all models. */
interface Player {
  /** What takes for ever in the process that is killed does not after it. */
  late: boolean;
  readonly brain: Brain;
}

function player(): Player {
  const state: Player = {
    late: false,
    brain: (view) => {
      const last = view.last.split('\n').at(-1) ?? '';
      if (view.system.startsWith('You judge whether')) return { text: '{"verdict": "met", "why": "it is"}' };
      if (/^quick \d$/.test(last)) return { text: `answer of ${last}` };
      const lasting = /^lasting \d$|^slowly$|^Work until it is met/.test(last);
      if (lasting) return { text: 'at last', latencyMs: state.late ? 0 : FOREVER_MS };
      if (view.last.includes('workflow-ended')) return { text: 'The workflow is over.' };
      const [, n] = /use a workflow (\d)/.exec(view.last) ?? [];
      if (n !== undefined) return { tools: [{ name: 'Workflow', input: { script: scriptOf(n) } }] };
      if (last === 'run the command')
        return { tools: [{ name: 'Bash', input: { command: 'echo ran >> ran.txt; exec sleep 600' } }] };
      return { text: 'Yes.' };
    },
  };
  return state;
}

/** The ids of ten sessions, whose process was killed in the midst of what they did. */
async function killed({ home, cwd, simulator }: Bench): Promise<readonly string[]> {
  const child = spawn(process.execPath, [PROGRAM, home, cwd, simulator.url], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  const ended = once(child, 'close');
  try {
    await expect.poll(() => out, { timeout: 60_000 }).toContain('\n');
    const asked = (text: string): number =>
      simulator.requests.filter(({ messages }) => last(messages).includes(text)).length;
    await expect.poll(() => asked('lasting'), { timeout: 30_000 }).toBe(3);
    await expect.poll(() => [asked('slowly'), asked('Work until it is met'), asked('look again')]).toEqual([1, 1, 1]);
    await expect.poll(() => readFile(join(cwd, 'ran.txt'), 'utf8').catch(() => '')).toBe('ran\n');
    await expect.poll(() => asked('"status":"started"')).toBe(3);
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
  return JSON.parse(out) as string[];
}

const last = (messages: readonly unknown[]): string => JSON.stringify(messages.at(-1)).replaceAll('\\"', '"');

interface Reopened {
  readonly id: string;
  readonly told: () => string;
  readonly events: readonly Event[];
  readonly say: (text: string) => Promise<void>;
}

async function reopen({ engine, cwd }: Bench, id: string): Promise<Reopened> {
  const opened = await engine.openSession({ cwd, attended: false, permissionMode: 'bypass', sessionId: id });
  if (opened.status === 'refused') throw new Error(opened.errors.join('\n'));
  const events: Event[] = [];
  engine.subscribe(id, 1, (batch) => events.push(...batch));
  return {
    ...{ id, events },
    told: () => events.flatMap((event) => (event.type === 'session.told' ? [event.text] : [])).join('\n'),
    say: async (text) => {
      engine.dispatch({ type: 'session.say', runId: id, commandId: `${id} ${text}`, text });
      await engine.idle(id, NEVER);
    },
  };
}

const times = (text: string, part: string): number => text.split(part).length - 1;

test('W41 ten sessions of a killed process are all there again, with what each had said, and nothing is done twice', async () => {
  const model = player();
  await withBench({ rules: [model.brain] }, async (bench) => {
    const { simulator, cwd } = bench;
    const ids = await killed(bench);
    model.late = true;
    const before = simulator.count;
    const sessions = await Promise.all(ids.map((id) => reopen(bench, id)));
    const [, , , loop, goal, slow, command] = sessions;
    const runs = sessions.slice(0, 3);

    // What was under way is told, and begins nothing by itself.
    for (const { told } of runs)
      await expect.poll(told).toMatch(/The run .* had not ended: 1 of 2 calls .* \/resume two-\w+ /);
    await expect.poll(() => loop?.told()).toContain('Every 1h again: look again');
    await expect
      .poll(() => goal?.told())
      .toContain('The goal holds still, and is judged after the next turn: all is green');
    await expect.poll(() => slow?.told()).toContain('"slowly" was cut short');
    expect(slow?.told()).toContain('"and this after it" had not begun');
    expect(simulator.count).toBe(before);

    for (const [n, { id, say }] of sessions.entries()) {
      await say(`third of ${n}.`);
      const own = simulator.requests.filter(
        ({ messages, system }) => system.includes('agent of a session') && last(messages).includes(`third of ${n}.`),
      );
      expect(own, id).toHaveLength(1);
      const text = JSON.stringify(own[0]?.messages);
      for (const said of [`first of ${n}.`, `second of ${n}.`, `third of ${n}.`])
        expect(times(text, said), said).toBe(1);
      for (const said of ['slowly', 'and this after it'])
        expect(times(text, said), said).toBe(sessions[n] === slow ? 1 : 0);
      expect(times(text, 'it is not known whether this ran')).toBe(sessions[n] === command ? 1 : 0);
      expect(times(text, 'it had not ended, and does not go on by itself')).toBe(n < 3 ? 1 : 0);
    }
    expect(await readFile(join(cwd, 'ran.txt'), 'utf8')).toBe('ran\n');
    expect(goal?.events.find(({ type }) => type === 'goal.ended')).toMatchObject({ how: 'met' });
    await loop?.say('/loop list');
    expect(loop?.told()).toMatch(/every 1h {2}look again/);

    for (const { told, say } of runs) await say(/\/resume two-\w+/.exec(told())?.[0] ?? '');
    for (const { events } of runs)
      expect(events.findLast(({ type }) => type === 'turn.ended')).toMatchObject({
        end: { text: 'The workflow is over.' },
      });
    const quick = simulator.requests.filter(
      ({ messages, system }) => !system.includes('agent of a session') && /quick \d"/.test(last(messages)),
    );
    expect(quick).toHaveLength(3);

    // What was told once is not told again.
    await bench.restart();
    const again = await reopen(bench, ids[5] ?? '');
    await again.say('fourth of 5.');
    expect(again.told()).toBe('');
    expect(times(JSON.stringify(simulator.requests.at(-1)?.messages), 'and this after it')).toBe(1);
  });
});
