import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runEval } from './runEval.ts';
import { scoreLine, summary } from './table.ts';
import { TASKS } from './tasks.ts';

// Does a real model write good scripts, and know when not to? It costs money, hence never in CI.

const USD = 3;
const MODEL = 'claude-sonnet-5-5';

const { values } = parseArgs({ options: { 'max-usd': { type: 'string' }, model: { type: 'string' } } });
const { CI, ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL: baseURL } = process.env;
const maxUsd = Number(values['max-usd'] ?? USD);
const problem = CI
  ? '`npm run eval` asks a real model for money, and never in CI (the variable CI is set). Run it by hand.'
  : !apiKey
    ? '`npm run eval` asks a real model: put a key into ANTHROPIC_API_KEY.'
    : !(maxUsd > 0 && maxUsd <= 100)
      ? '--max-usd is an amount of money of at most 100, such as 2.50.'
      : null;
if (problem !== null || !apiKey) {
  process.stderr.write(`${problem ?? ''}\n`);
  process.exit(2);
}

const report = await runEval({
  ...{ tasks: TASKS, apiKey, baseURL: baseURL ?? null, model: values.model ?? MODEL, maxUsd, environment: process.env },
  onScore: (score) => process.stdout.write(`${scoreLine(score)}\n`),
});
process.stdout.write(`${summary(report)}\n`);
const folder = join(import.meta.dirname, '../../test-output/eval');
const file = join(folder, `${new Date().toISOString().replaceAll(':', '-')}.json`);
await mkdir(folder, { recursive: true });
await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
process.stdout.write(`${file}\n`);
process.exitCode = report.skipped.length === 0 && report.scores.every(({ passed }) => passed) ? 0 : 1;
