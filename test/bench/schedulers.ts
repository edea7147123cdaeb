import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../src/node/ids.ts';
import { fileRunStore } from '../../src/node/runStore.ts';
import { NO_USAGE } from '../../src/protocol/usage.ts';
import { Journal } from '../../src/workflow/journal.ts';
import { Pool } from '../../src/workflow/pool.ts';
import { Recorder } from '../../src/workflow/recorder.ts';
import type { RunManifest } from '../../src/workflow/runStore.ts';

/**
 * What scheduling alone costs: `node schedulers.ts NAME TASKS` runs so many tasks that do nothing, 16 at once, four times,
 * and prints the CPU microseconds of one, as JSON: `{cold, second, warm}`. In the first run the process also compiles what
 * it runs and grows its heap; in the second it still does (V8's own log: of 10,000 of ours a dozen functions are compiled
 * anew and 40 MB are taken), in the last no more. `ours` has the journal on disk (group commit) and four events a task besides
 * its pool; the others schedule and keep nothing.
 */
const AT_ONCE = 16;

const nothing = (): Promise<string> => Promise.resolve('done');

const SCHEDULERS: Readonly<Record<string, () => Promise<(tasks: number) => Promise<unknown>>>> = {
  pLimit: async () => {
    const { default: pLimit } = await import('p-limit');
    const limit = pLimit(AT_ONCE);
    return (tasks) => Promise.all(Array.from({ length: tasks }, () => limit(nothing)));
  },
  pQueue: async () => {
    const { default: PQueue } = await import('p-queue');
    const queue = new PQueue({ concurrency: AT_ONCE });
    return (tasks) => Promise.all(Array.from({ length: tasks }, () => queue.add(nothing)));
  },
  langGraph: async () => {
    const { Annotation, END, Send, START, StateGraph } = await import('@langchain/langgraph');
    const state = Annotation.Root({
      tasks: Annotation<number>(),
      done: Annotation<string[]>({ reducer: (left, right) => left.concat(right), default: () => [] }),
    });
    const graph = new StateGraph(state)
      .addNode('work', async () => ({ done: [await nothing()] }))
      .addConditionalEdges(START, ({ tasks }) => Array.from({ length: tasks }, (_, n) => new Send('work', { n })))
      .addEdge('work', END)
      .compile();
    return async (tasks) => {
      const { done } = await graph.invoke({ tasks }, { maxConcurrency: AT_ONCE });
      if (done.length !== tasks) throw new Error(`${done.length} of ${tasks} tasks ran`);
    };
  },
  ours: async () => {
    const home = await mkdtemp(join(tmpdir(), 'dynamic-workflows-bench-'));
    process.once('beforeExit', () => void rm(home, { recursive: true, force: true }));
    const open = await fileRunStore(home).create(manifestIn(home), SCRIPT);
    const recorder = new Recorder({
      ...{ runId: open.manifest.runId, lastSeq: 0, now: () => Date.now() },
      append: (events) => open.appendEvents(events),
      past: (from) => open.readEvents(from),
    });
    const journal = new Journal([], sha256);
    const pool = new Pool(AT_ONCE);
    const { signal } = new AbortController();
    let asked = 0;
    const agent = async (): Promise<void> => {
      const agentId = `a${(asked += 1)}`;
      const prompt = `task ${asked}`;
      const { key } = journal.claim({ kind: 'agent', scope: '', prompt, options: {} });
      recorder.emit({
        type: 'agent.queued',
        agentId,
        kind: 'agent',
        label: prompt,
        phase: null,
        model: MODEL,
        prompt,
        key,
      });
      await pool.run(signal, async () => {
        recorder.emit({ type: 'agent.started', agentId });
        const value = await nothing();
        recorder.emit({ type: 'agent.replied', agentId, model: MODEL, usage: NO_USAGE, text: value });
        await open.appendJournal({ key, kind: 'agent', agentId, value });
        recorder.emit({ type: 'agent.ended', agentId, end: { kind: 'done', preview: value }, fromJournal: false });
      });
    };
    return (tasks) => Promise.all(Array.from({ length: tasks }, agent));
  },
};

const MODEL = 'claude-sonnet-5';
const SCRIPT = "export const meta = { name: 'bench', description: 'bench' };\n";

function manifestIn(cwd: string): RunManifest {
  return {
    ...{
      version: 2,
      runId: 'bench-1',
      workflowName: 'bench',
      scriptPath: join(cwd, 'bench.js'),
      args: null,
      hasArgs: false,
    },
    ...{ cwd, baseCommit: null, model: MODEL, modelSource: { kind: 'simulated', rulesText: null } as const },
    ...({ permissionMode: 'default', concurrency: AT_ONCE, caps: {}, createdAt: 0 } as const),
  };
}

const [name = '', tasks = '1000'] = process.argv.slice(2);
const scheduler = SCHEDULERS[name];
if (!scheduler) throw new Error(`Known: ${Object.keys(SCHEDULERS).join(', ')}`);
const run = await scheduler();
const [cold, second] = [await cpuUs(), await cpuUs()];
await cpuUs();
process.stdout.write(`${JSON.stringify({ cold, second, warm: await cpuUs() })}\n`);

async function cpuUs(): Promise<number> {
  const before = process.cpuUsage();
  await run(Number(tasks));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / Number(tasks);
}
