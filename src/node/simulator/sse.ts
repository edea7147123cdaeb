import {
  apiMessage,
  apiUsage,
  blocksOf,
  outputTokensOf,
  stopReasonOf,
  type Envelope,
  type ReplyBlock,
} from './message.ts';
import type { Reply } from './reply.ts';
import { firstTokens } from './tokens.ts';

/** One event of the stream, as an HTTP chunk of its own, which becomes one write. */
export interface Frame {
  readonly kind: 'block-start' | 'text' | 'tool' | 'block-stop';
  /** The same in each reply; or, where a tool call begins, made with the call's id. */
  readonly chunk: Buffer | ((toolId: string) => Buffer);
}

/** All of a reply's stream that does not depend on the request. */
export interface RenderedReply {
  readonly frames: readonly Frame[];
  readonly outputTokens: number;
  /** The reply's connection breaks, or its `error` event comes, before this frame. */
  readonly breakAt: number | undefined;
}

const rendered = new WeakMap<Reply, RenderedReply>();

const PING = event('ping', { type: 'ping' });
const MESSAGE_STOP = event('message_stop', { type: 'message_stop' });

/** A reply that is answered again (the same object) is not rendered again. */
export function renderReply(reply: Reply): RenderedReply {
  const known = rendered.get(reply);
  if (known !== undefined) return known;
  const blocks = blocksOf(reply);
  const frames = blocks.flatMap((block, index) => blockFrames(block, index, reply));
  const result = { frames, outputTokens: outputTokensOf(blocks), breakAt: breakAtOf(reply, frames) };
  rendered.set(reply, result);
  return result;
}

/**
 * As the real service does it: a reply stops where the request says. A tool call that is not whole by then is none, and a
 * reply with tokens or a stop reason of its own stays as it is.
 */
export function cutAt(reply: Reply, maxTokens: number): Reply {
  const { usage, stopReason, tools: _, structured: __, text = '', ...rest } = reply;
  const isItsOwn = usage?.outputTokens !== undefined || stopReason !== undefined;
  if (isItsOwn || renderReply(reply).outputTokens <= maxTokens) return reply;
  const counted = { ...usage, outputTokens: maxTokens };
  return { ...rest, text: firstTokens(text, maxTokens), stopReason: 'max_tokens', usage: counted };
}

/** `message_start`, and the ping that follows it. */
export function startChunk(envelope: Envelope): Buffer {
  const usage = { ...envelope.usage, outputTokens: Math.min(1, envelope.usage.outputTokens) };
  const message = apiMessage({ ...envelope, usage }, [], null);
  return httpChunk(event('message_start', { type: 'message_start', message }) + PING);
}

/** `message_delta` with the stop reason and the tokens of the whole reply, and `message_stop`. */
export function endChunk(reply: Reply, envelope: Envelope): Buffer {
  const delta = { stop_reason: stopReasonOf(reply), stop_sequence: null };
  const end = event('message_delta', { type: 'message_delta', delta, usage: apiUsage(envelope.usage) });
  return httpChunk(end + MESSAGE_STOP);
}

export function errorChunk(json: string): Buffer {
  return httpChunk(`event: error\ndata: ${json}\n\n`);
}

/** A text as one chunk of the chunked transfer coding: RFC 9112, section 7.1. */
function httpChunk(text: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
}

function eventChunk(name: string, data: unknown): Buffer {
  return httpChunk(event(name, data));
}

function event(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

function blockFrames(block: ReplyBlock, index: number, reply: Reply): readonly Frame[] {
  const text = block.type === 'text' ? block.text : JSON.stringify(block.input);
  const pieces = cutUp(text, deltasOf(text, reply));
  const kind = block.type === 'text' ? 'text' : 'tool';
  return [
    startFrame(block, index),
    ...pieces.map((piece): Frame => {
      const delta =
        kind === 'text' ? { type: 'text_delta', text: piece } : { type: 'input_json_delta', partial_json: piece };
      return { kind, chunk: eventChunk('content_block_delta', { type: 'content_block_delta', index, delta }) };
    }),
    { kind: 'block-stop', chunk: eventChunk('content_block_stop', { type: 'content_block_stop', index }) },
  ];
}

function startFrame(block: ReplyBlock, index: number): Frame {
  const start = (content_block: unknown): Buffer =>
    eventChunk('content_block_start', { type: 'content_block_start', index, content_block });
  if (block.type === 'text') return { kind: 'block-start', chunk: start({ type: 'text', text: '' }) };
  return { kind: 'block-start', chunk: (id) => start({ type: 'tool_use', id, name: block.name, input: {} }) };
}

function deltasOf(text: string, reply: Reply): number {
  const wanted = reply.deltas ?? Math.min(20, Math.ceil(text.length / 40));
  const breaks = reply.cut !== undefined || reply.error?.inStream === true;
  return Math.max(breaks ? 2 : 1, wanted);
}

/** Into at most `count` pieces of about one length, none empty, never through a surrogate pair. */
function cutUp(text: string, count: number): readonly string[] {
  const pieces: string[] = [];
  let from = 0;
  for (let n = 1; n <= count; n++) {
    let to = Math.floor((text.length * n) / count);
    if (/[\uD800-\uDBFF]/.test(text.charAt(to - 1))) to += 1;
    if (to > from) pieces.push(text.slice(from, to));
    from = Math.max(from, to);
  }
  return pieces;
}

function breakAtOf(reply: Reply, frames: readonly Frame[]): number | undefined {
  if (reply.error?.inStream !== true && reply.cut === undefined) return undefined;
  const kind = reply.cut === 'mid-tool' ? 'tool' : 'text';
  const first = frames.findIndex((frame) => frame.kind === kind);
  if (first < 0) return Math.floor(frames.length / 2);
  const length = frames.slice(first).findIndex((frame) => frame.kind !== kind);
  return first + Math.ceil(length / 2);
}
