import * as z from 'zod';
import { headline } from '../../base/text.ts';
import { defineTool } from '../../engine/defineTool.ts';
import type { Tool, ToolOutcome } from '../../engine/tool.ts';
import { MAX_SPILLED_BYTES, describeSpill, type CommandEnd, type CommandRequest } from '../../workflow/commands.ts';
import type { Spill } from '../spills.ts';
import type { AgentShell } from './agentShell.ts';
import { MAX_BACKGROUND } from './backgroundCommands.ts';

const DEFAULT_TIMEOUT_MS = 120_000;
const MAX_TIMEOUT_MS = 600_000;
/** In the background it runs until somebody ends it, and its agent's end does. */
const BACKGROUND_MS = 24 * 60 * 60_000;
const MAX_CHARS = 30_000;

/** Longer ones are files: nobody reads them in a question, and rules are not made for them. */
const MAX_COMMAND_CHARS = 16_000;

const input = z.strictObject({
  command: z
    .string()
    .trim()
    .min(1)
    .max(MAX_COMMAND_CHARS, {
      error: `must be at most ${MAX_COMMAND_CHARS} characters; put what is longer into a file with Write, and run that`,
    })
    .describe('The command, as bash takes it.'),
  timeoutMs: z
    .int()
    .min(1)
    .max(MAX_TIMEOUT_MS)
    .optional()
    .describe(
      `Milliseconds after which it is ended. Default ${DEFAULT_TIMEOUT_MS}, at most ${MAX_TIMEOUT_MS}. Not for the background.`,
    ),
  background: z
    .boolean()
    .optional()
    .describe(
      'True for what runs on while you do something else, such as a server: answers at once with an id for BashOutput and KillShell.',
    ),
  description: z.string().optional().describe('What it does, in a few words, for the person who watches.'),
});

export interface BashOptions {
  readonly spill: Spill;
  /** True when a command may run without a question as long as it is confined, and commands are. */
  readonly runsConfined?: () => Promise<boolean>;
}

/** Ends the agent's shell when the agent ends. */
export function createBashTool(shell: AgentShell, { spill, runsConfined }: BashOptions): Tool {
  const { commands, place, background } = shell;
  const spilled = ({ spilled: whole }: CommandEnd): void => {
    if (whole) spill.wrote(Math.min(whole.bytes, MAX_SPILLED_BYTES));
  };
  const requestFor = (command: string, confined: boolean) => {
    const spillTo = spill.reserve('bash');
    return {
      ...{ command, place, maxChars: MAX_CHARS },
      ...(spillTo === null ? {} : { spillTo }),
      ...(confined ? { mustBeConfined: true } : {}),
    } satisfies Partial<CommandRequest>;
  };

  const tool = defineTool({
    name: 'Bash',
    description: [
      'Runs a shell command in your working directory and answers with its output (stdout and stderr together; of more than 30,000 characters beginning and end, and a file with all of it) and, unless it is 0, its exit code.',
      'The working directory carries over to the next call (`cd` stays, inside your own folder); variables do not, and the paths of other tools do not follow it. There is no input and no terminal.',
      'What a command leaves running is ended with it; what is to run on is a call with background: true, and ends when you do.',
      'Where commands are confined they write to your folder and to $TMPDIR alone, not to what git keeps of it, and reach no network but what the person allows; two commands do not reach each other over localhost there.',
      'Use it for tests, builds and git. To look for files use Glob, to search in them Grep, to read and change them Read, Edit and Write. Join commands that depend on each other with &&.',
    ].join('\n'),
    readOnly: false,
    input,
    plan: async ({ command, timeoutMs = DEFAULT_TIMEOUT_MS, background: stays = false }) => {
      const confined = (await runsConfined?.()) === true;
      const asked = await shell.folder();
      const place = asked === shell.start ? {} : { cwd: asked };
      return {
        summary: headline(command, 120),
        permission: { tool: 'Bash', access: 'execute', subject: command, ...place, ...(confined ? { confined } : {}) },
        run: async (signal) => {
          const { cwd, note } = await shell.begin();
          // What was allowed for one folder is not for another, and a person may have taken minutes to answer.
          if (cwd !== asked) return movedOn(asked, cwd);
          if (stays) {
            const request = { ...requestFor(command, confined), cwd, timeoutMs: BACKGROUND_MS };
            return inBackground(background.start(request, spilled), note);
          }
          const request = { ...requestFor(command, confined), cwd, timeoutMs, tellsFolder: true };
          const result = await commands.run(request, signal);
          if (result.kind === 'not-started') return { kind: 'error', message: notStarted(result.message) };
          spilled(result);
          return outcomeOf(result, timeoutMs, [note, await shell.ended(result.folder)]);
        },
      };
    },
  });
  return { ...tool, end: () => shell.end() };
}

function movedOn(asked: string, cwd: string): ToolOutcome {
  const message = `Your working directory ${asked} is gone since the command was checked; it is ${cwd} now. Nothing ran. Send the call again.`;
  return { kind: 'error', message };
}

function inBackground(id: string | null, note: string | null): ToolOutcome {
  if (id === null) {
    const message = `${MAX_BACKGROUND} commands run in the background already. End one with KillShell, or wait until one ends.`;
    return { kind: 'error', message };
  }
  const content = `Runs in the background as ${id}. BashOutput {"id": "${id}"} tells what it says, KillShell ends it.`;
  return { kind: 'ok', content: note === null ? content : `${content}\n${note}` };
}

/** No exit code, so that the model does not take it for a word of the command's. */
function notStarted(message: string): string {
  return `It did not run. ${message}`;
}

function outcomeOf(result: CommandEnd, timeoutMs: number, notes: readonly (string | null)[]): ToolOutcome {
  const said = [...saidBy(result), ...notes.filter((note) => note !== null)].join('\n');
  if (result.kind === 'timed-out')
    return { kind: 'error', message: `Ended after ${timeoutMs / 1000} s, before it was done.\n${said}` };
  return result.exitCode === 0
    ? { kind: 'ok', content: said }
    : { kind: 'error', message: `${exitWords(result)}\n${said}` };
}

/** `Exit code 3`. */
export function exitWords({ exitCode }: CommandEnd): string {
  return exitCode === null ? 'Ended by a signal' : `Exit code ${exitCode}`;
}

function saidBy({ output, spilled }: CommandEnd): readonly string[] {
  const text = output.trimEnd();
  const whole = spilled === undefined ? [] : [`[${describeSpill(spilled)}]`];
  return text === '' && whole.length === 0 ? ['(no output)'] : [...(text === '' ? [] : [text]), ...whole];
}
