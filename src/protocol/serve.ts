import * as z from 'zod';
import { EFFORTS } from './capabilities.ts';
import type { Json } from './json.ts';
import type { LaunchRequest } from './messages.ts';
import { DIRTY_CHOICES, PERMISSION_MODES } from './run.ts';

// What crosses the socket of `dwf serve`: one request in, one answer out, each a line of JSON. No key is in it: the serving
// process has its own.

const text = z.string().max(32_000);
const path = z.string().min(1).max(4_096);
const id = z.string().min(1).max(200);
const number = z.number().positive();
const cap = z.exactOptional(number);
const agentCaps = { outputTokens: cap, usd: cap, minutes: cap };
const rules = z.array(text).max(1_000).readonly();
const lines = z.array(z.string()).readonly();
const optional = z.exactOptional;

/** How agents of a run are held, where whoever hands it over says so; absent: as the serving process was begun. */
export const servedTerms = z.strictObject({
  permissions: optional(
    z.strictObject({
      rules: z.strictObject({ allow: rules, ask: rules, deny: rules }),
      /** How long a question waits. */
      askTimeoutMs: optional(number),
    }),
  ),
  sandbox: optional(
    z.strictObject({
      mode: z.literal(['auto', 'required', 'off']),
      allowedDomains: rules,
      withoutAsking: z.boolean(),
    }),
  ),
  commits: optional(
    z.strictObject({
      sign: z.boolean(),
      runHooks: z.boolean(),
      name: optional(text),
      email: optional(text),
    }),
  ),
});

export type ServedTerms = z.infer<typeof servedTerms>;

const runCaps = z.strictObject({ ...agentCaps, agents: cap, perAgent: optional(z.strictObject(agentCaps)) });

const launch = z.strictObject({
  scriptPath: path,
  args: optional(z.json() as z.ZodType<Json>),
  cwd: path,
  model: optional(text),
  concurrency: optional(z.union([z.int().min(1).max(256), z.literal('elastic')])),
  caps: optional(runCaps),
  safetyTokens: optional(z.union([number, z.null()])),
  requireReview: optional(z.boolean()),
  permissionMode: optional(z.literal(PERMISSION_MODES)),
  dirtyCheckout: optional(z.literal(DIRTY_CHOICES)),
  worktree: optional(
    z.strictObject({
      dependencyFolders: optional(rules),
      setup: optional(text),
      setupMinutes: optional(number),
    }),
  ),
}) satisfies z.ZodType<LaunchRequest>;

const resume = z.strictObject({
  runId: id,
  scriptPath: optional(path),
  caps: optional(runCaps),
  requireReview: optional(z.boolean()),
  rerunStale: optional(z.boolean()),
});

const session = z.strictObject({
  cwd: path,
  sessionId: optional(id),
  fork: optional(z.strictObject({ sessionId: id, turns: optional(z.int().min(1)) })),
  model: optional(text),
  effort: optional(z.literal(EFFORTS)),
  permissionMode: optional(z.literal(PERMISSION_MODES)),
});

export const serveRequest = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('serve.status') }),
  /** It ends what it has so that it can go on, then itself. */
  z.strictObject({ type: z.literal('serve.stop') }),
  z.strictObject({ type: z.literal('serve.launch'), launch, terms: servedTerms }),
  /** What a resume would do. */
  z.strictObject({ type: z.literal('serve.preview'), runId: id }),
  z.strictObject({ type: z.literal('serve.resume'), resume, terms: servedTerms }),
  /** Opens a new session or one that is open nowhere. */
  z.strictObject({ type: z.literal('serve.open'), session, terms: servedTerms }),
]);

export type ServeRequest = z.infer<typeof serveRequest>;

const served = z.strictObject({
  kind: z.literal(['run', 'session']),
  id,
  /** Of a run its workflow, of a session its folder's path. */
  about: z.string(),
});

export const serveStatus = z.strictObject({
  type: z.literal('status'),
  pid: z.int(),
  /** Milliseconds since 1970. */
  since: z.number(),
  /** No model is asked. */
  simulated: z.boolean(),
  served: z.array(served).readonly(),
});

export type ServeStatus = z.infer<typeof serveStatus>;

const started = { runId: id, workflowName: z.string(), runDir: z.string(), warnings: lines };

export const serveAnswer = z.discriminatedUnion('type', [
  /** Each says what is wrong and what to do. */
  z.strictObject({ type: z.literal('refused'), errors: lines }),
  serveStatus,
  z.strictObject({ type: z.literal('ending') }),
  z.strictObject({ type: z.literal('started'), ...started }),
  z.strictObject({
    type: z.literal('preview'),
    workflowName: z.string(),
    finishedCalls: z.int(),
    knownCalls: z.int(),
    staleCalls: z
      .array(z.strictObject({ agentId: z.string(), label: z.string(), halfway: optional(z.literal(true)) }))
      .readonly(),
    warnings: lines,
  }),
  z.strictObject({
    type: z.literal('opened'),
    sessionId: id,
    dir: z.string(),
    warnings: lines,
  }),
]);

export type ServeAnswer = z.infer<typeof serveAnswer>;
export type ServeRefusal = Extract<ServeAnswer, { readonly type: 'refused' }>;
