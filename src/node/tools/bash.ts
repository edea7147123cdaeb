import * as z from 'zod';
import { headline } from '../../base/text.ts';
import { defineTool } from '../../engine/defineTool.ts';
import type { Tool, ToolOutcome } from '../../engine/tool.ts';
import { MAX_SPILLED_BYTES, describeSpill, type CommandResult, type Commands } from '../../workflow/commands.ts';
import type { Spill } from '../spills.ts';

const DEFAULT_TIMEOUT_MS = 120_000;
const MAX_TIMEOUT_MS = 600_000;
const MAX_CHARS = 30_000;

const input = z.strictObject({
  command: z.string().trim().min(1).describe('The command, as bash takes it.'),
  timeoutMs: z
    .int()
    .min(1)
    .max(MAX_TIMEOUT_MS)
    .optional()
    .describe(`Milliseconds after which it is ended. Default ${DEFAULT_TIMEOUT_MS}, at most ${MAX_TIMEOUT_MS}.`),
  description: z.string().optional().describe('What it does, in a few words, for the person who watches.'),
});

export function createBashTool(root: string, commands: Commands, spill: Spill): Tool {
  return defineTool({
    name: 'Bash',
    description: [
      'Runs a shell command in your working directory and answers with its output (stdout and stderr together; of more than 30,000 characters beginning and end, and a file with all of it) and, unless it is 0, its exit code.',
      'Each call starts anew: folder and variables do not carry over. There is no input and no terminal; what is left running in the background is ended with the command.',
      'Use it for tests, builds and git. To look for files use Glob, to search in them Grep, to read and change them Read, Edit and Write. Join commands that depend on each other with &&.',
    ].join('\n'),
    readOnly: false,
    input,
    plan: async ({ command, timeoutMs = DEFAULT_TIMEOUT_MS }) => ({
      summary: headline(command, 120),
      permission: { tool: 'Bash', access: 'execute', subject: command },
      run: async (signal) => {
        const spillTo = spill.reserve('bash');
        const request = { command, cwd: root, timeoutMs, maxChars: MAX_CHARS };
        const result = await commands.run(spillTo === null ? request : { ...request, spillTo }, signal);
        if (result.spilled) spill.wrote(Math.min(result.spilled.bytes, MAX_SPILLED_BYTES));
        return outcomeOf(result, timeoutMs);
      },
    }),
  });
}

function outcomeOf({ kind, exitCode, output, spilled }: CommandResult, timeoutMs: number): ToolOutcome {
  const whole = spilled === undefined ? '' : `\n[${describeSpill(spilled)}]`;
  const text = output.trimEnd() + whole;
  const said = text === '' ? '(no output)' : text;
  if (kind === 'timed-out')
    return { kind: 'error', message: `Ended after ${timeoutMs / 1000} s, before it was done.\n${said}` };
  if (exitCode === 0) return { kind: 'ok', content: said };
  return { kind: 'error', message: `${exitCode === null ? 'Ended by a signal' : `Exit code ${exitCode}`}\n${said}` };
}
