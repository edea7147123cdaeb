import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { PermissionRequest } from '../../src/engine/permission.ts';
import type { Preparation, Tool, ToolOutcome } from '../../src/engine/tool.ts';
import { systemClock } from '../../src/node/clock.ts';
import { createCommands } from '../../src/node/shell.ts';
import { createTools, type ToolsOptions } from '../../src/node/tools/createTools.ts';

/** An agent's tools on a real folder, made anew for each test of the file and removed after it. */
export const bench = {
  /** A folder that holds nothing but the root. */
  outside: '',
  root: '',
  tools: [] as readonly Tool[],
};

export function useToolBench(): void {
  beforeEach(async () => {
    bench.outside = await realpath(await mkdtemp(join(tmpdir(), 'dwf-tools-')));
    bench.root = join(bench.outside, 'work');
    await mkdir(bench.root);
    bench.tools = newTools();
  });
  afterEach(() => rm(bench.outside, { recursive: true, force: true }));
}

/** Tools of another agent in the same folder. */
export function newTools(options: Partial<ToolsOptions> = {}): readonly Tool[] {
  return createTools({ root: bench.root, commands: createCommands(), clock: systemClock, ...options });
}

export async function put(name: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(bench.root, name)), { recursive: true });
  await writeFile(join(bench.root, name), content);
}

/** A pipe that nobody writes to: reading it would never end. */
export function putPipe(name: string): void {
  execFileSync('/bin/sh', ['-c', 'mkfifo "$0"', join(bench.root, name)]);
}

export function content(name: string): Promise<string> {
  return readFile(join(bench.root, name), 'utf8');
}

export async function prepared(name: string, input: unknown, tools = bench.tools): Promise<Preparation> {
  const tool = tools.find(({ spec }) => spec.name === name);
  if (tool === undefined) throw new Error(`no tool ${name}`);
  return tool.prepare(input);
}

export async function run(
  name: string,
  input: unknown,
  tools = bench.tools,
  signal = new AbortController().signal,
): Promise<ToolOutcome> {
  const preparation = await prepared(name, input, tools);
  return preparation.kind === 'ready' ? preparation.call.run(signal) : { kind: 'error', message: preparation.message };
}

/** The content of an answer; anything else fails the test. */
export async function ok(name: string, input: unknown): Promise<string> {
  const outcome = await run(name, input);
  if (outcome.kind !== 'ok') throw new Error(JSON.stringify(outcome));
  return outcome.content;
}

/** The message of an error; anything else fails the test. */
export async function error(name: string, input: unknown): Promise<string> {
  const outcome = await run(name, input);
  if (outcome.kind !== 'error') throw new Error(JSON.stringify(outcome));
  return outcome.message;
}

export async function permission(name: string, input: unknown): Promise<PermissionRequest | undefined> {
  const preparation = await prepared(name, input);
  if (preparation.kind !== 'ready') throw new Error(preparation.message);
  return preparation.call.permission;
}
