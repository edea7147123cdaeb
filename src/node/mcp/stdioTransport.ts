import { randomBytes } from 'node:crypto';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { JSONRPCMessageSchema, type JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { createCommandRecords } from '../commandRecords.ts';
import { endGroup } from '../processGroup.ts';
import { COMMAND_MARK } from '../strayProcesses.ts';
import { createLineReader } from './lineReader.ts';

export interface StdioServer {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where it is noted while it runs, for `killLeftoverCommands`. */
  readonly home: string;
  /** Of one message. */
  readonly maxBytes: number;
}

const PIPE_GRACE_MS = 200;

/** Lines that are no message, after which nobody listens any more. */
const MAX_GARBAGE = 1_000;

/**
 * A server as a child process in a group of its own, one JSON message a line. What it sends is bounded; what it writes to
 * stderr is thrown away, since it may hold what it was given in confidence.
 */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport['onmessage'];
  /** Why it is over, once it is. */
  end: string | null = null;
  readonly #server: StdioServer;
  /** What it starts in its turn is known by it. */
  readonly #mark = randomBytes(12).toString('hex');
  #child: ChildProcessWithoutNullStreams | null = null;
  #closing: Promise<void> | null = null;

  constructor(server: StdioServer) {
    this.#server = server;
  }

  async start(): Promise<void> {
    const { command, args, cwd, env, home, maxBytes } = this.#server;
    const windows = process.platform === 'win32';
    const child = spawn(command, [...args], {
      cwd,
      env: { ...env, [COMMAND_MARK]: this.#mark },
      detached: !windows,
      windowsHide: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child = child;
    const record = child.pid === undefined ? null : createCommandRecords(home).begin(child.pid);
    child.stderr.resume();
    child.stdin.on('error', () => undefined);
    let garbage = 0;
    const lines = createLineReader(maxBytes, (line) => {
      const message = line === null ? null : parseMessage(line);
      if (message !== null) this.onmessage?.(message);
      else if (line === null) this.#over(`sent more than ${Math.round(maxBytes / 2 ** 20)} MB in one message`);
      else if ((garbage += 1) > MAX_GARBAGE) this.#over('prints what is no MCP');
    });
    child.stdout.on('data', (chunk: Buffer) => {
      if (this.#closing === null) lines(chunk);
    });
    child.once('exit', (code) => {
      record?.dispose();
      const over = (): void => this.#over(`has ended${code === null ? '' : ` with exit code ${code}`}`);
      // Its last words may still be on their way; whoever else holds its pipes is not waited for.
      const waiting = setTimeout(over, PIPE_GRACE_MS);
      child.once('close', () => {
        clearTimeout(waiting);
        over();
      });
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => reject(new Error(`could not start: ${error.message}`)));
    });
  }

  send(message: JSONRPCMessage): Promise<void> {
    if (this.#child === null || this.#closing !== null) return Promise.reject(new Error('It has ended.'));
    this.#child.stdin.write(`${JSON.stringify(message)}\n`);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#over('was closed');
    return this.#closing ?? Promise.resolve();
  }

  #over(why: string): void {
    if (this.#closing !== null) return;
    this.end ??= why;
    this.#closing = this.#stop().finally(() => this.onclose?.());
  }

  async #stop(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    const closed = new Promise<void>((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) resolve();
      else child.once('close', () => resolve());
    });
    child.stdin.end();
    await endGroup(child, this.#mark, closed);
    // Where there are no process groups.
    child.kill('SIGKILL');
  }
}

function parseMessage(line: string): JSONRPCMessage | null {
  try {
    return JSONRPCMessageSchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
