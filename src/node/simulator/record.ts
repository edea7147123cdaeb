import type { IncomingHttpHeaders } from 'node:http';
import type { ApiMessage, ApiTool } from './request.ts';

/** One request as it came, and how it ended. The key is in none of it. */
export interface RecordedRequest {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed body, whole; undefined without one, and null when it is no JSON. */
  readonly body: unknown;
  /** Of a valid request for a reply or a count; else empty. */
  readonly model: string;
  readonly system: string;
  readonly messages: readonly ApiMessage[];
  readonly tools: readonly ApiTool[];
  readonly stream: boolean;
  /** The status that was sent; null while none was. */
  readonly status: number | null;
  /** When the head of its answer was sent, in milliseconds since 1970. */
  readonly answeredAt: number | null;
  /** For how long the answer asked for a pause. */
  readonly retryAfterMs: number | null;
  readonly end: 'pending' | 'answered' | 'cut' | 'client-left';
}

/** The record while its request is being answered. */
export type OpenRecord = { -readonly [K in keyof RecordedRequest]: RecordedRequest[K] };

const SECRET = new Set(['x-api-key', 'authorization', 'proxy-authorization', 'cookie']);

export function withoutSecrets(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !SECRET.has(name)) kept[name] = String(value);
  }
  return kept;
}
