/** When commands of the person or the project are called. The first five are known from elsewhere, the others are ours. */
export const HOOK_EVENTS = [
  'PreToolUse',
  'PostToolUse',
  'SubagentStart',
  'SubagentStop',
  'Stop',
  'WorkflowStart',
  'PhaseStart',
  'AgentEnd',
  'WorkflowEnd',
] as const;

export type HookEvent = (typeof HOOK_EVENTS)[number];

/** One command of a settings file. */
export interface HookRule {
  readonly event: HookEvent;
  /** See `hookMatches`. */
  readonly matcher: string;
  readonly command: string;
  readonly timeoutMs: number;
  /** For warnings: the file and which of its hooks it is. Never the command, which may hold a secret. */
  readonly name: string;
}

/** How a hook's command ended. */
export type HookResult =
  | {
      readonly kind: 'exited';
      /** Null: a signal ended it. */
      readonly exitCode: number | null;
      readonly stdout: string;
      readonly stderr: string;
      /** There was more on stdout than is kept: what it holds is no answer any more. */
      readonly stdoutCut?: boolean;
    }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'not-started'; readonly problem: string };

/**
 * Whether a hook is about `subject` (a tool's name, an agent's type, a phase): nothing or `*` is about everything, plain
 * names apart by `|` or `,` are about exactly these, anything else is a regular expression that may match anywhere.
 * Null where the expression is wrong.
 */
export function hookMatches(matcher: string, subject: string): boolean | null {
  const text = matcher.trim();
  if (text === '' || text === '*') return true;
  if (/^[\w\s,|-]+$/.test(text)) return text.split(/[|,]/).some((name) => name.trim() === subject);
  try {
    return new RegExp(text).test(subject);
  } catch {
    return null;
  }
}
