import { clip } from '../../base/text.ts';
import type { McpServerConfig } from './mcpConfig.ts';

/** What went wrong, as it goes on behind "The MCP server x …". Never holds an address, a header or a secret. */
export interface McpFailure {
  readonly kind: 'failed';
  readonly message: string;
  /** The connection is of no use any more. */
  readonly gone?: true;
}

/** Codes of the SDK's own errors. */
const CONNECTION_CLOSED = -32000;
const REQUEST_TIMED_OUT = -32001;
const MAX_SAID = 2_000;

interface Circumstances {
  /** Why the transport is over, where it knows. */
  readonly end: string | null;
  /** Of the request. */
  readonly timeoutMs: number;
}

export function mcpFailure(error: unknown, config: McpServerConfig, { end, timeoutMs }: Circumstances): McpFailure {
  if (end !== null) return { kind: 'failed', message: end, gone: true };
  const code = codeOf(error);
  const name = error instanceof Error ? error.name : '';
  if (code === REQUEST_TIMED_OUT) return failed(`did not answer within ${timeoutMs / 1_000} s`);
  if (code === CONNECTION_CLOSED) return { ...failed('broke off the connection'), gone: true };
  // Codes of HTTP are above zero, those of the protocol below.
  if (code !== null && code > 0) return httpFailure(code);
  if (code !== null && error instanceof Error) {
    const said = withoutSecrets(error.message.replace(/^MCP error -?\d+: /, ''), config);
    return failed(`refused the call: ${clip(said, MAX_SAID)}`);
  }
  if (name === 'ZodError' || name === 'SyntaxError') return failed('gave an answer that is not of the protocol');
  if (config.transport.kind === 'http') return failed('cannot be reached');
  return failed(error instanceof Error ? clip(withoutSecrets(error.message, config), 200) : 'failed');
}

/** Replaces what the server was given in confidence wherever it stands in a text. */
export function withoutSecrets(text: string, { secrets }: Pick<McpServerConfig, 'secrets'>): string {
  return secrets.reduce((left, secret) => left.replaceAll(secret, '***'), text);
}

function httpFailure(status: number): McpFailure {
  switch (status) {
    case 401:
    case 403:
      return failed(`answered HTTP ${status}: it wants a sign-in; give a token in its headers`);
    case 404:
      // A session that the server has forgotten.
      return { ...failed('answered HTTP 404'), gone: true };
    default:
      return failed(`answered HTTP ${status}`);
  }
}

function failed(message: string): McpFailure {
  return { kind: 'failed', message };
}

function codeOf(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'number' ? error.code : null;
}
