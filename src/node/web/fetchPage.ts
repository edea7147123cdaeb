import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { pipeline, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { throwIfAborted } from '../../base/abort.ts';
import { isPublicAddress } from './publicAddress.ts';
import { closedTo, webAddress } from './webAddress.ts';

export interface FetchOptions {
  /** Addresses that may be connected to. Default: those of the public internet. */
  readonly isAllowed?: (address: string) => boolean;
  /** Default: the system's. */
  readonly lookup?: LookupFunction;
  /** For all of it, redirections included. */
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
}

export type FetchedPage =
  | {
      readonly kind: 'page';
      readonly url: URL;
      readonly type: string;
      readonly charset: string | null;
      readonly bytes: Uint8Array;
      readonly cut: boolean;
    }
  /** It leads to another host, which is a question of its own. */
  | { readonly kind: 'elsewhere'; readonly url: URL }
  | { readonly kind: 'failed'; readonly message: string };

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 5 * 1024 * 1024;
const MAX_REDIRECTS = 5;
const CONNECT_TIMEOUT_MS = 10_000;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

const HEADERS = {
  accept: 'text/html, application/xhtml+xml, text/plain, text/markdown, application/json, text/*;q=0.9, */*;q=0.1',
  'accept-encoding': 'identity',
  'user-agent': 'dynamic-workflows',
};

/**
 * Gets a page. Each address that a name stands for is judged when the connection is made, and the connection goes to
 * the one that was judged: a name that stands for another one a moment later changes nothing. Redirections are followed
 * on the same host alone. Rejects with AbortError on abort.
 */
export async function fetchPage(start: URL, signal: AbortSignal, options: FetchOptions = {}): Promise<FetchedPage> {
  const { isAllowed = isPublicAddress, timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES } = options;
  const { Agent, request } = await import('undici');
  throwIfAborted(signal);
  const timeout = AbortSignal.timeout(timeoutMs);
  const agent = new Agent({
    connections: 1,
    connect: { timeout: CONNECT_TIMEOUT_MS, lookup: judgedLookup(options.lookup ?? systemLookup, isAllowed) },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxHeaderSize: 64 * 1024,
  });
  try {
    let url = start;
    for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
      const answer = await request(url, {
        dispatcher: agent,
        headers: HEADERS,
        signal: AbortSignal.any([signal, timeout]),
      });
      const { statusCode: status, headers, body } = answer;
      body.on('error', () => undefined);
      const target = REDIRECTS.has(status) ? one(headers['location']) : null;
      if (target === null) {
        if (status >= 200 && status < 300) return await pageOf(url, headers, body, maxBytes);
        body.destroy();
        return { kind: 'failed', message: `${url.host} answers with the status ${status}.` };
      }
      body.destroy();
      const next = webAddress(target, isAllowed, url);
      if ('problem' in next) return { kind: 'failed', message: `It leads elsewhere: ${next.problem}` };
      if (!sameHost(url, next.url)) return { kind: 'elsewhere', url: next.url };
      url = next.url;
    }
    return {
      kind: 'failed',
      message: `${start.host} leads from one address to the next more than ${MAX_REDIRECTS} times.`,
    };
  } catch (error) {
    throwIfAborted(signal);
    if (timeout.aborted)
      return { kind: 'failed', message: `${start.host} took longer than ${timeoutMs / 1000} seconds.` };
    return { kind: 'failed', message: problemOf(error, start) };
  } finally {
    await agent.destroy();
  }
}

class ClosedAddress extends Error {
  override readonly name = 'ClosedAddress';
}

/** One closed address among those of a name is enough to refuse the name. */
function judgedLookup(lookup: LookupFunction, isAllowed: (address: string) => boolean): LookupFunction {
  return (host, options, done) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      const all = typeof found === 'string' ? [{ address: found, family: found.includes(':') ? 6 : 4 }] : found;
      const [first] = error === null ? all : [];
      if (error !== null || first === undefined) done(error ?? new Error('no address'), '');
      else if (!all.every(({ address }) => isAllowed(address))) done(new ClosedAddress(closedTo(host)), '');
      else if (options.all === true) done(null, [...all]);
      else done(null, first.address, first.family);
    });
  };
}

/** The same host, maybe by the safer way: not from https to http, nor to another port. */
function sameHost(from: URL, to: URL): boolean {
  if (from.hostname !== to.hostname) return false;
  return from.protocol === to.protocol ? from.port === to.port : to.protocol === 'https:' && to.port === '';
}

type Head = Readonly<Record<string, string | string[] | undefined>>;
type Body = AsyncIterable<Uint8Array> & NodeJS.ReadableStream & { destroy(): void };

async function pageOf(url: URL, headers: Head, body: Body, maxBytes: number): Promise<FetchedPage> {
  const [type = '', ...parameters] = (one(headers['content-type']) ?? '').split(';').map((part) => part.trim());
  const charset = parameters.map((part) => /^charset="?([^"]+)"?$/i.exec(part)?.[1]).find((name) => name !== undefined);
  const { bytes, cut } = await firstBytes(unpacked(body, one(headers['content-encoding'])), maxBytes);
  return { kind: 'page', url, type: type.toLowerCase(), charset: charset ?? null, bytes, cut };
}

/** Some servers pack what nobody asked them to pack. */
function unpacked(body: Body, encoding: string | null): AsyncIterable<Uint8Array> {
  switch (encoding?.toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return through(body, createGunzip());
    case 'deflate':
      return through(body, createInflate());
    case 'br':
      return through(body, createBrotliDecompress());
    default:
      return body;
  }
}

/** A body that breaks off ends what unpacks it too: a pipe alone would leave whoever reads it waiting. */
function through(body: Body, unpacking: Transform): AsyncIterable<Uint8Array> {
  pipeline(body, unpacking, () => undefined);
  return unpacking;
}

async function firstBytes(
  body: AsyncIterable<Uint8Array>,
  max: number,
): Promise<{ readonly bytes: Uint8Array; readonly cut: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk.subarray(0, max - size));
    size += chunk.length;
    if (size > max) break;
  }
  return { bytes: Buffer.concat(chunks), cut: size > max };
}

function one(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null;
}

/** By what is known of it; the system's own words name addresses that a model need not know. */
function problemOf(error: unknown, { host }: URL): string {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ClosedAddress) return cause.message;
    const code = 'code' in cause ? String(cause.code) : '';
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `There is no host ${host}, or no network.`;
    if (code === 'ECONNREFUSED') return `${host} takes no connection.`;
    if (code.startsWith('ERR_TLS') || code.includes('CERT')) return `The certificate of ${host} is not valid.`;
  }
  return `The connection to ${host} broke off.`;
}
