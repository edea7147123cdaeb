import { throwIfAborted } from '../base/abort.ts';
import type { CommandRequest, CommandResult, Commands } from './commands.ts';

type Answer =
  Partial<CommandResult> | ((request: CommandRequest) => Partial<CommandResult> | Promise<Partial<CommandResult>>);

export interface FakeCommands extends Commands {
  /** What was run, in order. */
  readonly requests: readonly CommandRequest[];
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
      const streams = { stdout: given.output ?? '', stderr: '' };
      return {
        ...{ kind: 'exited', exitCode: 0, output: '', ms: 1 },
        ...(request.recordTo === undefined ? {} : { streams }),
        ...given,
      };
    },
  };
}
