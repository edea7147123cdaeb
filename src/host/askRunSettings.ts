import * as vscode from 'vscode';
import { concurrencyOf } from '../node/concurrency.ts';
import { formatTokens, formatUsd } from '../projection/cost.ts';
import type { RunState } from '../projection/state.ts';
import type { ControlBody } from '../protocol/control.ts';
import { budgetAmount } from '../workflow/budgetWords.ts';

type Head = NonNullable<RunState['head']>;
type SetBody = Extract<ControlBody, { readonly type: 'run.set' }>;

/** One thing that can be set while a run goes on. */
interface Setting {
  readonly label: string;
  readonly now: (head: Head) => string;
  /** What is said beneath the input. */
  readonly how: string;
  /** Null: that is no value of it. */
  readonly read: (text: string) => Omit<SetBody, 'type'> | null;
}

const NONE = 'none';

const SETTINGS: readonly Setting[] = [
  {
    label: 'Agents at once',
    now: ({ concurrency }) => String(concurrency),
    how: 'A whole number from 1 to 256, cores, or elastic (16, fewer while the machine is pressed).',
    read: (text) => {
      const concurrency = concurrencyOf(text);
      return concurrency === null ? null : { concurrency };
    },
  },
  {
    label: 'Budget',
    now: ({ caps: { outputTokens, usd } }) =>
      [
        ...(outputTokens === undefined ? [] : [formatTokens(outputTokens)]),
        ...(usd === undefined ? [] : [formatUsd(usd)]),
      ].join(', ') || NONE,
    how: 'Output tokens such as 500k, money such as $5, or none; what is used already is included.',
    read: (text) => {
      const caps = text === NONE ? { outputTokens: null, usd: null } : budgetAmount(text);
      return caps && { caps };
    },
  },
  {
    label: 'Agents in all',
    now: ({ caps: { agents } }) => (agents === undefined ? NONE : String(agents)),
    how: 'How many agents the run may start, or none.',
    read: (text) => {
      const agents = wholeNumber(text, 100_000);
      return text === NONE ? { caps: { agents: null } } : agents === null ? null : { caps: { agents } };
    },
  },
  {
    label: 'Minutes',
    now: ({ caps: { minutes } }) => (minutes === undefined ? NONE : String(minutes)),
    how: 'Time that the run may take, without pauses, or none.',
    read: (text) => {
      const minutes = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
      return text === NONE ? { caps: { minutes: null } } : minutes > 0 ? { caps: { minutes } } : null;
    },
  },
];

/** What the person wants to change and to what; null when they gave up. */
export async function askRunSettings(name: string, head: Head | null): Promise<SetBody | null> {
  if (head === null) return null;
  const items = SETTINGS.map((setting) => ({ setting, label: setting.label, description: setting.now(head) }));
  const picked = await vscode.window.showQuickPick(items, { title: name, placeHolder: 'Change what?' });
  if (!picked) return null;
  const { label, how, now, read } = picked.setting;
  const text = await vscode.window.showInputBox({
    title: `${name}: ${label}`,
    prompt: how,
    value: now(head).includes(',') ? '' : now(head),
    validateInput: (entered) => (read(entered.trim()) === null ? how : undefined),
  });
  const body = text === undefined ? null : read(text.trim());
  return body && { type: 'run.set', ...body };
}

function wholeNumber(text: string, max: number): number | null {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= max ? value : null;
}
