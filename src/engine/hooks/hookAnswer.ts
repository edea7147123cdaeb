import * as z from 'zod';
import { clip, headline } from '../../base/text.ts';
import type { HookEvent, HookResult } from './hookRule.ts';

/** What one hook wants, read from how its command ended and what it printed. */
export interface HookAnswer {
  /** A call does not run, an agent does not end: why, for the model. After a call: what is wrong with it. */
  readonly block?: string;
  readonly permission?: 'allow' | 'ask';
  readonly input?: Readonly<Record<string, unknown>>;
  /** For the model. */
  readonly context?: string;
  /** For the person. */
  readonly message?: string;
  /** The hook itself failed, and counts for nothing: what to tell the person. */
  readonly problem?: string;
}

/** Characters of what a hook says that reach a model or a person. */
const MAX_SAID = 10_000;
const MAX_HEADLINE = 200;
const BLOCKING_CODE = 2;

/** Where exit code 2 and `decision: "block"` mean something; elsewhere it is too late or not the hook's to say. */
const BLOCKS: ReadonlySet<HookEvent> = new Set(['PreToolUse', 'PostToolUse', 'SubagentStop', 'Stop']);

const text = z.string().optional();
const printed = z.looseObject({
  continue: z.boolean().optional(),
  stopReason: text,
  systemMessage: text,
  decision: z.enum(['approve', 'allow', 'block', 'deny', 'ask']).optional(),
  reason: text,
  hookSpecificOutput: z
    .looseObject({
      hookEventName: text,
      permissionDecision: z.enum(['allow', 'deny', 'ask', 'defer']).optional(),
      permissionDecisionReason: text,
      updatedInput: z.record(z.string(), z.unknown()).optional(),
      additionalContext: text,
    })
    .optional(),
});
type Printed = z.infer<typeof printed>;

/**
 * Exit code 2 blocks with what stands on stderr, any other but 0 is a failure of the hook. With 0, what stands on stdout
 * counts if it is a JSON object; other text is the hook's own matter. What is too long to be read could have been a no:
 * before a call it is taken for one.
 */
export function hookAnswer(event: HookEvent, result: HookResult): HookAnswer {
  switch (result.kind) {
    case 'timed-out':
      return { problem: 'took too long and was ended' };
    case 'not-started':
      return { problem: `could not start: ${headline(result.problem, MAX_HEADLINE)}` };
    case 'exited':
      if (result.exitCode === 0)
        return result.stdoutCut === true && isAnswer(result.stdout) ? tooLong(event) : spoken(event, result.stdout);
      if (result.exitCode === BLOCKING_CODE && BLOCKS.has(event)) return { block: reason(result.stderr) };
      return { problem: `${ended(result.exitCode)}${saying(result.stderr)}` };
  }
}

/** Other text is the hook's own matter, however much there is of it. */
function isAnswer(stdout: string): boolean {
  return stdout.trimStart().startsWith('{');
}

function tooLong(event: HookEvent): HookAnswer {
  const why = 'printed an answer that is too long to be read';
  return event === 'PreToolUse' ? { block: `the hook ${why}, so that the call is not made.` } : { problem: why };
}

function ended(exitCode: number | null): string {
  return exitCode === null ? 'was ended by a signal' : `ended with exit code ${exitCode}`;
}

function saying(stderr: string): string {
  const line = headline(stderr, MAX_HEADLINE);
  return line === '' ? '' : `: ${line}`;
}

function reason(said: string | undefined): string {
  return clip(said?.trim() ?? '', MAX_SAID) || 'it gave no reason.';
}

function spoken(event: HookEvent, stdout: string): HookAnswer {
  const said = stdout.trim();
  if (!isAnswer(said)) return {};
  const parsed = printed.safeParse(parseJson(said));
  if (!parsed.success) return { problem: 'printed JSON that is not what a hook may say' };
  const { systemMessage, hookSpecificOutput: own = {} } = parsed.data;
  const named = own.hookEventName;
  if (named !== undefined && named !== event)
    return { problem: `printed an answer for ${clip(named, 40)}, not for ${event}` };
  const { additionalContext: context } = own;
  return {
    ...decided(event, parsed.data),
    ...(context === undefined || context.trim() === '' ? {} : { context: clip(context.trim(), MAX_SAID) }),
    ...(systemMessage === undefined ? {} : { message: headline(systemMessage, MAX_HEADLINE) }),
  };
}

/** The event's own words win over the older general ones. */
function decided(event: HookEvent, said: Printed): Pick<HookAnswer, 'block' | 'permission' | 'input'> {
  if (!BLOCKS.has(event)) return {};
  if (said.continue === false) return { block: reason(said.stopReason) };
  const { permissionDecision, permissionDecisionReason, updatedInput } = said.hookSpecificOutput ?? {};
  if (event !== 'PreToolUse') return isBlock(said.decision) ? { block: reason(said.reason) } : {};
  const decision = permissionDecision ?? said.decision;
  if (isBlock(decision)) return { block: reason(permissionDecisionReason ?? said.reason) };
  const input = updatedInput === undefined ? {} : { input: updatedInput };
  switch (decision) {
    case 'allow':
    case 'approve':
      return { permission: 'allow', ...input };
    // `defer`: nobody stands outside who could decide later, so a person does now.
    case 'ask':
    case 'defer':
      return { permission: 'ask', ...input };
    default:
      return input;
  }
}

function isBlock(decision: string | undefined): boolean {
  return decision === 'block' || decision === 'deny';
}

function parseJson(said: string): unknown {
  try {
    return JSON.parse(said);
  } catch {
    return null;
  }
}
