import * as z from 'zod';
import { toolCallsOf, type Message } from '../../src/protocol/conversation.ts';
import { checkScript } from '../../src/workflow/script/checkScript.ts';
import type { EvalTask } from './tasks.ts';

/** How a model did on one task. */
export interface Score {
  readonly task: string;
  readonly wants: EvalTask['wants'];
  /** `unfinished`: it got to no answer, by an error or a cap. */
  readonly did: 'workflow' | 'none' | 'unfinished';
  /** Scripts that it wrote, and whether the checker passed the first and the last of them; null: it wrote none. */
  readonly scripts: number;
  readonly firstPassed: boolean | null;
  readonly lastPassed: boolean | null;
  readonly passed: boolean;
  /** Null: the price is not known. */
  readonly usd: number | null;
  /** Of an unfinished one. */
  readonly message: string;
}

const workflowInput = z.looseObject({ script: z.string().optional() });

/** From what the session's agent said and called, in order. `failure`: why it got to no answer; null: it did. */
export function judge(
  { name, wants }: EvalTask,
  messages: readonly Message[],
  { failure, usd }: { readonly failure: string | null; readonly usd: number | null },
): Score {
  const calls = messages.flatMap((message) =>
    message.role === 'assistant' ? toolCallsOf(message).filter((call) => call.name === 'Workflow') : [],
  );
  const verdicts = calls.flatMap(({ input }) => {
    const { script } = workflowInput.safeParse(input).data ?? {};
    return script === undefined ? [] : [checkScript(script, 'script.js').ok];
  });
  const lastPassed = verdicts.at(-1) ?? null;
  const did = calls.length > 0 ? 'workflow' : failure === null ? 'none' : 'unfinished';
  // A saved workflow needs no script.
  const passed = did === wants && lastPassed !== false;
  return {
    ...{ task: name, wants, did, scripts: verdicts.length, firstPassed: verdicts[0] ?? null, lastPassed, passed, usd },
    message: failure ?? '',
  };
}
