import * as z from 'zod';
import { headline } from '../../base/text.ts';
import { defineTool } from '../../engine/defineTool.ts';
import type { Tool, ToolOutcome } from '../../engine/tool.ts';
import { describeSpill } from '../../workflow/commands.ts';
import type { BackgroundCommands, Reading, State } from './backgroundCommands.ts';
import { exitWords } from './bash.ts';

const MAX_WAIT_MS = 60_000;

const id = z.string().trim().min(1).describe('The id that Bash gave, such as b1.');

// Written down once: each agent has tools of its own.
const reading = z.strictObject({
  id,
  filter: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Only lines with this text, or with one of several that are separated by |. The others are not told again.',
    ),
  waitMs: z
    .int()
    .min(0)
    .max(MAX_WAIT_MS)
    .optional()
    .describe(`Milliseconds to wait until it says something or ends, at most ${MAX_WAIT_MS}. Default 0.`),
});
const killing = z.strictObject({ id });

/** What an agent's commands in the background say. Asks for no permission: starting them did. */
export function createBashOutputTool(background: BackgroundCommands): Tool {
  const tool = defineTool({
    name: 'BashOutput',
    description:
      'What a command in the background has said since you last asked, and whether it still runs. Of much output it is beginning and end.',
    readOnly: false,
    input: reading,
    plan: async ({ id: asked, filter, waitMs = 0 }) => ({
      summary: asked,
      run: async (signal) => {
        const read = await background.read(asked, waitMs, signal);
        return read ? { kind: 'ok', content: told(read, filter) } : unknown(asked, background);
      },
    }),
  });
  return { ...tool, partOf: 'Bash' };
}

export function createKillShellTool(background: BackgroundCommands): Tool {
  const tool = defineTool({
    name: 'KillShell',
    description: 'Ends a command in the background, with all that it started.',
    readOnly: false,
    input: killing,
    plan: async ({ id: asked }) => ({
      summary: asked,
      run: async () =>
        (await background.kill(asked)) ? { kind: 'ok', content: `${asked} has ended.` } : unknown(asked, background),
    }),
  });
  return { ...tool, partOf: 'Bash' };
}

function unknown(asked: string, background: BackgroundCommands): ToolOutcome {
  const ids = background.ids().join(', ');
  const message = `No command in the background is ${asked}. ${ids === '' ? 'None was started.' : `There are: ${ids}.`}`;
  return { kind: 'error', message };
}

/** Text and not a pattern: one that a model made up could take the host hours to try. */
function told({ command, output, state }: Reading, filter: string | undefined): string {
  const words = filter?.split('|').filter((word) => word !== '');
  const lines = output.trimEnd().split('\n');
  const shown = (words ? lines.filter((line) => words.some((word) => line.includes(word))) : lines).join('\n');
  return `${headline(command, 80)}: ${stateWords(state)}\n${shown === '' ? '(nothing new)' : shown}`;
}

function stateWords(state: State): string {
  switch (state.kind) {
    case 'running':
      return 'runs';
    case 'killed':
      return 'was ended';
    case 'not-started':
      return `could not be started (${state.message})`;
    case 'failed':
      return `failed (${state.message})`;
    case 'ended': {
      const { result } = state;
      const whole = result.spilled ? `; ${describeSpill(result.spilled)}` : '';
      const how = result.kind === 'timed-out' ? 'ended, since it ran for a day' : exitWords(result).toLowerCase();
      return `${how}${whole}`;
    }
  }
}
