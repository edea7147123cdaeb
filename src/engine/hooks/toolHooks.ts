import type { ToolCall } from '../../protocol/conversation.ts';
import type { PreparedCall, ToolOutcome } from '../tool.ts';

/** What hooks say before a call is judged and run. */
export interface BeforeTool {
  /** It does not run; this is told to the model. */
  readonly block?: string;
  /** `ask`: a person is asked although nothing else asks. `allow`: as if a rule allowed it, where rules may. */
  readonly permission?: 'allow' | 'ask';
  /** Takes the place of the call's input. */
  readonly input?: unknown;
  /** Told to the model beside the result. */
  readonly notes: readonly string[];
}

/** Port: what the person and the project have called around an agent's tool calls. Rejects on abort only. */
export interface ToolHooks {
  before(call: ToolCall, prepared: PreparedCall, signal: AbortSignal): Promise<BeforeTool>;
  /** After a call that succeeded: what is told to the model beside the result. */
  after(
    call: ToolCall,
    prepared: PreparedCall,
    outcome: ToolOutcome,
    signal: AbortSignal,
  ): Promise<{ readonly notes: readonly string[] }>;
}

export interface HookedCall {
  readonly call: ToolCall;
  readonly prepared: PreparedCall;
  /** The same call with another input. */
  readonly prepareAgain: (input: unknown) => Promise<PreparedCall | ToolOutcome>;
  /** Asks for permission and runs it. */
  readonly perform: (prepared: PreparedCall, says: BeforeTool['permission']) => Promise<ToolOutcome>;
}

/** One call with the hooks around it: before it they may stop, change or allow it, after it they may add a word. */
export async function withHooks(
  hooks: ToolHooks | undefined,
  { call, prepared, prepareAgain, perform }: HookedCall,
  signal: AbortSignal,
): Promise<ToolOutcome> {
  if (hooks === undefined) return perform(prepared, undefined);
  const before = await hooks.before(call, prepared, signal);
  if (before.block !== undefined) return { kind: 'error', message: `A hook blocked this call: ${before.block}` };
  const changed = before.input === undefined ? prepared : await prepareAgain(before.input);
  if ('kind' in changed) {
    const message = 'message' in changed ? changed.message : 'it cannot run.';
    return { kind: 'error', message: `A hook changed the input of this call, and ${message}` };
  }
  const outcome = await perform(changed, before.permission);
  if (outcome.kind !== 'ok') return withNotes(outcome, before.notes);
  const ran = before.input === undefined ? call : { ...call, input: before.input };
  const after = await hooks.after(ran, changed, outcome, signal);
  return withNotes(outcome, [...before.notes, ...after.notes]);
}

/** What a hook says, as a model reads it. */
export function addedNote(note: string): string {
  return `[A hook adds: ${note}]`;
}

function withNotes(outcome: ToolOutcome, notes: readonly string[]): ToolOutcome {
  if (notes.length === 0) return outcome;
  const said = notes.map((note) => `\n\n${addedNote(note)}`).join('');
  switch (outcome.kind) {
    case 'ok':
      return { ...outcome, content: outcome.content + said };
    case 'error':
      return { ...outcome, message: outcome.message + said };
    case 'final':
    case 'give-up':
      return outcome;
  }
}
