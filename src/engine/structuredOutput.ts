import * as z from 'zod';
import type { JsonSchema } from '../protocol/conversation.ts';
import type { Json } from '../protocol/json.ts';
import { brokenInput } from './defineTool.ts';
import type { SchemaCheck } from './ports.ts';
import type { Tool, ToolOutcome } from './tool.ts';

export interface StructuredOutputOptions {
  /** Root of type `object`; `check.problem` found it usable. */
  readonly schema: JsonSchema;
  readonly check: SchemaCheck;
  /** Failed answers after which the agent gives up (W21). */
  readonly maxAttempts?: number;
  /** Looks at an answer that fits: null takes it; anything else is told to the agent, which then answers again. */
  readonly accept?: ((value: Json) => Promise<string | null>) | undefined;
}

export const STRUCTURED_OUTPUT = 'StructuredOutput';

/** Failed answers after which an agent gives up, also of those that are none (W21). */
const MAX_ATTEMPTS = 5;

/** For an agent that ended with text where a structured answer was asked for. */
export const NUDGE = `You ended without giving your answer. Call the ${STRUCTURED_OUTPUT} tool now, once, with the whole answer in the form its schema asks for. Text outside the tool is not read.`;

/** What to say to an agent that ended so; null once it has been said often enough. */
export function createNudge(): () => string | null {
  let left = MAX_ATTEMPTS;
  return () => (left-- > 0 ? NUDGE : null);
}

/** The tool through which an agent with a schema must answer (W21): a valid input ends its loop with that value. */
export function createStructuredOutput(options: StructuredOutputOptions): Tool {
  const { schema, check, maxAttempts = MAX_ATTEMPTS, accept } = options;
  let failed = 0;

  async function answer(input: unknown): Promise<ToolOutcome> {
    const errors = problemsOf(input);
    if (errors.length === 0) {
      const value = z.json().parse(input);
      const objection = (await accept?.(value)) ?? null;
      if (objection !== null) return { kind: 'error', message: objection };
      return { kind: 'final', value, content: 'The answer was accepted.' };
    }
    failed += 1;
    const list = errors.map((error) => `- ${error}`).join('\n');
    if (failed >= maxAttempts) {
      return {
        kind: 'give-up',
        message: `No valid answer in ${maxAttempts} attempts. The last one did not match the schema:\n${list}`,
      };
    }
    return {
      kind: 'error',
      message: `The answer does not match the schema (attempt ${failed} of ${maxAttempts}):\n${list}\nCorrect this and call ${STRUCTURED_OUTPUT} again with the whole answer.`,
    };
  }

  function problemsOf(input: unknown): readonly string[] {
    const broken = brokenInput(STRUCTURED_OUTPUT, input);
    if (broken !== null) return [broken];
    const verdict = check.validate(schema, input);
    return verdict.ok ? [] : verdict.errors;
  }

  return {
    spec: {
      name: STRUCTURED_OUTPUT,
      description:
        'Gives your final answer in the form that was asked for. Call it exactly once, when the work is done; it ends your task. If the answer does not match the schema you are told what is wrong and may call it again.',
      inputSchema: schema,
    },
    readOnly: false,
    // A wrong answer counts as an attempt, so that it is judged when the call runs, not when it is parsed.
    prepare: async (input) => ({ kind: 'ready', call: { summary: 'answer', run: () => answer(input) } }),
  };
}
