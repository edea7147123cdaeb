import * as z from 'zod';
import { MAX_CONTROL_LINE, controlPeer } from '../../protocol/control.ts';
import { serveRequest, type ServeAnswer, type ServeRequest } from '../../protocol/serve.ts';
import { controlAddresses } from '../controlAddress.ts';
import { peerProblem } from '../controlPeer.ts';
import { unknown } from '../controlSocket.ts';
import { openLineServer, type LineServer } from '../lineServer.ts';
import { parseJson } from '../ndjson.ts';
import { serveFolder } from './serveLock.ts';

const sentLine = z.looseObject({ peer: z.exactOptional(controlPeer) });

/**
 * Takes requests for the process that serves in this home, which must be this one. Throws what the file system says when
 * nowhere can be listened. The process stays for it.
 */
export async function openServeSocket(
  home: string,
  handle: (request: ServeRequest) => Promise<ServeAnswer>,
): Promise<LineServer> {
  let address = '';
  return openLineServer({
    addresses: await controlAddresses(serveFolder(home), home),
    onAddress: (tried) => (address = tried),
    answer: async (line) => ({ said: await answerTo(handle, address, line) }),
    tooLong: refused(`A request is a line of at most ${MAX_CONTROL_LINE} characters.`),
    keepsAlive: true,
  });
}

async function answerTo(
  handle: (request: ServeRequest) => Promise<ServeAnswer>,
  address: string,
  line: string,
): Promise<ServeAnswer> {
  const sent = sentLine.safeParse(parseJson(line));
  const { peer = null, ...message } = sent.data ?? {};
  const parsed = serveRequest.safeParse(sent.success ? message : null);
  if (!parsed.success) return refused(unknown('request that can come', parsed.error));
  const problem = peerProblem(address, parsed.data.type, peer);
  if (problem !== null) return refused(problem);
  try {
    return await handle(parsed.data);
  } catch (error) {
    // What one request runs into must not end what others have begun.
    return refused(`It failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function refused(error: string): ServeAnswer {
  return { type: 'refused', errors: [error] };
}
