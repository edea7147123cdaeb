import { connect } from 'node:net';
import { errnoOf } from '../node/errno.ts';
import { CommandError } from './commandError.ts';

const DEFAULT_BASE_URL = 'https://api.anthropic.com';
const PATIENCE_MS = 3_000;

/** What no waiting changes: nobody listens there, or there is no such place. */
const NOT_THERE = new Map([
  ['ECONNREFUSED', 'Nothing answers at'],
  ['ENOTFOUND', 'There is no such host:'],
  ['EAI_AGAIN', 'The name cannot be looked up (is there a network?):'],
  ['ENETUNREACH', 'There is no network that leads to'],
  ['EHOSTUNREACH', 'There is no way to'],
]);

/** Throws when no server is at the address, so that nothing is started for nothing. Whatever else is wrong with it, the run will say. */
export async function checkReachable(baseURL = DEFAULT_BASE_URL): Promise<void> {
  const { protocol, hostname, port } = new URL(baseURL);
  const code = await connectError(hostname.replace(/^\[|\]$/g, ''), Number(port) || (protocol === 'https:' ? 443 : 80));
  const problem = code === null ? undefined : NOT_THERE.get(code);
  if (problem === undefined) return;
  const cure = baseURL === DEFAULT_BASE_URL ? 'Check the network' : 'Start the server or correct --base-url';
  throw new CommandError(`${problem} ${baseURL}. ${cure}, or try it with --simulate.`);
}

/** Null when somebody answers, or when it takes too long to say. */
function connectError(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: PATIENCE_MS });
    const settle = (code: string | null): void => {
      socket.destroy();
      resolve(code);
    };
    socket.once('connect', () => settle(null));
    socket.once('timeout', () => settle(null));
    // Of several addresses tried, each has its error; the first stands for all.
    socket.once('error', (error) =>
      settle(errnoOf(error instanceof AggregateError ? error.errors[0] : error) ?? errnoOf(error)),
    );
  });
}
