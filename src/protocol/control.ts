import * as z from 'zod';
import { MAX_MESSAGE, MAX_PROMPT } from './limits.ts';
import type { Command } from './messages.ts';

// What crosses the socket of a run's owner, each a line of JSON: one command in, one answer out; or one wish to watch in,
// and after its answer what happens, until one of them goes away.

/**
 * What another process of the same person may say to a run, without its address. An answer allows this once at most: what is
 * to hold for longer is said where the run is. Whether a run takes answers from outside at all is its owner's to say (ADR 20).
 */
export type ControlBody = Unaddressed<Command>;

type Unaddressed<C> = C extends unknown ? Omit<C, 'commandId' | 'runId'> : never;

/** A longer line is no command. In characters: what a person says, each of it escaped as six, and what stands beside it. */
export const MAX_CONTROL_LINE = 6 * MAX_PROMPT + 64 * 1024;

const id = z.string().min(1).max(200);
const address = { commandId: id, runId: id };
const count = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
const cap = <T extends z.ZodType<number>>(amount: T) => z.exactOptional(amount.nullable());

const caps = z.strictObject({
  outputTokens: cap(count),
  usd: cap(z.number().positive()),
  agents: cap(count),
  minutes: cap(z.number().positive()),
});

export const controlCommand: z.ZodType<Command> = z.discriminatedUnion('type', [
  z.strictObject({ ...address, type: z.literal('run.stop') }),
  z.strictObject({ ...address, type: z.literal('run.pause') }),
  z.strictObject({ ...address, type: z.literal('run.continue') }),
  z.strictObject({
    ...address,
    type: z.literal('run.set'),
    concurrency: z.exactOptional(z.union([z.int().min(1).max(256), z.literal('elastic')])),
    caps: z.exactOptional(caps),
  }),
  z.strictObject({ ...address, type: z.literal('phase.finish'), phase: z.string().max(1000).nullable() }),
  z.strictObject({ ...address, type: z.literal(['agent.stop', 'agent.skip']), agentId: id }),
  z.strictObject({ ...address, type: z.literal('agent.restart'), agentId: id }),
  z.strictObject({
    ...address,
    type: z.literal('agent.steer'),
    agentId: id,
    message: z.string().min(1).max(MAX_MESSAGE),
  }),
  z.strictObject({
    ...address,
    type: z.literal('session.say'),
    text: z.string().min(1).max(MAX_PROMPT),
    plain: z.exactOptional(z.literal(true)),
  }),
  z.strictObject({ ...address, type: z.literal('session.interrupt') }),
  z.strictObject({
    ...address,
    type: z.literal('permission.answer'),
    requestId: id,
    allow: z.boolean(),
    reason: z.exactOptional(z.string().max(MAX_MESSAGE)),
  }),
  z.strictObject({
    ...address,
    type: z.literal('question.answer'),
    requestId: id,
    answer: z.string().max(MAX_MESSAGE),
  }),
]);

/** Events from number `from` on, and pieces of a session's reply, from now on. */
export const controlWatch = z.strictObject({
  type: z.literal('watch'),
  runId: id,
  from: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
});

export type ControlWatch = z.infer<typeof controlWatch>;

/** What a watcher is told: in the order in which it happens. Events are parsed as those of a log are. */
export const controlNews = z.union([
  z.strictObject({ events: z.array(z.unknown()) }),
  z.strictObject({ delta: z.string() }),
]);

export type ControlNews = z.infer<typeof controlNews>;

/**
 * Who sends a command, where the system lets that be looked up: a process, and the name of a file beside the socket that
 * it holds open. A part of the line, not of the command.
 */
export const controlPeer = z.strictObject({ pid: z.int().min(1), proof: z.string().regex(/^[\w.-]{1,200}$/) });

export type ControlPeer = z.infer<typeof controlPeer>;

/** `error` null: it was accepted. `commandId` null: no command could be read. */
export const controlAnswer = z.strictObject({ commandId: id.nullable(), error: z.string().nullable() });

export type ControlAnswer = z.infer<typeof controlAnswer>;
