import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { onAbort, throwIfAborted } from '../base/abort.ts';
import { createGate } from './gate.ts';

export interface RipgrepRequest {
  /** Null: the one that came with us, else `rg` of the PATH. */
  readonly program: string | null;
  readonly args: readonly string[];
  readonly cwd: string;
  /** It is ended when it has written so much. */
  readonly maxBytes: number;
}

export type RipgrepResult =
  | {
      readonly kind: 'ended';
      readonly exitCode: number | null;
      readonly stdout: string;
      readonly stderr: string;
      readonly cut: boolean;
    }
  | { readonly kind: 'not-started'; readonly message: string };

/**
 * Searches pass here: each takes a core, and starting it and reading what it found takes the thread that serves the person.
 * Sixteen agents that searched in the same moment held that up for a tenth of a second.
 */
export const searches = createGate(availableParallelism());

/** Runs ripgrep without the person's configuration. Rejects with AbortError on abort, after the process has ended. */
export async function runRipgrep(request: RipgrepRequest, signal: AbortSignal): Promise<RipgrepResult> {
  const program = request.program ?? (await ownRipgrep()) ?? 'rg';
  throwIfAborted(signal);
  const child = spawn(program, ['--no-config', ...request.args], {
    cwd: request.cwd,
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stopping = onAbort(signal, () => child.kill('SIGKILL'));
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  let size = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= request.maxBytes) output.push(chunk);
    else child.kill('SIGKILL');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    if (errors.length < 8) errors.push(chunk);
  });
  try {
    const end = await new Promise<number | null | Error>((resolve) => {
      child.once('error', resolve);
      child.once('close', (exitCode) => resolve(exitCode));
    });
    throwIfAborted(signal);
    if (end instanceof Error) return { kind: 'not-started', message: end.message };
    const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8');
    return { kind: 'ended', exitCode: end, stdout: text(output), stderr: text(errors), cut: size > request.maxBytes };
  } finally {
    stopping.dispose();
  }
}

/** Path of the one that came with us; null where there is none for the system. */
export async function ownRipgrep(): Promise<string | null> {
  try {
    return (await import('@vscode/ripgrep')).rgPath;
  } catch {
    // Its import throws where there is no build for the system.
    return null;
  }
}
