import { chmod, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { MAX_CONTROL_LINE } from '../protocol/control.ts';
import { makeControlFolder } from './controlAddress.ts';
import { FILE_MODE, toLine } from './ndjson.ts';

/** A peer that says nothing for so long is let go. */
const PEER_TIMEOUT_MS = 10_000;
const MAX_PEERS = 32;
/** In bytes: who reads no more has so much put by, then is let go, and can come again. */
const MAX_UNREAD = 16 * 1024 * 1024;

/** Whoever has connected and said its line. */
export interface LinePeer {
  /** Another line to it; nothing once it has gone. */
  tell(value: object): void;
  /** Called once, at once when it has gone already. */
  onGone(listener: () => void): void;
  /** What was told still goes out. */
  letGo(): void;
}

/**
 * What is said to a line. The peer is let go after it, unless `stays` takes it over: it is called when the answer is on its
 * way.
 */
export interface LineAnswer {
  readonly said: object;
  readonly stays?: (peer: LinePeer) => void;
}

export interface LineServer {
  /** Nobody reaches it any more when this returns; answers under way still go out. */
  close(): void;
}

interface LineServerOptions {
  /** The best first. */
  readonly addresses: readonly string[];
  /** Told of each address before it is listened at: the last one is where it does. */
  readonly onAddress?: (address: string) => void;
  /** Never rejects. */
  readonly answer: (line: string) => LineAnswer | Promise<LineAnswer>;
  readonly tooLong: object;
  /** The process stays for it. Default: it does not. */
  readonly keepsAlive?: boolean;
}

/** Listens for lines on a socket that is for the person's own processes. Throws what the file system says when nowhere can be listened. */
export async function openLineServer(options: LineServerOptions): Promise<LineServer> {
  const peers = new Set<Socket>();
  const server = createServer((peer) => {
    peers.add(peer);
    peer.once('close', () => peers.delete(peer));
    serve(peer, options);
  });
  server.maxConnections = MAX_PEERS;
  if (options.keepsAlive !== true) server.unref();
  await listen(server, options);
  // A connection that could not be taken is its peer's trouble.
  server.on('error', () => undefined);
  return {
    close: () => {
      server.close();
      // Whoever closes it for what has just happened may be told of that before those who tell the peers.
      queueMicrotask(() => {
        for (const peer of peers) peer.destroySoon();
      });
    },
  };
}

async function listen(server: Server, { addresses, onAddress }: LineServerOptions): Promise<void> {
  let problem: unknown = new Error('No path for a socket is short enough.');
  for (const address of addresses) {
    try {
      await makeControlFolder(address);
      onAddress?.(address);
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

/** One line in. What comes after is not read, and a peer that sends no end of a line gets no room for it. */
function serve(peer: Socket, { answer, tooLong, keepsAlive }: LineServerOptions): void {
  let text = '';
  let heard = false;
  const hear = (answered: LineAnswer | Promise<LineAnswer>): void => {
    heard = true;
    text = '';
    // It waits for us now.
    peer.setTimeout(0);
    void Promise.resolve(answered).then(({ said, stays }) => {
      if (stays === undefined) peer.end(toLine(said));
      else {
        peer.write(toLine(said));
        stays(linePeer(peer));
      }
    });
  };
  if (keepsAlive !== true) peer.unref();
  peer.setEncoding('utf8');
  peer.setTimeout(PEER_TIMEOUT_MS, () => peer.destroy());
  // Peers go away as they like.
  peer.on('error', () => peer.destroy());
  peer.on('data', (chunk: string) => {
    if (heard) return;
    text += chunk;
    const end = text.indexOf('\n');
    if (end < 0 ? text.length > MAX_CONTROL_LINE : end > MAX_CONTROL_LINE) hear({ said: tooLong });
    else if (end >= 0) hear(answer(text.slice(0, end)));
  });
}

function linePeer(peer: Socket): LinePeer {
  return {
    tell: (value) => {
      if (peer.destroyed || peer.writableEnded) return;
      peer.write(toLine(value));
      if (peer.writableLength > MAX_UNREAD) peer.destroy();
    },
    onGone: (listener) => {
      if (peer.destroyed) listener();
      else peer.once('close', listener);
    },
    letGo: () => peer.destroySoon(),
  };
}
