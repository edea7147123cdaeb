/** How a shell command ended. `output` is stdout and stderr as they came, cut in the middle at `maxChars`. */
export interface CommandResult {
  readonly kind: 'exited' | 'timed-out';
  /** Null when a signal or the time-out ended it. */
  readonly exitCode: number | null;
  readonly output: string;
  readonly ms: number;
  /** With `recordTo`: the two streams apart, each cut like `output`. */
  readonly streams?: { readonly stdout: string; readonly stderr: string };
}

export interface CommandRequest {
  readonly command: string;
  readonly cwd: string;
  readonly timeoutMs: number;
  /** Characters of output to keep. */
  readonly maxChars: number;
  /**
   * Absolute path of a file that gets all of the output, both streams as they came, up to `MAX_RECORDED_BYTES`. Its folder
   * is made, and it stays.
   */
  readonly recordTo?: string;
}

/** What a file of output may take: a command that writes without end must not fill the disk. */
export const MAX_RECORDED_BYTES = 64 * 1024 * 1024;

/**
 * Runs shell commands, each in a process group of its own that is killed whole on abort or time-out, with an
 * environment without secrets. Rejects with AbortError on abort; a command that cannot start is exit code 127.
 */
export interface Commands {
  run(request: CommandRequest, signal: AbortSignal): Promise<CommandResult>;
}
