import { monitorEventLoopDelay } from 'node:perf_hooks';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Engine } from '../../src/node/createEngine.ts';
import { withEngine } from './benchEngine.ts';

/**
 * Runs in a process of its own and prints one line of JSON. A person talks with a session's agent, once every 100 ms, while
 * two workflows of it run side by side, of 16 agents each that read, search and run commands. The person is another thread,
 * as a view is another process. Before that a short turn and a workflow load what a process loads once.
 * `inputMs`: from the moment something was said to the event that shows it, for each. `blockMs`: the longest that the thread
 * worked without looking up, in CPU time of its own, so that what else the machine does is not counted; `delayMs`: the
 * longest delay of its timers, all included.
 */
const AGENTS = 16;
const TURNS = 12;
const INPUTS = 150;
const EVERY_MS = 100;
const LOOK_MS = 2;

const script = (agents: number): string => `export const meta = { name: 'bench', description: '${agents} agents.' };
return (await parallel(Array.from({ length: ${agents} }, (_, i) => () => agent('look around, agent ' + i)))).length;`;

const uses = (name: string, input: unknown) => ({ reply: { tools: [{ name, input }], latencyMs: [50, 150] } });
const launches = (said: string, agents: number) => ({
  when: { last: said },
  times: 1,
  reply: { tools: [{ name: 'Workflow', input: { script: script(agents), title: said } }] },
});

/** The session's agent starts what it is asked to and answers all else; its workflows' agents work. */
const RULES = [
  launches('start the first', 1),
  launches('start the second', AGENTS),
  launches('start the third', AGENTS),
  ...Array.from({ length: TURNS }, (_, turn) => ({
    when: { prompt: 'look around', turn },
    ...[
      uses('Read', { path: 'page.txt' }),
      uses('Grep', { pattern: 'line 1', path: '.' }),
      uses('Bash', { command: 'head -c 200000 page.txt' }),
    ][turn % 3],
  })),
  { reply: { text: 'a word or two '.repeat(20).trim(), deltas: 20, latencyMs: 50 } },
];

interface Session {
  readonly id: string;
  say(text: string): void;
  sayAndWait(text: string): Promise<void>;
  launched(): number;
  onAsked(on: (text: string) => void): void;
}

async function open(engine: Engine, cwd: string): Promise<Session> {
  const opened = await engine.openSession({ cwd, attended: false, permissionMode: 'bypass' });
  if (opened.status === 'refused') throw new Error(opened.errors.join('\n'));
  const id = opened.sessionId;
  let [commands, launched] = [0, 0];
  let asked = (_text: string): void => undefined;
  engine.subscribe(id, 1, (batch) => {
    for (const event of batch) {
      if (event.type === 'turn.asked') asked(event.text);
      if (event.type === 'workflow.launched') launched += 1;
    }
  });
  const say = (text: string): void =>
    engine.dispatch({ type: 'session.say', runId: id, commandId: `c${(commands += 1)}`, text });
  return {
    ...{ id, say, launched: () => launched },
    onAsked: (on) => (asked = on),
    sayAndWait: async (text) => {
      say(text);
      await engine.idle(id, new AbortController().signal);
    },
  };
}

const PERSON = `const { parentPort } = require('node:worker_threads');
let said = 0;
const timer = setInterval(() => {
  if (said === ${INPUTS}) clearInterval(timer);
  else parentPort.postMessage({ text: 'what about number ' + (said += 1), at: performance.timeOrigin + performance.now() });
}, ${EVERY_MS});`;

/** Everything that the person says, and how long each took until it was shown. */
async function talk(session: Session): Promise<number[]> {
  const person = new Worker(PERSON, { eval: true });
  const said = new Map<string, number>();
  const inputMs: number[] = [];
  const all = Promise.withResolvers<undefined>();
  session.onAsked((text) => {
    const at = said.get(text);
    if (at === undefined) return;
    inputMs.push(performance.timeOrigin + performance.now() - at);
    if (inputMs.length === INPUTS) all.resolve(undefined);
  });
  person.on('message', ({ text, at }: { text: string; at: number }) => {
    said.set(text, at);
    session.say(text);
  });
  await all.promise;
  await person.terminate();
  return inputMs;
}

function look() {
  const delays = monitorEventLoopDelay({ resolution: LOOK_MS });
  delays.enable();
  let blockMs = 0;
  let before = process.threadCpuUsage();
  const timer = setInterval(() => {
    const { user, system } = process.threadCpuUsage(before);
    before = process.threadCpuUsage();
    blockMs = Math.max(blockMs, (user + system) / 1000);
  }, LOOK_MS);
  return {
    end: () => {
      clearInterval(timer);
      delays.disable();
      return { blockMs, delayMs: delays.max / 1e6 };
    },
  };
}

await withEngine(RULES, async (engine, cwd) => {
  await writeFile(join(cwd, 'page.txt'), Array.from({ length: 20_000 }, (_, n) => `${n} is line ${n}`).join('\n'));
  const session = await open(engine, cwd);
  await session.sayAndWait('hello');
  await session.sayAndWait('start the first');
  const looking = look();
  session.say('start the second');
  session.say('start the third');
  const inputMs = await talk(session);
  await engine.idle(session.id, new AbortController().signal);
  const launched = session.launched();
  if (launched !== 3) throw new Error(`${launched} of 3 workflows were started`);
  process.stdout.write(`${JSON.stringify({ inputMs, ...looking.end() })}\n`);
});
