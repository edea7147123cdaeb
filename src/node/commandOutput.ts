import type { Readable } from 'node:stream';
import type { CommandRequest, CommandResult } from '../workflow/commands.ts';
import { createKeptOutput, type KeptOutput } from './keptOutput.ts';
import { openOutputFile } from './outputFile.ts';
import { createSpilledOutput } from './spilledOutput.ts';

/** Where a command's output goes. */
export interface CommandOutput {
  /** Stands before the command, on its own first line: the line numbers of the shell's errors hold. */
  readonly prefix: string;
  take(stdout: Readable, stderr: Readable): void;
  /** What is kept so far. */
  kept(): Pick<CommandResult, 'output' | 'streams' | 'spilled'>;
  close(): Promise<void>;
}

/** Both streams joined in their order; with `recordTo` apart, and whole in that file. */
export function openCommandOutput({ maxChars, recordTo, spillTo }: CommandRequest): CommandOutput {
  const all = createKeptOutput(maxChars);
  if (recordTo === undefined) return joined(all, maxChars, spillTo);
  const file = openOutputFile(recordTo);
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

function joined(all: KeptOutput, maxChars: number, spillTo: string | undefined): CommandOutput {
  const spill = spillTo === undefined ? null : { path: spillTo, output: createSpilledOutput(spillTo, maxChars) };
  return {
    prefix: 'exec 2>&1; ',
    take: (stdout, stderr) => {
      for (const pipe of [stdout, stderr]) {
        keep(pipe, all);
        spill?.output.take(pipe);
      }
    },
    kept: () => ({
      output: all.text(),
      ...(spill && all.cut() ? { spilled: { path: spill.path, bytes: spill.output.bytes() } } : {}),
    }),
    close: async () => spill?.output.close(all.cut()),
  };
}

function keep(pipe: Readable, ...outputs: readonly KeptOutput[]): void {
  for (const output of outputs) {
    const writer = output.writer();
    pipe.on('data', (chunk: Buffer) => writer.write(chunk));
    pipe.once('end', () => writer.end());
  }
}
