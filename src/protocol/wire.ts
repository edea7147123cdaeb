import * as z from 'zod';
import type { Event, Snapshot } from './messages.ts';

// What crosses between the extension host and a run's webview. The webview mirrors one run: it gets a snapshot when it
// asks for one, then batches of events; a gap in their numbers makes it ask again.

/** The whole of what an agent was asked and answered; events carry only the heads. */
export interface AgentDetail {
  readonly agentId: string;
  readonly prompt: string;
  /** Its last words, or the JSON it answered; null while it has said nothing. */
  readonly answer: string | null;
  readonly worktree: string | null;
}

export type HostMessage<State> =
  | { readonly type: 'snapshot'; readonly snapshot: Snapshot<State>; readonly alive: boolean }
  /** In order and without gaps among themselves. */
  | { readonly type: 'events'; readonly runId: string; readonly events: readonly Event[] }
  /** Whether the process that owns the run still lives: events cannot tell. */
  | { readonly type: 'alive'; readonly alive: boolean }
  | { readonly type: 'agent'; readonly detail: AgentDetail };

const id = z.string().min(1).max(200);

/** What the webview asks of the host; it decides nothing by itself. Parsed strictly: a webview is not trusted. */
export const viewMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('agent.show'), agentId: id }),
  z.strictObject({ type: z.literal('transcript.open'), agentId: id }),
  z.strictObject({ type: z.literal('change.open'), changeId: id }),
  z.strictObject({ type: z.literal('script.open') }),
  z.strictObject({ type: z.literal('run.stop') }),
  z.strictObject({ type: z.literal('run.resume') }),
]);

export type ViewMessage = z.infer<typeof viewMessage>;
