import type { Readable } from 'node:stream';
import type { CommandRequest, CommandResult } from '../workflow/commands.ts';
import { createKeptOutput, type KeptOutput } from './keptOutput.ts';
import { openOutputFile } from './outputFile.ts';

/** Where a command's output goes. */
export interface CommandOutput {
  /** Stands before the command, on its own first line: the line numbers of the shell's errors hold. */
  readonly prefix: string;
  take(stdout: Readable, stderr: Readable): void;
  /** What is kept so far. */
  kept(): Pick<CommandResult, 'output' | 'streams'>;
  close(): Promise<void>;
}

/** Both streams joined in their order; with `recordTo` apart, and whole in that file. */
export async function openCommandOutput({ maxChars, recordTo }: CommandRequest): Promise<CommandOutput> {
  const all = createKeptOutput(maxChars);
  if (recordTo === undefined) {
    return {
      prefix: 'exec 2>&1; ',
      take: (stdout, stderr) => [stdout, stderr].forEach((pipe) => keep(pipe, all)),
      kept: () => ({ output: all.text() }),
      close: () => Promise.resolve(),
    };
  }
  const file = await openOutputFile(recordTo);
  const [out, err] = [createKeptOutput(maxChars), createKeptOutput(maxChars)];
  return {
    prefix: '',
    take: (stdout, stderr) => {
      keep(stdout, all, out);
      keep(stderr, all, err);
      for (const pipe of [stdout, stderr]) file.record(pipe);
    },
    kept: () => ({ output: all.text(), streams: { stdout: out.text(), stderr: err.text() } }),
    close: () => file.close(),
  };
}

function keep(pipe: Readable, ...outputs: readonly KeptOutput[]): void {
  for (const output of outputs) {
    const writer = output.writer();
    pipe.on('data', (chunk: Buffer) => writer.write(chunk));
    pipe.once('end', () => writer.end());
  }
}
