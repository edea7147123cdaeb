import { headline } from '../base/text.ts';

/** What came of a shell command. */
export type CommandResult = CommandEnd | NotStarted;

/** How one that ran ended. `output` is stdout and stderr as they came, cut in the middle at `maxChars`. */
export interface CommandEnd {
  readonly kind: 'exited' | 'timed-out';
  /** Null when a signal or the time-out ended it. */
  readonly exitCode: number | null;
  readonly output: string;
  readonly ms: number;
  /** With `spillTo`, when the output was longer than `maxChars`: the file that has all of it, and how much there was. */
  readonly spilled?: { readonly path: string; readonly bytes: number };
  /** With `recordTo`: the two streams apart, each cut like `output`. */
  readonly streams?: { readonly stdout: string; readonly stderr: string };
  /** With `tellsFolder`: where the shell stood at its end, by its own word; absent when it did not get to say it. */
  readonly folder?: string;
}

/**
 * It never ran, so it says nothing of what it was to look at: there was no shell, no sandbox that is required, no folder, no
 * process to be had. That may be over the next time. `message`: why, and what to do.
 */
export interface NotStarted {
  readonly kind: 'not-started';
  readonly message: string;
}

/** What a command may reach where the system can confine it. Paths are absolute, symlinks resolved. */
export interface CommandPlace {
  /** It may write here, but for what git and the editor go by, and in a folder for temporary files. */
  readonly root: string;
  /** It may read these too, although they lie where it may not look. */
  readonly readable?: readonly string[];
  /** Its folder for temporary files, which is made by whoever removes it; absent: one that goes with the command. */
  readonly temporary?: string;
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
  /**
   * Absolute path of a file that gets all of the output, joined, up to `MAX_SPILLED_BYTES`, when it is longer than
   * `maxChars`; else none is made. Not together with `recordTo`.
   */
  readonly spillTo?: string;
  /** Absent: `cwd` is its root. */
  readonly place?: CommandPlace;
  /** Never to run unconfined: nobody was asked, because it is confined. */
  readonly mustBeConfined?: boolean;
  readonly tellsFolder?: boolean;
  /** Runs beside others for as long as it likes, and takes none of the places for commands at once. */
  readonly background?: boolean;
  /** Gets the output as it comes, both streams. Not together with `recordTo`. */
  readonly onOutput?: (text: string) => void;
  readonly onQueued?: OnQueued;
}

/** Called where others have to end first. `over` resolves when it begins, or is given up. */
export type OnQueued = (over: Promise<null>) => void;

/** What a file of an output that was too long for an agent may take. */
export const MAX_SPILLED_BYTES = 8 * 1024 * 1024;

/** What a file of output may take: a command that writes without end must not fill the disk. */
export const MAX_RECORDED_BYTES = 64 * 1024 * 1024;

/** `all 81234 bytes of it: /path`, for whoever is given a part. */
export function describeSpill({ path, bytes }: NonNullable<CommandEnd['spilled']>): string {
  return bytes <= MAX_SPILLED_BYTES
    ? `all ${bytes} bytes of it: ${path}`
    : `the first ${MAX_SPILLED_BYTES} of its ${bytes} bytes: ${path}`;
}

/** `npm test` could not be started, and why; a command that is too long is no reason to tell all of it. */
export function describeNotStarted(command: string, { message }: NotStarted): string {
  return `\`${headline(command, 120)}\` could not be started. ${message}`;
}

/**
 * Runs shell commands, each in a process group of its own that is killed whole on abort or time-out, with an
 * environment without secrets. Rejects with AbortError on abort. A command that the shell does not find ran: that is exit code 127.
 */
export interface Commands {
  run(request: CommandRequest, signal: AbortSignal): Promise<CommandResult>;
  /** What a person should know of how commands run here, once a run; null: nothing. */
  readonly warning?: () => Promise<string | null>;
}
