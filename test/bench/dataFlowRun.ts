import { createEngine } from '../../src/node/createEngine.ts';
import { DataFlow } from '../../src/workflow/dataFlow.ts';

/**
 * `node dataFlowRun.ts FOLDER URL SCRIPT on|off`: runs a script and prints one line of JSON: the CPU of the run from its
 * launch to its end, all threads together, that of the search for data flow in it, and how many edges it has found.
 * `off`: the same run without that search.
 */
const [folder = '', url = '', scriptPath = '', mode = 'on'] = process.argv.slice(2);

let flowMs = 0;
const ms = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1000;

type Work = (this: DataFlow, ...args: unknown[]) => unknown;

/** Counts what the thread spends inside. */
function timed(work: Work): Work {
  return function (...args) {
    const before = process.threadCpuUsage();
    const result = work.apply(this, args);
    flowMs += ms(process.threadCpuUsage(before));
    return result;
  };
}

const without = { say: () => undefined, finished: () => undefined, sourcesOf: () => ({ from: [], unknown: [] }) };
for (const name of ['say', 'finished', 'sourcesOf'] as const) {
  const work = Object.getOwnPropertyDescriptor(DataFlow.prototype, name)?.value as Work;
  Object.defineProperty(DataFlow.prototype, name, { value: mode === 'on' ? timed(work) : without[name] });
}

const engine = await createEngine({
  model: { kind: 'api', apiKey: 'bench', baseURL: url },
  home: `${folder}/home`,
  workflows: { personal: `${folder}/personal`, shipped: `${folder}/shipped` },
  packageRoot: `${import.meta.dirname}/../..`,
  environment: process.env,
  defaultModel: 'sonnet',
});
const before = process.cpuUsage();
const launched = await engine.launch({ scriptPath, cwd: folder, permissionMode: 'bypass', attended: false });
if (launched.status === 'refused') throw new Error(launched.errors.join('\n'));
let edges = 0;
const listening = engine.subscribe(launched.runId, 1, (batch) => {
  for (const event of batch) if (event.type === 'agent.queued') edges += event.from?.length ?? 0;
});
const { end } = await engine.finished(launched.runId);
const cpuMs = ms(process.cpuUsage(before));
listening.dispose();
await engine.close();
if (end.status !== 'completed') throw new Error(`The run ended: ${JSON.stringify(end).slice(0, 1_000)}`);
process.stdout.write(`${JSON.stringify({ cpuMs, flowMs, edges })}\n`);
