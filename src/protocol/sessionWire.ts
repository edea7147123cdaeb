import * as z from 'zod';
import { MAX_PROMPT } from './limits.ts';
import type { Event, Snapshot } from './messages.ts';
import { replies } from './wire.ts';

// What crosses between the extension host and the page of a session. The page mirrors one session, as that of a run does
// its run: a snapshot when it asks for one, then batches of events; what is just being said comes beside them.

/** What can be typed after a slash. */
export interface SlashEntry {
  readonly name: string;
  /** As it is typed. */
  readonly usage: string;
  readonly about: string;
}

/** What a tool was called with and what came back, as text. */
export interface ToolDetail {
  readonly callId: string;
  readonly input: string;
  /** Null while it runs. */
  readonly result: string | null;
}

export type SessionHostMessage<State, Card> =
  /** `streamed`: of the reply under way. */
  | { readonly type: 'snapshot'; readonly snapshot: Snapshot<State>; readonly streamed: string }
  /** In order and without gaps among themselves. */
  | { readonly type: 'events'; readonly runId: string; readonly events: readonly Event[] }
  /** The reply under way goes on so. */
  | { readonly type: 'delta'; readonly text: string }
  /** Runs of the session that now stand otherwise. */
  | { readonly type: 'cards'; readonly cards: readonly Card[] }
  /** `keyword`: words that ask for a workflow count. */
  | { readonly type: 'setup'; readonly commands: readonly SlashEntry[]; readonly keyword: boolean }
  /** The process that has the session, where that is another one; null: this window has it, or will. */
  | { readonly type: 'elsewhere'; readonly pid: number | null }
  | { readonly type: 'tool'; readonly detail: ToolDetail }
  /** It could not be said: the person gets it back. `plain`: as it was in `say`. */
  | { readonly type: 'unsaid'; readonly text: string; readonly plain: boolean };

const id = z.string().min(1).max(200);

/** What the page asks of the host. Parsed strictly: a webview is not trusted. */
export const sessionViewMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({
    type: z.literal('say'),
    text: z.string().min(1).max(MAX_PROMPT),
    plain: z.exactOptional(z.literal(true)),
  }),
  z.strictObject({ type: z.literal('interrupt') }),
  /** `runId` null: to the session itself. */
  z.strictObject({
    type: z.literal('reply'),
    runId: id.nullable(),
    reply: z.discriminatedUnion('type', replies),
  }),
  z.strictObject({ type: z.literal('run.open'), runId: id }),
  z.strictObject({ type: z.literal('run.save'), runId: id }),
  z.strictObject({ type: z.literal('launch.script'), requestId: id }),
  z.strictObject({ type: z.literal('tool.show'), callId: id }),
]);

export type SessionViewMessage = z.infer<typeof sessionViewMessage>;
