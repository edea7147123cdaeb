import type { ControlBody } from '../../protocol/control.ts';
import type { CapChanges } from '../../protocol/messages.ts';
import { ELASTIC_AGENTS, type Concurrency } from '../../protocol/run.ts';
import { amountFrom, minutesFrom } from '../capFlags.ts';
import { CommandError } from '../commandError.ts';
import type { Io } from '../io.ts';
import { parseFlags, wholeNumber } from '../parseFlags.ts';
import { concurrencyFlag } from '../runFlags.ts';
import { runToTell, tellRun } from '../tellRun.ts';

const FLAGS = {
  json: { type: 'boolean' },
  concurrency: { type: 'string' },
  budget: { type: 'string', multiple: true },
  'max-agents': { type: 'string' },
  'max-minutes': { type: 'string' },
} as const;

const MOST_AGENTS = 100_000;

/** `dwf set <runId> --concurrency N --budget 500k --budget '$5' --max-agents N --max-minutes N`: what holds from now on. */
export async function set(io: Io, argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('set', argv, FLAGS);
  const [text, extra] = positionals;
  if (extra !== undefined) throw new CommandError(`"${extra}" is one too many. See: dwf set --help`);
  const concurrency = concurrencyFlag(values.concurrency);
  const caps: CapChanges = {
    ...budgetChanges(values.budget ?? []),
    ...agentsChange(values['max-agents']),
    ...minutesChange(values['max-minutes']),
  };
  const changesCaps = Object.keys(caps).length > 0;
  if (concurrency === undefined && !changesCaps)
    throw new CommandError('Say what to set: --concurrency, --budget, --max-agents or --max-minutes.');
  const run = await runToTell(io, text, 'dwf set <runId> --concurrency N');
  const body: ControlBody = {
    type: 'run.set',
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(changesCaps ? { caps } : {}),
  };
  const said = `Run ${run.runId} has ${saidOf(concurrency, caps).join(', ')} from now on.`;
  return tellRun(io, run, body, { said, json: values.json });
}

/** The last of a kind counts. */
function budgetChanges(texts: readonly string[]): CapChanges {
  return texts.map(budgetChange).reduce<CapChanges>((all, one) => ({ ...all, ...one }), {});
}

/** `500k` and `$5` each set their own; `none` lifts both. */
function budgetChange(text: string): CapChanges {
  return text === 'none' ? { outputTokens: null, usd: null } : amountFrom('budget', text);
}

function agentsChange(text: string | undefined): CapChanges {
  const agents = text === 'none' ? null : wholeNumber('max-agents', text, 1, MOST_AGENTS);
  return agents === undefined ? {} : { agents };
}

function minutesChange(text: string | undefined): CapChanges {
  const minutes = text === 'none' ? null : minutesFrom(text);
  return minutes === undefined ? {} : { minutes };
}

function saidOf(concurrency: Concurrency | undefined, caps: CapChanges): readonly string[] {
  const { outputTokens, usd, agents, minutes } = caps;
  return [
    ...(concurrency === undefined ? [] : [concurrencyText(concurrency)]),
    ...capText(outputTokens, (value) => `${value} output tokens`, 'tokens without a cap'),
    ...capText(usd, (value) => `$${value}`, 'money without a cap'),
    ...capText(agents, (value) => `${value} agents`, 'agents without a cap'),
    ...capText(minutes, (value) => `${value} minutes`, 'time without a cap'),
  ];
}

function concurrencyText(concurrency: Concurrency): string {
  if (concurrency !== 'elastic') return `at most ${concurrency} at once`;
  return `at most ${ELASTIC_AGENTS} at once, fewer while the machine is pressed,`;
}

function capText(value: number | null | undefined, said: (value: number) => string, lifted: string): readonly string[] {
  if (value === undefined) return [];
  return [value === null ? lifted : said(value)];
}
