import type * as z from 'zod';
import type { ToolImage } from '../protocol/conversation.ts';
import type { Json } from '../protocol/json.ts';
import type { PermissionRequest } from './permission.ts';
import type { ToolSpec } from './model.ts';

export type ToolOutcome =
  | { readonly kind: 'ok'; readonly content: string; readonly images?: readonly ToolImage[] }
  /** Goes back to the model, which can act on it. */
  | { readonly kind: 'error'; readonly message: string }
  /** The agent has answered (StructuredOutput): its loop ends with `value`. */
  | { readonly kind: 'final'; readonly value: Json; readonly content: string }
  /** Going on is pointless: its loop ends with this error. */
  | { readonly kind: 'give-up'; readonly message: string };

/** A tool call whose input has been parsed: what it will do is known, nothing is done yet. */
export interface PreparedCall {
  /** One line for the UI: `npm test`, `src/money.js`. */
  readonly summary: string;
  /** Absent: needs no permission. */
  readonly permission?: PermissionRequest;
  run(signal: AbortSignal): Promise<ToolOutcome>;
}

export type Preparation =
  { readonly kind: 'ready'; readonly call: PreparedCall } | { readonly kind: 'invalid'; readonly message: string };

/** A tool as one agent holds it: its working directory and state (files read, shell folder) are inside. */
export interface Tool {
  readonly spec: ToolSpec;
  /** Calls of read-only tools in one turn run side by side; all others one after the other, in order. */
  readonly readOnly: boolean;
  /** Parses the model's input; may look at the file system to resolve paths, changes nothing. */
  prepare(input: unknown): Promise<Preparation>;
  /** Of a tool that keeps something going between calls: ends it, when its agent has ended. */
  end?(): Promise<void>;
  /** The tool that an agent has to have to have this one. */
  readonly partOf?: string;
}

/** What a tool's author writes: the input is parsed by `input`, `plan` says what one call will do. */
export interface ToolDefinition<Input> {
  readonly name: string;
  readonly description: string;
  readonly readOnly: boolean;
  readonly input: z.ZodType<Input>;
  plan(input: Input): Promise<PreparedCall | { readonly invalid: string }>;
}

/** Ends what an agent's tools keep going, and waits for it. */
export async function endTools(tools: readonly Tool[]): Promise<void> {
  await Promise.all(tools.map(async (tool) => tool.end?.()));
}
