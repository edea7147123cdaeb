import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startSimulator, type Brain } from '../../src/node/simulator/simulator.ts';
import { runEval, type EvalReport } from '../eval/runEval.ts';
import { scoreLine, summary } from '../eval/table.ts';
import { TASKS, type EvalTask } from '../eval/tasks.ts';
import { script } from '../support/engine.ts';

const MODEL = 'claude-sonnet-5-5';
const GOOD = { script: script("return await agent('look');") };
const BAD = { script: 'export const meta = { name: "x" };\nimport fs from "fs";' };

async function evaluated(brain: Brain, tasks: readonly EvalTask[], maxUsd = 3) {
  const simulator = await startSimulator({ rules: [brain] });
  try {
    const options = { apiKey: 'test-key', baseURL: simulator.url, model: MODEL, environment: process.env };
    const report = await runEval({ ...options, tasks, maxUsd, onScore: () => undefined });
    return { report, requests: simulator.requests };
  } finally {
    await simulator.close();
  }
}

const scored = ({ scores }: EvalReport) => scores.map(({ did, passed }) => `${did} ${passed ? 'ok' : 'missed'}`);
const ask = (wants: EvalTask['wants'], prompt: string): EvalTask => ({ name: prompt, prompt, wants });

/** Starts a workflow where it is told to, a bad one first where it is told so. */
const plays: Brain = (view) => {
  if (view.last.includes('only a trial') || view.last.includes('This was a trial')) return { text: 'So be it.' };
  if (view.last.includes('2:1')) return { tools: [{ name: 'Workflow', input: GOOD }] };
  if (/clumsy/.test(view.last)) return { tools: [{ name: 'Workflow', input: BAD }] };
  if (/hopeless/.test(view.last))
    return view.turn < 1 ? { tools: [{ name: 'Workflow', input: BAD }] } : { text: 'No.' };
  return /many/.test(view.last) ? { tools: [{ name: 'Workflow', input: GOOD }] } : { text: 'Done.' };
};

describe('the eval, with the simulator as its model', () => {
  test('scores whether a workflow was used where it should be, and whether its script is good; none is started', async () => {
    const tasks = [
      ...[
        ask('workflow', 'many'),
        ask('workflow', 'clumsy'),
        ask('workflow', 'few'),
        ask('none', 'many'),
        ask('none', 'few'),
      ],
    ];
    const { report, requests } = await evaluated(plays, tasks);
    expect(scored(report)).toEqual(['workflow ok', 'workflow ok', 'none missed', 'workflow missed', 'none ok']);
    expect(report.scores[1]).toMatchObject({ scripts: 2, firstPassed: false, lastPassed: true });
    expect(requests.every(({ system }) => system.includes('agent of a session'))).toBe(true);
    expect(report.usd).toBeGreaterThan(0);
    expect(summary(report)).toMatch(/^3 of 5 as wanted, \$0\.\d+ of at most \$3\.00, claude-sonnet-5-5$/);
    expect(report.scores.map(scoreLine)[2]).toMatch(/^MISSED few +wants workflow +did none +no script/);
  });

  test('the cap on money holds: what it does not reach is not asked', async () => {
    const { report, requests } = await evaluated(() => ({ text: 'x'.repeat(20_000) }), TASKS, 0.1);
    expect(report.usd).toBeLessThanOrEqual(0.1);
    expect(report.scores.length + report.skipped.length).toBe(TASKS.length);
    expect(report.skipped.length + report.scores.filter(({ did }) => did === 'unfinished').length).toBeGreaterThan(0);
    expect(requests.length).toBeLessThan(TASKS.length);
  });

  test('a model without a known price is refused', async () => {
    const options = { tasks: TASKS, apiKey: 'k', baseURL: 'http://127.0.0.1:9', model: 'no-such-model', maxUsd: 1 };
    await expect(runEval({ ...options, environment: {}, onScore: () => undefined })).rejects.toThrow('is not known');
  });
});

test.each([
  { name: 'in CI', env: { CI: 'true', ANTHROPIC_API_KEY: 'k' }, args: [], said: 'never in CI' },
  { name: 'without a key', env: {}, args: [], said: 'ANTHROPIC_API_KEY' },
  {
    name: 'with a cap that is none',
    env: { ANTHROPIC_API_KEY: 'k' },
    args: ['--max-usd', 'all'],
    said: '--max-usd is',
  },
])('the eval refuses $name', async ({ env, args, said }) => {
  const main = join(import.meta.dirname, '../eval/main.ts');
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  expect(await once(child, 'close')).toEqual([2, null]);
  expect(err).toContain(said);
});
