import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runInThisContext } from 'node:vm';
import type { Change, Landing, Review } from '../../../protocol/change.ts';
import type { JsonSchema } from '../../../protocol/conversation.ts';
import { checkScript } from '../../../workflow/script/checkScript.ts';

const SCRIPT = fileURLToPath(new URL('../../../../workflows/fix-failing-tests.js', import.meta.url));

interface Options {
  readonly label?: string;
  readonly phase?: string;
  readonly schema?: JsonSchema;
  readonly base?: string;
  readonly verify?: string;
}

/** What the shipped workflow calls; each test says what comes of it. */
export interface ScriptGlobals {
  readonly agent: (prompt: string, options: Options) => Promise<unknown>;
  readonly change: (prompt: string, options: Options) => Promise<Change | null>;
  readonly review: (change: Change, options: Options) => Promise<Review>;
  readonly land: (change: Change, options: Options) => Promise<Landing>;
}

export interface ScriptUnit {
  readonly unit: string;
  readonly title: string;
  readonly file: string;
  readonly reason?: string;
  readonly commit?: string;
  readonly votes?: unknown;
}

export interface ScriptResult {
  readonly message: string;
  readonly fixed: readonly ScriptUnit[];
  readonly refused: readonly ScriptUnit[];
  readonly failed: readonly ScriptUnit[];
  readonly branch: string | null;
  readonly commit: string | null;
  readonly suite: { readonly passed: number; readonly failed: number } | null;
}

/** The shipped workflow's body as it stands, without sandbox or runtime; `parallel` and `pipeline` as rows W30 and W31 say. */
export async function playScript(
  globals: ScriptGlobals,
  args?: unknown,
): Promise<{ result: ScriptResult; logs: string[] }> {
  const checked = checkScript(readFileSync(SCRIPT), SCRIPT);
  if (!checked.ok) throw new Error(checked.errors.map(({ message }) => message).join('\n'));
  const names = ['args', 'agent', 'change', 'review', 'land', 'parallel', 'pipeline', 'phase', 'log'];
  const source = `(async (${names.join(', ')}) => {${checked.script.body}\n})`;
  const body = runInThisContext(source, { filename: SCRIPT }) as (...values: unknown[]) => Promise<ScriptResult>;
  const logs: string[] = [];
  const { agent, change, review, land } = globals;
  const log = (line: string): number => logs.push(line);
  const result = await body(args, agent, change, review, land, parallel, pipeline, () => undefined, log);
  return { result, logs };
}

function parallel(thunks: readonly (() => Promise<unknown>)[]): Promise<unknown[]> {
  return Promise.all(thunks.map((thunk) => thunk().catch(() => null)));
}

type Stage = (previous: unknown, item: unknown, index: number) => Promise<unknown>;

function pipeline(items: readonly unknown[], ...stages: Stage[]): Promise<unknown[]> {
  return parallel(
    items.map((item, index) => async () => {
      let value = item;
      for (const stage of stages) {
        value = await stage(value, item, index);
        if (value === null) return null;
      }
      return value;
    }),
  );
}
