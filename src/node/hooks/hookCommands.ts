import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { throwIfAborted } from '../../base/abort.ts';
import type { HookResult } from '../../engine/hooks/hookRule.ts';
import type { HookRequest, HookSource } from '../../workflow/hooks/hookPort.ts';
import { agentEnvironment, type Environment } from '../agentEnvironment.ts';
import { createCommandRecords } from '../commandRecords.ts';
import type { Gate } from '../gate.ts';
import { createKeptOutput, type KeptOutput } from '../keptOutput.ts';
import { endGroup, firstEnd, pipeOf, startGroup } from '../processGroup.ts';
import { COMMAND_MARK } from '../strayProcesses.ts';

/** Characters of what is kept. An answer may hold the whole of a file that a call is to write. */
const MAX_STDOUT = 4 * 1024 * 1024;
const MAX_STDERR = 64 * 1024;

export interface HookCommandsOptions {
  /** Not that of agents' commands: a hook that hangs must not keep those from running. */
  readonly gate: Gate;
  readonly env: Environment;
  /** Where commands under way are noted, for `killLeftoverCommands`. */
  readonly home: string;
  readonly platform?: NodeJS.Platform;
}

/**
 * Hooks over `bash -c` (`sh` where there is no bash) in a process group of their own, the event as JSON on stdin, with an
 * environment without secrets. What a hook leaves running ends with it.
 */
export function createHookCommands(options: HookCommandsOptions): Pick<HookSource, 'run'> {
  const { gate, env, home, platform = process.platform } = options;
  const records = createCommandRecords(home);
  const environment = agentEnvironment(env);
  const shell = existsSync('/bin/bash') ? '/bin/bash' : '/bin/sh';

  async function run({ command, cwd, input, timeoutMs }: HookRequest, signal: AbortSignal): Promise<HookResult> {
    throwIfAborted(signal);
    const mark = randomBytes(12).toString('hex');
    const started = startGroup(shell, ['-c', command], {
      cwd,
      env: { ...environment, CLAUDE_PROJECT_DIR: cwd, [COMMAND_MARK]: mark },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    if (started.kind === 'not-started') return { kind: 'not-started', problem: await started.problem };
    const { child } = started;
    const record = child.pid === undefined ? undefined : records.begin(child.pid);
    const [stdout, stderr] = [kept(pipeOf(child, 1), MAX_STDOUT), kept(pipeOf(child, 2), MAX_STDERR)];
    const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
    // Whoever does not read its input is not wrong.
    child.stdin?.on('error', () => undefined).end(input);
    const end = await firstEnd(child, timeoutMs, signal);
    await endGroup(child, mark, closed);
    record?.dispose();
    throwIfAborted(signal);
    switch (end.kind) {
      case 'exited':
        return {
          ...{ kind: 'exited', exitCode: end.exitCode, stdout: stdout.text(), stderr: stderr.text() },
          ...(stdout.cut() ? { stdoutCut: true } : {}),
        };
      case 'not-started':
        return { kind: 'not-started', problem: end.problem };
      case 'timed-out':
      case 'aborted':
        return { kind: 'timed-out' };
    }
  }

  return {
    run: async (request, signal) => {
      if (platform === 'win32') return { kind: 'not-started', problem: 'hooks need bash; run the editor inside WSL' };
      return gate.run(() => run(request, signal), signal);
    },
  };
}

function kept(pipe: NodeJS.ReadableStream, maxChars: number): KeptOutput {
  const output = createKeptOutput(maxChars);
  const writer = output.writer();
  pipe.on('data', (chunk: Buffer) => writer.write(chunk));
  pipe.once('end', () => writer.end());
  return output;
}
