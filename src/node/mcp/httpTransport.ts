import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { FetchLike, Transport } from '@modelcontextprotocol/sdk/shared/transport.js';

export interface HttpServer {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of one answer, or of one event of a stream. */
  readonly maxBytes: number;
}

/**
 * A server over streamable HTTP. Redirections stay within its origin, so that its headers reach nobody else. Whoever
 * breaks off an answer, or sends too much of it, loses the connection: what waits for that answer would wait for ever.
 */
export function openHttpTransport({ url, headers, maxBytes }: HttpServer): Transport & { end: string | null } {
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers },
    fetch: watchedFetch(maxBytes, (why) => {
      known.end ??= why;
      void transport.close();
    }),
  });
  const known = Object.assign(transport as Transport, { end: null as string | null });
  return known;
}

/** A stream of events goes on for ever: of it, one event counts. */
const EVENT_END = /\n\r?\n/;

function watchedFetch(maxBytes: number, onBroken: (why: string) => void): FetchLike {
  return async (url, init) => {
    const response = await fetch(url, init);
    const { body, status, statusText, headers } = response;
    const mayHaveBody = (status >= 200 && status < 300 && status !== 204 && status !== 205) || status >= 400;
    if (body === null || !mayHaveBody) return response;
    const events = headers.get('content-type')?.includes('event-stream') ?? false;
    // A stream that answers nothing may end whenever it likes.
    const broken = init?.method === 'POST' ? onBroken : () => undefined;
    return new Response(watched(body, { maxBytes, events, broken }), { status, statusText, headers });
  };
}

interface Watch {
  readonly maxBytes: number;
  readonly events: boolean;
  readonly broken: (why: string) => void;
}

function watched(body: ReadableStream<Uint8Array>, { maxBytes, events, broken }: Watch): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let bytes = 0;
  let unwanted = false;
  return new ReadableStream({
    pull: async (controller) => {
      const read = await nextOf(reader);
      if (unwanted) return;
      if (read.kind === 'broken') {
        broken('broke off its answer');
        controller.error(new Error('broken off'));
      } else if (read.kind === 'end') {
        controller.close();
      } else if ((bytes += read.chunk.length) > maxBytes) {
        broken(`sent more than ${Math.round(maxBytes / 2 ** 20)} MB in one answer`);
        controller.error(new Error('too long'));
        await reader.cancel();
      } else {
        if (events && EVENT_END.test(Buffer.from(read.chunk).toString('latin1'))) bytes = 0;
        controller.enqueue(read.chunk);
      }
    },
    cancel: async (reason) => {
      unwanted = true;
      await reader.cancel(reason);
    },
  });
}

type Read =
  { readonly kind: 'chunk'; readonly chunk: Uint8Array } | { readonly kind: 'end' } | { readonly kind: 'broken' };

async function nextOf(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Read> {
  try {
    const { done, value } = await reader.read();
    return done ? { kind: 'end' } : { kind: 'chunk', chunk: value };
  } catch {
    return { kind: 'broken' };
  }
}
