import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32 } from 'node:zlib';
import type { Simulator } from './simulator/simulator.ts';

/** How one cloud dresses the Messages API up. */
interface Dress {
  /** Why the request is not let in; null when it is. */
  refusal(request: IncomingMessage, body: string): string | null;
  /** The id of the model that the path names; null: there is no such path. */
  modelOf(path: string): string | null;
  /** One event of the stream on the wire. */
  event(json: string): Buffer | string;
  readonly contentType: string;
  error(status: number, words: string): { readonly status: number; readonly body: object };
}

export interface CloudService {
  readonly url: string;
  /** Paths that were asked for, in their order. */
  readonly paths: readonly string[];
  close(): Promise<void>;
}

export const AWS = {
  id: 'AKIAIOSFODNN7EXAMPLE',
  secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'eu-west-1',
};
export const GOOGLE = { project: 'a-project', region: 'europe-west1', token: 'ya29.a-token-of-google' };

/** Amazon Bedrock's runtime on loopback, over a simulator: signatures are checked, streams are in Amazon's binary frames. */
export function startBedrock(simulator: Simulator): Promise<CloudService> {
  return start(simulator, {
    refusal: (request, body) =>
      isSigned(request, body) ? null : 'The security token included in the request is invalid.',
    modelOf: (path) => /^\/model\/([^/]+)\/invoke-with-response-stream$/.exec(path)?.[1] ?? null,
    event: (json) =>
      awsFrame(
        { ':message-type': 'event', ':event-type': 'chunk', ':content-type': 'application/json' },
        JSON.stringify({ bytes: Buffer.from(json).toString('base64') }),
      ),
    contentType: 'application/vnd.amazon.eventstream',
    error: (status, message) => ({ status: { 401: 403, 413: 400, 529: 503 }[status] ?? status, body: { message } }),
  });
}

/** Google Vertex AI's `streamRawPredict` on loopback, over a simulator. */
export function startVertex(simulator: Simulator): Promise<CloudService> {
  const prefix = `/v1/projects/${GOOGLE.project}/locations/${GOOGLE.region}/publishers/anthropic/models/`;
  return start(simulator, {
    refusal: ({ headers }) =>
      headers.authorization === `Bearer ${GOOGLE.token}` ? null : 'Request had invalid authentication credentials.',
    modelOf: (path) =>
      path.startsWith(prefix) ? (/^([^/]+):streamRawPredict$/.exec(path.slice(prefix.length))?.[1] ?? null) : null,
    event: (json) => `event: ${typeOf(json)}\ndata: ${json}\n\n`,
    contentType: 'text/event-stream',
    error: (status, message) => ({
      status: status === 413 ? 400 : status,
      body: { error: { code: status, message, status: 'GOOGLE_WORD' } },
    }),
  });
}

/** What `Input is too long` is said with where the Messages API says it with a status. */
const WORDS: Readonly<Record<number, string>> = { 413: 'Input is too long for requested model.' };

async function start(simulator: Simulator, dress: Dress): Promise<CloudService> {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? '');
    void serve(simulator, dress, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    paths,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  simulator: Simulator,
  dress: Dress,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const left = new AbortController();
  response.on('close', () => left.abort());
  const body = await textOf(request);
  const fail = (status: number, words: string): void => {
    const error = dress.error(status, WORDS[status] ?? words);
    response.writeHead(error.status, { 'content-type': 'application/json' }).end(JSON.stringify(error.body));
  };
  const refusal = dress.refusal(request, body);
  if (refusal !== null) {
    fail(401, refusal);
    return;
  }
  const model = dress.modelOf(decodeURIComponent(request.url ?? ''));
  const { anthropic_version: version, ...given } = JSON.parse(body) as Record<string, unknown>;
  if (model === null || typeof version !== 'string') {
    fail(404, 'There is no such path.');
    return;
  }
  if ('model' in given) {
    fail(400, 'model: Extra inputs are not permitted');
    return;
  }
  const answer = await fetch(`${simulator.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': 'of-the-cloud', 'content-type': 'application/json' },
    body: JSON.stringify({ ...given, model, stream: true }),
    signal: left.signal,
  });
  if (!answer.ok || !answer.body) {
    const { error } = (await answer.json()) as { readonly error: { readonly message: string } };
    fail(answer.status, error.message);
    return;
  }
  response.writeHead(200, { 'content-type': dress.contentType });
  for await (const json of eventsOf(answer.body)) response.write(dress.event(json));
  response.end();
}

async function* eventsOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    const events = rest.split('\n\n');
    rest = events.pop() ?? '';
    for (const event of events) yield event.slice(event.indexOf('data: ') + 6);
  }
}

function typeOf(json: string): string {
  return (JSON.parse(json) as { readonly type: string }).type;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** One message of Amazon's event stream encoding: https://smithy.io/2.0/aws/amazon-eventstream.html */
export function awsFrame(headers: Readonly<Record<string, string>>, payload: string): Buffer {
  const STRING = 7;
  const head = Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(Buffer.byteLength(value));
      return Buffer.concat([
        Buffer.from([name.length]),
        Buffer.from(name),
        Buffer.from([STRING]),
        length,
        Buffer.from(value),
      ]);
    }),
  );
  const body = Buffer.from(payload);
  const frame = Buffer.alloc(16 + head.length + body.length);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(head.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  head.copy(frame, 12);
  body.copy(frame, 12 + head.length);
  frame.writeUInt32BE(crc32(frame.subarray(0, frame.length - 4)), frame.length - 4);
  return frame;
}

/** By Signature Version 4, computed anew: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function isSigned({ method = '', url = '', headers }: IncomingMessage, body: string): boolean {
  const given = /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=(\w+)$/.exec(
    headers.authorization ?? '',
  );
  const [, credential = '', names = '', signature] = given ?? [];
  const [id, day = '', region = '', service = '', end = ''] = credential.split('/');
  if (id !== AWS.id || region !== AWS.region || service !== 'bedrock') return false;
  const path = url
    .split('/')
    .map((part) => encodeURIComponent(part))
    .join('/');
  const said = names
    .split(';')
    .map((name) => `${name}:${String(headers[name]).trim()}\n`)
    .join('');
  const canonical = [method, path, '', said, names, hash(body)].join('\n');
  const scope = [day, region, service, end].join('/');
  const text = ['AWS4-HMAC-SHA256', String(headers['x-amz-date']), scope, hash(canonical)].join('\n');
  const key = [day, region, service, end].reduce<Buffer | string>(
    (secret, part) => hmac(secret, part),
    `AWS4${AWS.secret}`,
  );
  return hmac(key, text).toString('hex') === signature;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
