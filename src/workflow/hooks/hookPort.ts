import type { HookResult, HookRule } from '../../engine/hooks/hookRule.ts';

export interface HookRequest {
  readonly command: string;
  /** The session's folder, whoever the event is about: an agent could have changed what lies in its own. */
  readonly cwd: string;
  /** JSON, which the command finds on its standard input. */
  readonly input: string;
  /** Counts from the command's start; a wait for its turn does not count. */
  readonly timeoutMs: number;
}

/** Port: the hooks of the project and the person, and what runs them. */
export interface HookSource {
  /** Reads the settings anew. Nothing is started. */
  read(cwd: string): Promise<{ readonly rules: readonly HookRule[]; readonly warnings: readonly string[] }>;
  /** Rejects with AbortError on abort, and the command is ended with all that it started; else always a value. */
  run(request: HookRequest, signal: AbortSignal): Promise<HookResult>;
}
