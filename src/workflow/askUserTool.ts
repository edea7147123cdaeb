import * as z from 'zod';
import { headline } from '../base/text.ts';
import { defineTool } from '../engine/defineTool.ts';
import type { Tool } from '../engine/tool.ts';
import type { AgentLife } from './agentLife.ts';
import type { RunContext } from './runContext.ts';

/** A person who does not answer for so long has gone, and the agent decides for itself. */
const TIMEOUT_MS = 10 * 60_000;

const NOBODY = 'No answer: decide yourself, and say in your answer what you decided and why.';

const input = z.strictObject({
  question: z.string().trim().min(1).max(2_000).describe('One question, with all that is needed to answer it.'),
  choices: z
    .array(z.string().trim().min(1).max(200))
    .min(2)
    .max(8)
    .optional()
    .describe('The answers to choose from. Without them any text is an answer.'),
});

/** What only a person can know: asked through the run's inbox, where the script's own questions are too. */
export function createAskUserTool(run: RunContext, life: AgentLife): Tool {
  return defineTool({
    name: 'AskUser',
    description:
      'Asks the person who watches the run one question and waits for the answer. They may be away: then you are told so and decide yourself. Use it only for what you cannot find out and where a wrong guess would cost much; everything else you decide.',
    // Nothing changes by a question, so that one that was interrupted is asked again.
    readOnly: true,
    input,
    plan: async ({ question, choices }) => ({
      summary: headline(question, 120),
      run: async (signal) => {
        const { agentId, phase } = life;
        const asked = { question, agentId, phase, default: null, ...(choices === undefined ? {} : { choices }) };
        const { answer } = await life.lending(run.pause.runTime, signal, () =>
          run.inbox.question(asked, TIMEOUT_MS, signal),
        );
        return { kind: 'ok', content: typeof answer === 'string' ? `The person's answer: ${answer}` : NOBODY };
      },
    }),
  });
}
