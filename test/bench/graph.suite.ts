import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { playDataFlowSet, precisionAndRecall } from '../support/dataFlowSet.ts';
import { measured, withSimulatorProcess } from './measured.ts';
import type { Suite } from './suite.ts';

/** So many sum up a part of the answers each: more than 4,000,000 characters are no prompt. */
const PARTS = 3;
/** With those who sum up, as many as a run may have. */
const READERS = 1_000 - 2 * PARTS;

/** Each answer is 10 KB, and stands in two prompts: as it is, and as JSON. */
const SCRIPT = `export const meta = { name: 'graph', description: '${READERS} long answers, given on twice.' };
const notes = await parallel(Array.from({ length: ${READERS} }, (_, i) => () => agent('Read module ' + i + '.')));
const size = Math.ceil(notes.length / ${PARTS});
for (let from = 0; from < notes.length; from += size) {
  const part = notes.slice(from, from + size);
  await agent('Sum up:\\n\\n' + part.map((note, i) => '## ' + i + '\\n\\n' + note).join('\\n\\n'));
  await agent('Sum up this JSON: ' + JSON.stringify(part));
}
return notes.length;
`;

/**
 * What of the data flow between agents is found in scripts whose flow is known (test/fixtures/dataFlow), of 1, and which
 * share of a run's CPU the search takes.
 */
export const suite: Suite = {
  limits: { dataFlowCpuShare_1000x10kb: 0.05 },
  run: async (say) => {
    const set = await playDataFlowSet();
    for (const { name, wrong, missed } of set)
      if (wrong.length + missed.length > 0)
        say(
          `${name}: ${[...wrong.map((edge) => `wrong ${edge}`), ...missed.map((edge) => `missed ${edge}`)].join(', ')}`,
        );
    const { precision, recall } = precisionAndRecall(set);
    say('1,000 agents, 10 KB of each, with and without the search…');
    const [on, off] = await withSimulatorProcess(
      [],
      async (url) => [await run(url, 'on'), await run(url, 'off')] as const,
      'longAnswers.ts',
    );
    if (on.edges !== 2 * READERS) throw new Error(`${on.edges} of ${2 * READERS} edges were found`);
    return {
      dataFlowScripts: set.length,
      dataFlowPrecision: round(precision, 3),
      dataFlowRecall: round(recall, 3),
      dataFlowCpuShare_1000x10kb: round(on.flowMs / on.cpuMs, 4),
      dataFlowCpuMs_1000x10kb: round(on.flowMs, 0),
      runCpuMsWith_1000x10kb: round(on.cpuMs, 0),
      runCpuMsWithout_1000x10kb: round(off.cpuMs, 0),
    };
  },
};

const figures = z.object({ cpuMs: z.number(), flowMs: z.number(), edges: z.number() });

async function run(url: string, mode: 'on' | 'off'): Promise<z.infer<typeof figures>> {
  const folder = await mkdtemp(join(tmpdir(), 'dynamic-workflows-bench-'));
  try {
    const script = join(folder, 'graph.js');
    await writeFile(script, SCRIPT);
    const { stdout } = await measured([join(import.meta.dirname, 'dataFlowRun.ts'), folder, url, script, mode]);
    return figures.parse(JSON.parse(stdout));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
