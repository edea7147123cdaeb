import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { CommandEnd, CommandRequest } from '../workflow/commands.ts';
import { createKeptOutput, type KeptOutput } from './keptOutput.ts';
import { openOutputFile } from './outputFile.ts';
import { createSpilledOutput } from './spilledOutput.ts';

/** Where a command's output goes. */
export interface CommandOutput {
  /** Stands before the command, on its own first line: the line numbers of the shell's errors hold. */
  readonly prefix: string;
  take(stdout: Readable, stderr: Readable): void;
  /** What is kept so far. */
  kept(): Pick<CommandEnd, 'output' | 'streams' | 'spilled'>;
  close(): Promise<void>;
}

/** Both streams joined in their order; with `recordTo` apart, and whole in that file. */
export function openCommandOutput({ maxChars, recordTo, spillTo, onOutput }: CommandRequest): CommandOutput {
  const all = createKeptOutput(maxChars);
  if (recordTo === undefined) return joined(all, { maxChars, spillTo, onOutput });
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

type Joining = { readonly maxChars: number } & {
  readonly [K in 'spillTo' | 'onOutput']: CommandRequest[K] | undefined;
};

function joined(all: KeptOutput, { maxChars, spillTo, onOutput }: Joining): CommandOutput {
  const spill = spillTo === undefined ? null : { path: spillTo, output: createSpilledOutput(spillTo, maxChars) };
  return {
    prefix: 'exec 2>&1; ',
    take: (stdout, stderr) => {
      for (const pipe of [stdout, stderr]) {
        keep(pipe, all);
        spill?.output.take(pipe);
        if (onOutput) follow(pipe, onOutput);
      }
    },
    kept: () => ({
      output: all.text(),
      ...(spill && all.cut() ? { spilled: { path: spill.path, bytes: spill.output.bytes() } } : {}),
    }),
    close: async () => spill?.output.close(all.cut()),
  };
}

function follow(pipe: Readable, onOutput: (text: string) => void): void {
  const decoder = new StringDecoder('utf8');
  const tell = (text: string): void => {
    if (text !== '') onOutput(text);
  };
  pipe.on('data', (chunk: Buffer) => tell(decoder.write(chunk)));
  pipe.once('end', () => tell(decoder.end()));
}

function keep(pipe: Readable, ...outputs: readonly KeptOutput[]): void {
  for (const output of outputs) {
    const writer = output.writer();
    pipe.on('data', (chunk: Buffer) => writer.write(chunk));
    pipe.once('end', () => writer.end());
  }
}
