import { chmod, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { clip } from '../base/text.ts';
import * as z from 'zod';
import { MAX_CONTROL_LINE, controlCommand, controlPeer, type ControlAnswer } from '../protocol/control.ts';
import { refusalOf } from '../workflow/refusalOf.ts';
import type { Runtime } from '../workflow/runtime.ts';
import { controlAddresses, makeControlFolder } from './controlAddress.ts';
import { peerProblem } from './controlPeer.ts';
import { FILE_MODE, parseJson, toLine } from './ndjson.ts';

/** A peer that says nothing for so long is let go. */
const PEER_TIMEOUT_MS = 10_000;
const MAX_PEERS = 16;

/** Where other processes of the same person steer a run of this one. */
export interface ControlSocket {
  readonly address: string;
  /** Nobody reaches it any more when this returns; answers under way still go out. */
  close(): void;
}

/**
 * Listens for the run in `dir`, which this process must own: what is left there of a dead owner is replaced. Throws
 * what the file system says when nowhere can be listened. It keeps no process alive.
 */
export async function openControlSocket(
  runtime: Pick<Runtime, 'dispatch' | 'subscribe'>,
  run: { readonly runId: string; readonly dir: string },
): Promise<ControlSocket> {
  const peers = new Set<Socket>();
  let address = '';
  const server = createServer((peer) => {
    peers.add(peer);
    peer.once('close', () => peers.delete(peer));
    serve(peer, (line) => answerTo(runtime, { runId: run.runId, address }, line));
  });
  server.maxConnections = MAX_PEERS;
  server.unref();
  await listen(server, await controlAddresses(run.dir), (tried) => (address = tried));
  // A connection that could not be taken is its peer's trouble.
  server.on('error', () => undefined);
  return {
    address,
    close: () => {
      server.close();
      for (const peer of peers) peer.destroySoon();
    },
  };
}

/** Tells each address before it is listened at: the last one is where it does. */
async function listen(server: Server, addresses: readonly string[], tries: (address: string) => void): Promise<void> {
  let problem: unknown = new Error('No path for a socket is short enough.');
  for (const address of addresses) {
    try {
      await makeControlFolder(address);
      tries(address);
      await listenAt(server, address);
      return;
    } catch (error) {
      problem = error;
    }
  }
  throw problem;
}

async function listenAt(server: Server, address: string): Promise<void> {
  const isFile = process.platform !== 'win32';
  if (isFile) await rm(address, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, () => {
      server.off('error', reject);
      resolve();
    });
  });
  if (isFile) await chmod(address, FILE_MODE);
}

/** One line in, one line out. What comes after is not read, and a peer that sends no end of a line gets no room for it. */
function serve(peer: Socket, answer: (line: string) => ControlAnswer): void {
  let text = '';
  let answered = false;
  const reply = (said: ControlAnswer): void => {
    answered = true;
    text = '';
    peer.end(toLine(said));
  };
  peer.unref();
  peer.setEncoding('utf8');
  peer.setTimeout(PEER_TIMEOUT_MS, () => peer.destroy());
  // Peers go away as they like.
  peer.on('error', () => peer.destroy());
  peer.on('data', (chunk: string) => {
    if (answered) return;
    text += chunk;
    const end = text.indexOf('\n');
    if (end < 0 ? text.length > MAX_CONTROL_LINE : end > MAX_CONTROL_LINE)
      reply({ commandId: null, error: `A command is a line of at most ${MAX_CONTROL_LINE} characters.` });
    else if (end >= 0) reply(answer(text.slice(0, end)));
  });
}

const sentLine = z.looseObject({ peer: z.exactOptional(controlPeer) });

function answerTo(
  runtime: Pick<Runtime, 'dispatch' | 'subscribe'>,
  { runId, address }: { readonly runId: string; readonly address: string },
  line: string,
): ControlAnswer {
  const sent = sentLine.safeParse(parseJson(line));
  const { peer = null, ...command } = sent.data ?? {};
  const parsed = controlCommand.safeParse(sent.success ? command : null);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue === undefined ? '' : ` (${[...issue.path.map(String), issue.message].join(': ')})`;
    return { commandId: null, error: clip(`This is no command that can come from outside${where}.`, 500) };
  }
  const { commandId } = parsed.data;
  if (parsed.data.runId !== runId) return { commandId, error: `Here is run ${runId}, and not ${parsed.data.runId}.` };
  const problem = peerProblem(address, parsed.data.type, peer);
  if (problem !== null) return { commandId, error: problem };
  try {
    return { commandId, error: refusalOf(runtime, parsed.data) };
  } catch (error) {
    // A bug of ours must not end the run of whoever sent the command.
    return { commandId, error: `It failed: ${error instanceof Error ? error.message : String(error)}` };
  }
}
