import type { CommandRequest } from '../../workflow/commands.ts';

/** How a command is started, or why it is not. `done` is called when it has ended or never began. */
export type Launch =
  | {
      readonly kind: 'launch';
      readonly program: string;
      readonly args: readonly string[];
      readonly env: Record<string, string>;
      done(): Promise<void>;
    }
  /** For the model: why nothing ran, and what to do. */
  | { readonly kind: 'refused'; readonly message: string };

export interface ToConfine {
  /** Path of the shell that is to run `command`. */
  readonly shell: string;
  readonly command: string;
  readonly env: Record<string, string>;
  readonly request: Pick<CommandRequest, 'cwd' | 'place'>;
}

/** What keeps agents' commands inside their folder. */
export interface ShellSandbox {
  /** Null: it may run as it is, since nobody asked for a sandbox or the system has none and none is required. */
  confine(what: ToConfine, signal: AbortSignal): Promise<Launch | null>;
  /** Commands are confined here, as far as is known. */
  confines(): Promise<boolean>;
  /** What a person should know, once a run; null: nothing. */
  warning(): Promise<string | null>;
  close(): Promise<void>;
}
