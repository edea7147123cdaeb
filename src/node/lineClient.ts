import { createConnection, type Socket } from 'node:net';
import { isOurControlFolder } from './controlAddress.ts';
import { provePeer } from './controlPeer.ts';
import { toLine } from './ndjson.ts';

/** In characters. More than any answer or batch of events has. */
const MAX_LINE = 64 * 1024 * 1024;

export interface Connected {
  readonly address: string;
  readonly socket: Socket;
}

export type HeardLine =
  | { readonly kind: 'line'; readonly text: string }
  /** The other side went away without one. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'late' };

/** To the first of these where somebody of this person listens; null where nobody does. */
export async function connectLine(addresses: readonly string[]): Promise<Connected | null> {
  for (const address of addresses) {
    if (!(await isOurControlFolder(address))) continue;
    const socket = await connectTo(address);
    if (socket !== null) return { address, socket };
  }
  return null;
}

function connectTo(address: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const peer = createConnection(address);
    peer.once('error', () => {
      peer.destroy();
      resolve(null);
    });
    peer.once('connect', () => resolve(peer));
  });
}

/** Says one line, with what tells the other side which process this is, and hears one. Always closes the connection. */
export async function askLine(connected: Connected, message: object, answerMs: number): Promise<HeardLine> {
  const { address, socket } = connected;
  const proven = await provePeer(address);
  try {
    return await new Promise<HeardLine>((resolve) => {
      const hear = (heard: HeardLine): void => {
        clearTimeout(timer);
        resolve(heard);
      };
      const timer = setTimeout(() => hear({ kind: 'late' }), answerMs);
      hearLines(socket, (text) => hear({ kind: 'line', text })).then(
        () => hear({ kind: 'closed' }),
        () => hear({ kind: 'closed' }),
      );
      socket.write(toLine({ ...message, ...(proven.peer ? { peer: proven.peer } : {}) }));
    });
  } finally {
    socket.destroy();
    await proven.close();
  }
}

/** Says one line and hears all that come until one side goes away, then resolves. */
export async function followLines(
  { address, socket }: Connected,
  message: object,
  onLine: (text: string) => void,
): Promise<void> {
  const proven = await provePeer(address);
  const proof = lazily(() => proven.close());
  const closed = hearLines(socket, (text) => {
    // The first line says that it has been looked at.
    void proof();
    onLine(text);
  });
  try {
    socket.write(toLine({ ...message, ...(proven.peer ? { peer: proven.peer } : {}) }));
    await closed;
  } finally {
    socket.destroy();
    await proof();
  }
}

/** Called as often as one likes, done once. */
function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Resolves when the connection is closed, whoever did it. */
function hearLines(socket: Socket, onLine: (text: string) => void): Promise<void> {
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = (text + chunk).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) onLine(line);
    if (text.length > MAX_LINE) socket.destroy();
  });
  return new Promise((resolve) => {
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve());
    if (socket.destroyed) resolve();
  });
}
