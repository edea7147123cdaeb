import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AbortError } from '../../base/abort.ts';
import type { Clock } from '../../engine/ports.ts';
import { errorBody, type ApiError } from './errors.ts';
import type { OpenRecord } from './record.ts';

/** The real API takes 32 MB; twice that leaves the judgement to the client's tests. */
const BODY_LIMIT = 64 * 1024 * 1024;

/** One request and its answer on the wire. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly record: OpenRecord;
  /** What stands at the head of every answer. */
  headers: Readonly<Record<string, string>> = {};
  readonly #clock: Clock;
  readonly #response: ServerResponse;
  readonly #gone = new AbortController();

  constructor(request: IncomingMessage, response: ServerResponse, record: OpenRecord, clock: Clock) {
    this.request = request;
    this.record = record;
    this.#response = response;
    this.#clock = clock;
    response.once('close', () => this.#close());
  }

  /** Fires when the client has left, or the simulator closes. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  get headersSent(): boolean {
    return this.#response.headersSent;
  }

  /** The body as text; undefined when it is too large (it is read to its end all the same, so that the answer arrives). */
  async body(): Promise<string | undefined> {
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of this.request as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size <= BODY_LIMIT) chunks.push(chunk);
        else chunks.length = 0;
      }
    } catch (error) {
      throw new AbortError(error);
    }
    return size <= BODY_LIMIT ? Buffer.concat(chunks).toString('utf8') : undefined;
  }

  sendJson(json: string, status = 200, headers: Readonly<Record<string, string>> = {}): void {
    const bytes = Buffer.from(json);
    this.#head(status, { 'content-type': 'application/json', 'content-length': String(bytes.length), ...headers });
    this.#response.end(bytes);
  }

  sendError(error: ApiError): void {
    this.sendJson(errorBody(error, this.record.id), error.status, error.headers);
  }

  /** The head of a stream, which leaves with its first chunk. */
  openStream(first: Buffer): void {
    const { socket } = this.#response;
    socket?.cork();
    this.#head(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'transfer-encoding': 'chunked',
    });
    this.#response.flushHeaders();
    socket?.write(first);
    socket?.uncork();
  }

  /**
   * One chunk (see `httpChunk`), one write. Straight to the socket: the response would join what is written in one turn
   * of the event loop, or take twice the time to keep it apart. Waits only where the client reads too slowly.
   */
  write(chunk: Buffer): Promise<unknown> | undefined {
    const { socket } = this.#response;
    if (socket === null || socket.destroyed) throw new AbortError('the client left');
    socket.write(chunk);
    return socket.writableNeedDrain ? once(socket, 'drain', { signal: this.signal }) : undefined;
  }

  /** The last chunk, and the end with it. */
  end(last: Buffer): void {
    const { socket } = this.#response;
    socket?.cork();
    socket?.write(last);
    this.#response.end();
    socket?.uncork();
  }

  /** Breaks the connection once `bytes` are out; of a JSON answer it promises more than it sends. */
  cut(bytes?: Buffer, head?: { readonly length: number }): Promise<void> {
    this.record.end = 'cut';
    if (head !== undefined)
      this.#head(200, { 'content-type': 'application/json', 'content-length': String(head.length) });
    return new Promise((resolve) => {
      this.#response.once('close', resolve);
      if (this.#response.destroyed) resolve();
      else if (bytes === undefined || bytes.length === 0) this.#response.destroy();
      else this.#response.write(bytes, () => this.#response.destroy());
    });
  }

  /** Silence until the client leaves: never resolves, rejects with an AbortError. */
  untilGone(): Promise<never> {
    return new Promise((_, reject) => {
      const leave = (): void => reject(new AbortError('the client left'));
      if (this.signal.aborted) leave();
      else this.signal.addEventListener('abort', leave, { once: true });
    });
  }

  #head(status: number, headers: Record<string, string>): void {
    const all: Record<string, string> = { 'request-id': this.record.id, ...this.headers, ...headers };
    this.record.status = status;
    this.record.answeredAt = this.#clock.now();
    this.record.retryAfterMs = pauseOf(all);
    this.#response.writeHead(status, all);
  }

  #close(): void {
    if (this.record.end === 'pending') this.record.end = this.#response.writableFinished ? 'answered' : 'client-left';
    this.#gone.abort('the client left');
  }
}

function pauseOf(headers: Readonly<Record<string, string>>): number | null {
  const { 'retry-after-ms': ms, 'retry-after': seconds } = headers;
  if (ms !== undefined) return Number(ms);
  return seconds === undefined ? null : Number(seconds) * 1000;
}
