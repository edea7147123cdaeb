import { AbortError, throwIfAborted, untilAborted } from '../base/abort.ts';
import { settleAll } from '../base/settleAll.ts';
import type { Json } from '../protocol/json.ts';
import { clip } from '../base/text.ts';
import type { ToolCall, ToolResultBlock } from '../protocol/conversation.ts';
import type { EventBody } from '../protocol/messages.ts';
import { capKept, type KeepWhole } from './capText.ts';
import { hookedDecision } from './hooks/hookedDecision.ts';
import { withHooks, type BeforeTool, type ToolHooks } from './hooks/toolHooks.ts';
import { imageCap } from './images.ts';
import type { PermissionPolicy, PermissionRequest } from './permission.ts';
import type { Clock } from './ports.ts';
import type { PreparedCall, Tool, ToolOutcome } from './tool.ts';

/** Why the loop ends after these results, when it does. */
export type RoutedEnding =
  { readonly kind: 'final'; readonly value: Json } | { readonly kind: 'give-up'; readonly message: string };

export interface Routed {
  /** One for each call, in the calls' order. */
  readonly results: readonly ToolResultBlock[];
  readonly ending?: RoutedEnding;
}

export interface ToolRouter {
  /**
   * Runs the calls of one reply. Rejects with AbortError on abort only, once its tools have ended: whoever waits may
   * then take their folder away. A tool that does not end within `STOP_GRACE_MS` is left. `onSome` is given results, in
   * order, while other calls of the reply are still to run: what then cuts the reply short does not take them along.
   */
  route(calls: readonly ToolCall[], signal: AbortSignal, onSome?: OnResults): Promise<Routed>;
}

export type OnResults = (results: readonly ToolResultBlock[]) => void;

type OfAgent<T> = T extends unknown ? Omit<T, 'agentId'> : never;

/** Every call gives one of each, also one that was refused or aborted; `ms` counts the wait for a person too. */
export type ToolEvent = OfAgent<Extract<EventBody, { type: 'tool.started' | 'tool.ended' }>>;

/** A person's answer; `deny` is told to the model. */
export type PermissionAnswer = 'allow' | { readonly deny: string };

/** `mustAsk`: a hook wants a person to answer, whatever the rules say by then. */
export type AskPermission = (
  request: PermissionRequest,
  summary: string,
  signal: AbortSignal,
  mustAsk: boolean,
) => Promise<PermissionAnswer>;

export interface ToolRouterOptions {
  readonly tools: readonly Tool[];
  readonly policy: PermissionPolicy;
  readonly ask: AskPermission;
  readonly clock: Clock;
  readonly onTool: (event: ToolEvent) => void;
  /** What the person and the project have called around each call. */
  readonly hooks?: ToolHooks | undefined;
  /** Characters of one result that reach the model; more is cut in the middle. */
  readonly maxResultChars?: number;
  /** Has what is cut, for its agent to read. Default: nobody. */
  readonly keepWhole?: KeepWhole | undefined;
}

/** Longer than a shell command takes to die, and still a stop within a second. */
export const STOP_GRACE_MS = 900;

/** Takes a reply's tool calls through preparation, permission, execution and the cap on results. */
export function createToolRouter(options: ToolRouterOptions): ToolRouter {
  const { policy, ask, clock, onTool, maxResultChars = 50_000, keepWhole } = options;
  const tools = new Map(options.tools.map((tool) => [tool.spec.name, tool]));

  async function perform(call: ToolCall, signal: AbortSignal): Promise<Performed> {
    const from = clock.now();
    const prepared = await prepare(call, signal);
    const summary = 'kind' in prepared ? 'refused' : clip(prepared.summary, 200);
    onTool({ type: 'tool.started', callId: call.id, tool: call.name, summary });
    let outcome: ToolOutcome | undefined;
    try {
      outcome = 'kind' in prepared ? prepared : await hooked(call, prepared, signal);
      return { result: await resultOf(call, prepared, outcome), ending: endingOf(outcome) };
    } finally {
      const ok = outcome?.kind === 'ok' || outcome?.kind === 'final';
      onTool({ type: 'tool.ended', callId: call.id, ok, ms: clock.now() - from });
    }
  }

  async function resultOf(
    call: ToolCall,
    prepared: PreparedCall | ToolOutcome,
    outcome: ToolOutcome,
  ): Promise<ToolResultBlock> {
    const isError = outcome.kind === 'error' || outcome.kind === 'give-up';
    const text = isError ? outcome.message : outcome.content;
    const images = outcome.kind === 'ok' && outcome.images?.length ? { images: outcome.images } : {};
    // What was read from a file is in a file.
    const keeps = !('kind' in prepared) && prepared.permission?.access !== 'read';
    const kept = async (): Promise<string | null> => (keeps && (await keepWhole?.(call.name, text))) || null;
    const content = await capKept(text, maxResultChars, kept);
    return { type: 'tool_result', toolUseId: call.id, content, isError, ...images };
  }

  async function prepare(call: ToolCall, signal: AbortSignal): Promise<PreparedCall | ToolOutcome> {
    const tool = tools.get(call.name);
    if (tool === undefined) {
      return {
        kind: 'error',
        message: `There is no tool named ${clip(call.name, 100)}. Tools: ${[...tools.keys()].join(', ') || 'none'}.`,
      };
    }
    return contained<PreparedCall | ToolOutcome>(signal, async () => {
      const preparation = await untilAborted(tool.prepare(call.input), signal);
      return preparation.kind === 'ready' ? preparation.call : { kind: 'error', message: preparation.message };
    });
  }

  function hooked(call: ToolCall, prepared: PreparedCall, signal: AbortSignal): Promise<ToolOutcome> {
    const prepareAgain = (input: unknown) => prepare({ ...call, input }, signal);
    const perform = (ready: PreparedCall, says: BeforeTool['permission']) =>
      permitted(ready, requestOf(call, ready, says), says, signal);
    return withHooks(options.hooks, { call, prepared, prepareAgain, perform }, signal);
  }

  async function permitted(
    call: PreparedCall,
    request: PermissionRequest | undefined,
    says: BeforeTool['permission'],
    signal: AbortSignal,
  ): Promise<ToolOutcome> {
    const refusal = request === undefined ? null : await refusalOf(request, call.summary, says, signal);
    if (refusal !== null) {
      return {
        kind: 'error',
        message: `Permission denied: ${refusal} Do not try the same by another road; go on without it, or say what you could not do.`,
      };
    }
    return contained(signal, () => untilStopped(call.run(signal), signal));
  }

  /** Like `untilAborted`, but gives the tool its time to end what it started. */
  async function untilStopped<T>(running: Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      return await untilAborted(running, signal);
    } catch (error) {
      if (signal.aborted) await settledWithin(running, STOP_GRACE_MS, clock);
      throw error;
    }
  }

  /** Null when the call may run, else what to tell the model. */
  async function refusalOf(
    request: PermissionRequest,
    summary: string,
    says: BeforeTool['permission'],
    signal: AbortSignal,
  ): Promise<string | null> {
    const decision = hookedDecision(policy, request, says);
    if (decision.kind === 'allow') return null;
    if (decision.kind === 'deny') return decision.reason;
    const answer = await untilAborted(ask(request, summary, signal, says === 'ask'), signal);
    return answer === 'allow' ? null : answer.deny;
  }

  return {
    async route(calls, signal, onSome) {
      const capped = imageCap();
      const results: ToolResultBlock[] = [];
      let told = 0;
      let ending: RoutedEnding | undefined;
      for (const group of sideBySide(calls, (call) => tools.get(call.name)?.readOnly ?? true)) {
        // An answer counts with what the calls beside it did: it is told with them.
        if (ending === undefined && results.length > told) {
          onSome?.(results.slice(told));
          told = results.length;
        }
        throwIfAborted(signal);
        const gaveUp = ending?.kind === 'give-up';
        const performed = gaveUp ? group.map(notRun) : await settleAll(group.map((call) => perform(call, signal)));
        for (const one of performed) {
          results.push(capped(one.result));
          // The first ending counts. What the model asked for in the same reply as its answer still runs.
          ending ??= one.ending;
        }
      }
      throwIfAborted(signal);
      return ending === undefined ? { results } : { results, ending };
    },
  };
}

/** A hook may want a person to be asked also about what needs no permission, which changes nothing by itself. */
function requestOf(
  { name }: ToolCall,
  { permission, summary }: PreparedCall,
  says: BeforeTool['permission'],
): PermissionRequest | undefined {
  if (permission !== undefined || says !== 'ask') return permission;
  return { tool: name, access: 'tool', subject: '', readOnly: true, detail: summary };
}

interface Performed {
  readonly result: ToolResultBlock;
  readonly ending: RoutedEnding | undefined;
}

function notRun({ id }: ToolCall): Performed {
  return { result: { type: 'tool_result', toolUseId: id, content: 'Not run.', isError: true }, ending: undefined };
}

/** Calls in order, those that may run together in one group. */
function sideBySide(
  calls: readonly ToolCall[],
  together: (call: ToolCall) => boolean,
): readonly (readonly ToolCall[])[] {
  const groups: ToolCall[][] = [];
  let open = false;
  for (const call of calls) {
    const joins = together(call);
    const last = groups.at(-1);
    if (joins && open && last !== undefined) last.push(call);
    else groups.push([call]);
    open = joins;
  }
  return groups;
}

/** The boundary at which a tool's throw becomes a result: a broken tool must not end its agent. */
async function contained<T>(signal: AbortSignal, step: () => Promise<T>): Promise<T | ToolOutcome> {
  try {
    return await step();
  } catch (error) {
    if (signal.aborted) throw new AbortError(signal.reason);
    return { kind: 'error', message: `The tool failed: ${error instanceof Error ? error.message : String(error)}` };
  }
}

async function settledWithin(running: Promise<unknown>, ms: number, clock: Clock): Promise<void> {
  const waiting = new AbortController();
  try {
    await Promise.race([running, clock.sleep(ms, waiting.signal)]);
  } catch {
    // It has ended; how does not matter any more.
  } finally {
    waiting.abort();
  }
}

function endingOf(outcome: ToolOutcome): RoutedEnding | undefined {
  if (outcome.kind === 'final') return { kind: 'final', value: outcome.value };
  return outcome.kind === 'give-up' ? outcome : undefined;
}
