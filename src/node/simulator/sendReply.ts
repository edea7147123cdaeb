import type { Clock } from '../../engine/ports.ts';
import { errorBody, errorOf } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { wholeMessage, type Envelope } from './message.ts';
import type { Reply } from './reply.ts';
import { endChunk, errorChunk, renderReply, startChunk, type Frame } from './sse.ts';

/** Streams one reply. Rejects with an AbortError when the client leaves. */
export async function streamReply(exchange: Exchange, reply: Reply, envelope: Envelope, clock: Clock): Promise<void> {
  if (reply.cut === 'before-first-byte') return exchange.cut();
  const { frames, breakAt } = renderReply(reply);
  exchange.openStream(startChunk(envelope));
  await stall(exchange, reply, clock);
  for (const frame of breakAt === undefined ? frames : frames.slice(0, breakAt)) {
    const slow = exchange.write(chunkOf(frame, envelope));
    if (slow !== undefined) await slow;
    if (reply.deltaMs !== undefined && isDelta(frame)) await clock.sleep(reply.deltaMs, exchange.signal);
  }
  if (reply.cut !== undefined) return exchange.cut();
  exchange.end(reply.error === undefined ? endChunk(reply, envelope) : errorEvent(exchange, reply.error, clock));
}

/** One JSON answer. Stalls come before its first byte, and every later cut is in its middle. */
export async function wholeReply(exchange: Exchange, reply: Reply, envelope: Envelope, clock: Clock): Promise<void> {
  if (reply.cut === 'before-first-byte') return exchange.cut();
  await stall(exchange, reply, clock);
  const json = wholeMessage(reply, envelope);
  if (reply.cut === undefined) {
    exchange.sendJson(json);
    return;
  }
  const bytes = Buffer.from(json);
  await exchange.cut(bytes.subarray(0, bytes.length >> 1), bytes);
}

async function stall(exchange: Exchange, reply: Reply, clock: Clock): Promise<void> {
  if (reply.stall === true) await exchange.untilGone();
  if (typeof reply.stall === 'number') await clock.sleep(reply.stall, exchange.signal);
}

function chunkOf(frame: Frame, envelope: Envelope): Buffer {
  return typeof frame.chunk === 'function' ? frame.chunk(envelope.newToolId()) : frame.chunk;
}

function isDelta(frame: Frame): boolean {
  return frame.kind === 'text' || frame.kind === 'tool';
}

function errorEvent(exchange: Exchange, error: NonNullable<Reply['error']>, clock: Clock): Buffer {
  return errorChunk(errorBody(errorOf(error, clock.now()), exchange.record.id));
}
