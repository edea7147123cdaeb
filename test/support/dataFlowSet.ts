import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { FakeClock } from '../../src/engine/clock.fake.ts';
import { createQuickJsSandbox } from '../../src/node/sandbox/quickJsSandbox.ts';
import type { Json } from '../../src/protocol/json.ts';
import { DataFlow } from '../../src/workflow/dataFlow.ts';
import type { Effect, SandboxRun } from '../../src/workflow/sandbox.ts';
import type { CheckedScript } from '../../src/workflow/script/check.ts';
import { checkScript } from '../../src/workflow/script/checkScript.ts';

const FOLDER = join(import.meta.dirname, '../fixtures/dataFlow');

/**
 * A script with an answer for each of its agents, and for each agent the labels of those whose answers flow into its
 * prompt: the answer stands in it, or a part of it, or text that was made of it, were it only a number. Answers that
 * merely decided whether or when something is asked do not flow. Labels are unique in a script, and say what is so,
 * not what can be found.
 */
const labelled = z.strictObject({
  args: z.json().optional(),
  answers: z.record(z.string(), z.json()),
  flows: z.record(z.string(), z.array(z.string())),
  /** Sources of the workflows that it calls by name. */
  nested: z.record(z.string(), z.string()).optional(),
});
type Labelled = z.infer<typeof labelled> & { readonly name: string; readonly script: CheckedScript };

interface Flows {
  readonly name: string;
  /** `from > to`, by label. */
  readonly found: readonly string[];
  readonly wrong: readonly string[];
  readonly missed: readonly string[];
}

/** All scripts of the set, each run in the real sandbox. */
export async function playDataFlowSet(): Promise<readonly Flows[]> {
  const names = readdirSync(FOLDER).flatMap((file) => /^(.*)\.js$/.exec(file)?.[1] ?? []);
  const set: Flows[] = [];
  for (const name of names) set.push(await compare(read(name)));
  return set;
}

/** Of all edges together, from 0 to 1. */
export function precisionAndRecall(set: readonly Flows[]): { readonly precision: number; readonly recall: number } {
  const count = (kind: 'found' | 'wrong' | 'missed'): number => set.reduce((sum, flows) => sum + flows[kind].length, 0);
  const found = count('found');
  return { precision: found / (found + count('wrong')), recall: found / (found + count('missed')) };
}

function read(name: string): Labelled {
  const text = readFileSync(join(FOLDER, `${name}.json`), 'utf8');
  const source = readFileSync(join(FOLDER, `${name}.js`), 'utf8');
  return { ...labelled.parse(JSON.parse(text)), name, script: checked(source, name) };
}

function checked(source: string, name: string): CheckedScript {
  const result = checkScript(source, `${name}.js`);
  if (!result.ok) throw new Error(`${name}: ${result.errors.map(({ message }) => message).join('; ')}`);
  return result.script;
}

async function compare(set: Labelled): Promise<Flows> {
  const edges = await play(set);
  const labels = Object.entries(set.flows).flatMap(([to, from]) => from.map((label) => `${label} > ${to}`));
  return {
    name: set.name,
    found: labels.filter((edge) => edges.has(edge)),
    wrong: [...edges].filter((edge) => !labels.includes(edge)),
    missed: labels.filter((edge) => !edges.has(edge)),
  };
}

/** The edges that are found when each agent gives the answer of its label, in the order in which they were asked. */
async function play({ name, script, args, answers, nested = {} }: Labelled): Promise<ReadonlySet<string>> {
  const flow = new DataFlow([script.source, JSON.stringify(args ?? null)]);
  const edges = new Set<string>();
  const asked = new Set<string>();
  const answer = (effect: Effect, run: SandboxRun): void => {
    const { id } = effect;
    if (effect.name === 'workflow') {
      const inner = checked(nested[effect.args[0] as string] ?? '', name);
      flow.say(inner.source);
      run.settle({ id, ok: 'script', script: inner, args: effect.args[1], spent: 0, total: null });
      return;
    }
    const [prompt, options] = effect.args as [string, Readonly<Record<string, Json>>];
    const label = options['label'] as string;
    const value = answers[label];
    if (value === undefined || asked.has(label)) throw new Error(`${name}: no answer for "${label}"`);
    asked.add(label);
    const named = options['from'];
    const values = named === undefined ? [] : Array.isArray(named) ? (named as readonly Json[]) : [named];
    const { group } = effect;
    for (const from of flow.sourcesOf(label, prompt, { values, calls: effect.from ?? [] }, group).from)
      edges.add(`${from} > ${label}`);
    flow.finished({ id: label, label, value, call: id, group });
    run.settle({ id, ok: true, value, spent: 0, total: null });
  };
  const run = createQuickJsSandbox().start(
    { script, fileName: `${name}.js`, args, budgetTotal: null },
    {
      runTime: new FakeClock(),
      effect: (effect) => queueMicrotask(() => answer(effect, run)),
      notice: () => undefined,
    },
  );
  try {
    const end = await run.ended;
    const left = Object.keys(answers).filter((label) => !asked.has(label));
    if (end.kind !== 'returned' || left.length > 0)
      throw new Error(`${name}: ${JSON.stringify(end)}, never asked: ${left.join(', ')}`);
    return edges;
  } finally {
    await run.dispose();
  }
}
