import * as z from 'zod';
import type { Json } from '../../protocol/json.ts';
import type { CallGroup } from '../../protocol/messages.ts';
import type { Effect, GroupPlace } from '../../workflow/sandbox.ts';

/** What a fresh worker is given. Nothing of it is an object of the host's but the wasm module and the beat. */
export interface WorkerStart {
  readonly wasmModule: WebAssembly.Module;
  /** The guest's own sources, in the order they run; the last one's value is the door. */
  readonly guest: readonly string[];
  readonly memoryBytes: number;
  readonly sliceMs: number;
  /** One Int32: odd while the guest runs, raised by one at each begin and end. */
  readonly beat: SharedArrayBuffer;
}

/** What a worker is told first; after a compilation it takes another one. */
export type WorkerJob =
  | { readonly kind: 'compile'; readonly body: string; readonly fileName: string }
  | {
      readonly kind: 'run';
      readonly body: string;
      readonly fileName: string;
      /** JSON, empty for undefined. */
      readonly args: string;
      readonly budgetTotal: number | null;
      /** `host`: the script's timers are asked of the host too, which fires them. */
      readonly timers: 'own' | 'host';
    };

/** Host to worker, in batches. */
export type ToWorker =
  /** Settlements as a JSON list, handed to the guest unread. */
  | { readonly kind: 'settle'; readonly json: string }
  | {
      readonly kind: 'script';
      readonly id: number;
      readonly body: string;
      readonly fileName: string;
      readonly scope: string;
      /** JSON, empty for undefined. */
      readonly args: string;
      readonly spent: number;
      readonly total: number | null;
    }
  | { readonly kind: 'fire'; readonly timer: number }
  /** Is answered once all before it has been taken in. */
  | { readonly kind: 'rest' };

/** Worker to host. */
export type FromWorker =
  | { readonly kind: 'compiled'; readonly error: GuestError | null }
  /** A JSON list of `GuestMessage`, as the guest wrote it: what a turn had to say, or a part of it. */
  | { readonly kind: 'turn'; readonly json: string }
  | { readonly kind: 'timers'; readonly requests: readonly TimerRequest[] }
  | { readonly kind: 'rests' }
  | { readonly kind: 'killed'; readonly message: string };

/** What the guest asks of its worker. */
export type TimerRequest =
  | { readonly kind: 'timer'; readonly id: number; readonly ms: number }
  /** By the run's own time, which the host alone knows. */
  | { readonly kind: 'deadline'; readonly id: number; readonly ms: number }
  | { readonly kind: 'cleared'; readonly id: number };

const guestError = z.object({ name: z.string(), message: z.string(), stack: z.string() });

/** An error as the guest saw it: `stack` has frames only, the guest's own among them. */
export type GuestError = z.infer<typeof guestError>;

/** `args` came out of JSON.parse just before: they are JSON. */
const json = z.custom<Json>((value) => value !== undefined);

const callGroup = z.object({
  id: z.number(),
  kind: z.enum(['parallel', 'pipeline']),
  item: z.number(),
  stage: z.number().exactOptional(),
}) satisfies z.ZodType<CallGroup>;

const guestMessage = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('effect'),
    id: z.number(),
    name: z.enum(['agent', 'change', 'review', 'land', 'check', 'ask', 'workflow']),
    scope: z.string(),
    phase: z.string().nullable(),
    args: z.array(json),
    group: callGroup.exactOptional(),
    from: z.array(z.number().nullable()).exactOptional(),
  }) satisfies z.ZodType<Effect>,
  z.object({ kind: z.literal('phase'), title: z.string() }),
  z.object({ kind: z.literal('log'), level: z.enum(['info', 'warning', 'error']), message: z.string() }),
  z.object({ kind: z.literal('failure'), where: z.string(), error: guestError, times: z.number().exactOptional() }),
  z.object({
    kind: z.literal('nested'),
    group: z.number(),
    outer: z.object({ id: z.number(), item: z.number() }) satisfies z.ZodType<GroupPlace>,
  }),
  z.object({ kind: z.literal('left'), group: z.number(), missing: z.array(z.number()) }),
  z.object({ kind: z.literal('unvisited'), unit: z.string() }),
  z.object({ kind: z.literal('covered'), done: z.number(), failed: z.number(), unvisited: z.number() }),
  z.object({ kind: z.literal('returned'), value: json, dropped: z.array(z.string()), unhandled: z.array(guestError) }),
  z.object({ kind: z.literal('threw'), error: guestError }),
]);

export type GuestMessage = z.infer<typeof guestMessage>;

const guestMessages = z.array(guestMessage);

export function parseTurn(text: string): readonly GuestMessage[] {
  return guestMessages.parse(JSON.parse(text));
}
