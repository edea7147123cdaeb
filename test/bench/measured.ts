import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import * as z from 'zod';

/** What one process used from its first instruction to its exit, all of its threads together. */
const processUse = z.object({ cpuMs: z.number(), maxRssMb: z.number() });
export type ProcessUse = z.infer<typeof processUse> & { readonly wallMs: number; readonly stdout: string };

const REPORT = join(import.meta.dirname, 'reportUse.mjs');

/** Runs a Node program to its end; throws when it fails. */
export async function measured(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ProcessUse> {
  const from = performance.now();
  const child = spawn(process.execPath, ['--import', REPORT, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  });
  const report = textOf(child, 3);
  const stdout = textOf(child, 1);
  const [code] = (await once(child, 'exit')) as [number | null];
  const wallMs = performance.now() - from;
  if (code !== 0)
    throw new Error(`${args.join(' ')} ended with ${code ?? 'a signal'}: ${(await stdout).slice(-2_000)}`);
  return { ...processUse.parse(JSON.parse(await report)), wallMs, stdout: await stdout };
}

/** The simulator in a process of its own, for as long as `use` takes; `program` is another one that prints its URL. */
export async function withSimulatorProcess<T>(
  rules: unknown,
  use: (url: string) => Promise<T>,
  program = 'simulatorProcess.ts',
): Promise<T> {
  const child = spawn(process.execPath, [join(import.meta.dirname, program), JSON.stringify(rules)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    return await use(line.toString().trim());
  } finally {
    child.stdin.end();
    await once(child, 'exit');
  }
}

async function textOf(child: ChildProcess, descriptor: 1 | 3): Promise<string> {
  const stream = child.stdio[descriptor] as NodeJS.ReadableStream;
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Buffer));
  return Buffer.concat(chunks).toString();
}
