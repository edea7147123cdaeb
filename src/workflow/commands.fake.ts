import { throwIfAborted } from '../base/abort.ts';
import type { CommandEnd, CommandRequest, CommandResult, Commands, NotStarted } from './commands.ts';

type Given = Partial<CommandEnd> | NotStarted;
type Answer = Given | ((request: CommandRequest) => Given | Promise<Given>);

export interface FakeCommands extends Commands {
  /** What was run, in order. */
  readonly requests: readonly CommandRequest[];
}

/** Of a command that is known to have run. */
export function endOf(result: CommandResult): CommandEnd {
  if (result.kind === 'not-started') throw new Error(`It did not run: ${result.message}`);
  return result;
}

/** Answers each command from a table, by its whole text; any other one is not found. What an answer leaves out is a success. */
export function createFakeCommands(answers: Readonly<Record<string, Answer>> = {}): FakeCommands {
  const requests: CommandRequest[] = [];
  return {
    requests,
    run: async (request, signal) => {
      throwIfAborted(signal);
      requests.push(request);
      const answer = answers[request.command] ?? { exitCode: 127, output: `${request.command}: command not found\n` };
      const given = typeof answer === 'function' ? await answer(request) : answer;
      throwIfAborted(signal);
      if (given.kind === 'not-started') return given;
      const streams = { stdout: given.output ?? '', stderr: '' };
      return {
        ...{ kind: 'exited', exitCode: 0, output: '', ms: 1 },
        ...(request.recordTo === undefined ? {} : { streams }),
        ...given,
      };
    },
  };
}
