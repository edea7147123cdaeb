import * as z from 'zod';
import type { ControlBody } from './control.ts';
import type { Decision } from './decision.ts';
import { MAX_MESSAGE } from './limits.ts';
import type { Event, Snapshot } from './messages.ts';

// What crosses between the extension host and a run's webview. The webview mirrors one run: it gets a snapshot when it
// asks for one, then batches of events; a gap in their numbers makes it ask again.

/** The whole of what an agent was asked and answered; events carry only the heads. */
export interface AgentDetail {
  readonly agentId: string;
  readonly prompt: string;
  /** Its last words, or the JSON it answered; null while it has said nothing. */
  readonly answer: string | null;
}

export type HostMessage<State> =
  | { readonly type: 'snapshot'; readonly snapshot: Snapshot<State>; readonly alive: boolean }
  /** In order and without gaps among themselves. */
  | { readonly type: 'events'; readonly runId: string; readonly events: readonly Event[] }
  /** Whether the process that owns the run still lives: events cannot tell. */
  | { readonly type: 'alive'; readonly alive: boolean }
  /** Whether the run is one of this window, so that what is asked in it can be answered here. */
  | { readonly type: 'answerable'; readonly answerable: boolean }
  /** All that a person has decided about its changes. */
  | { readonly type: 'decisions'; readonly decisions: readonly Decision[] }
  | { readonly type: 'agent'; readonly detail: AgentDetail };

/** As long as a person may write. */
const MAX_ANSWER = 100_000;

const id = z.string().min(1).max(200);

/** What is said to a run under way (W46): commands without their address, of which the page may send only these. */
const control = [
  z.strictObject({ type: z.literal(['run.stop', 'run.pause', 'run.continue']) }),
  z.strictObject({ type: z.literal('phase.finish'), phase: z.string().max(1000).nullable() }),
  z.strictObject({ type: z.literal(['agent.stop', 'agent.skip', 'agent.restart']), agentId: id }),
  z.strictObject({ type: z.literal('agent.steer'), agentId: id, message: z.string().min(1).max(MAX_MESSAGE) }),
] as const satisfies readonly z.ZodType<ControlBody>[];

/** A person's answers to what agents and scripts ask. */
export const replies = [
  z.strictObject({
    type: z.literal('permission.answer'),
    requestId: id,
    allow: z.boolean(),
    scope: z.exactOptional(z.enum(['once', 'run', 'always'])),
    reason: z.exactOptional(z.string().max(MAX_MESSAGE)),
  }),
  z.strictObject({ type: z.literal('question.answer'), requestId: id, answer: z.string().max(MAX_ANSWER) }),
] as const;

/** What the webview asks of the host; it decides nothing by itself. Parsed strictly: a webview is not trusted. */
export const viewMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('agent.show'), agentId: id }),
  z.strictObject({ type: z.literal('transcript.open'), agentId: id }),
  z.strictObject({ type: z.literal('change.open'), changeId: id }),
  /** What becomes of one change, once the person has agreed in the editor. */
  z.strictObject({ type: z.literal(['change.land', 'change.discard']), changeId: id }),
  /** What landed comes to the person's files, branch or a pull request, once they have agreed in the editor. */
  z.strictObject({ type: z.literal(['changes.apply', 'changes.merge', 'changes.propose']) }),
  z.strictObject({ type: z.literal('script.open') }),
  z.strictObject({ type: z.literal('run.resume') }),
  ...replies,
  ...control,
]);

export type ViewMessage = z.infer<typeof viewMessage>;

/** A person's answer to what an agent or the script asks: a command without its address. */
export type Reply = Extract<ViewMessage, { readonly requestId: string }>;
