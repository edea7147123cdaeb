import { homedir } from 'node:os';
import type { Disposable } from '../base/disposable.ts';
import { CommandError } from './commandError.ts';
import { keysIn } from './keys.ts';

export interface Output {
  readonly isTerminal: boolean;
  /** Cells a line and lines; 0 where there is no terminal. */
  readonly size: () => { readonly columns: number; readonly rows: number };
  write(text: string): void;
}

/** What the command line has of the process it runs in. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The person's folder. */
  readonly home: string;
  /** A person can be asked: input and output are a terminal. */
  readonly canAsk: boolean;
  /** The next line that the person types, without its end; null when there is no more, or when the signal fires first. */
  readLine(signal?: AbortSignal): Promise<string | null>;
  /** Single keys, unechoed, until disposed: a sign, or the sequence of an arrow and the like; Ctrl-C comes as an interrupt. */
  onKey(listener: (key: string) => void): Disposable;
  /** Ctrl-C, SIGTERM, a closed terminal, and a closed pipe behind stdout. */
  onInterrupt(listener: () => void): Disposable;
  /** Ctrl-C and SIGTERM alone: while it is listened for, the process outlives its terminal. */
  onTerminate(listener: () => void): Disposable;
  /** At the very end, however it comes: for what must not be left behind in the terminal. */
  onExit(listener: () => void): Disposable;
  /** Leaves at once, whatever is under way. */
  exit(code: number): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const CTRL_C = '\u0003';

export function processIo(): Io {
  const interrupts = new Set<() => void>();
  const interrupt = (): void => {
    for (const listener of [...interrupts]) listener();
  };
  return {
    stdout: outputTo(process.stdout, interrupt),
    stderr: outputTo(process.stderr, () => undefined),
    env: process.env,
    get cwd() {
      return currentFolder();
    },
    home: homedir(),
    canAsk: process.stdin.isTTY && process.stdout.isTTY,
    readLine,
    onKey: (listener) => onKey(listener, interrupt),
    onInterrupt: (listener) => {
      if (interrupts.size === 0) for (const signal of SIGNALS) process.on(signal, interrupt);
      interrupts.add(listener);
      return {
        dispose: () => {
          interrupts.delete(listener);
          if (interrupts.size === 0) for (const signal of SIGNALS) process.off(signal, interrupt);
        },
      };
    },
    onTerminate: (listener) => {
      const stay = (): void => undefined;
      process.on('SIGINT', listener).on('SIGTERM', listener).on('SIGHUP', stay);
      return {
        dispose: () => void process.off('SIGINT', listener).off('SIGTERM', listener).off('SIGHUP', stay),
      };
    },
    onExit: (listener) => {
      process.on('exit', listener);
      return { dispose: () => void process.off('exit', listener) };
    },
    exit: (code) => process.exit(code),
  };
}

function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    throw new CommandError('The folder you are in is gone. Change to another one.');
  }
}

/** Whoever reads may go away (`| head`): from then on nothing is written, and nothing is said about it. */
function outputTo(stream: NodeJS.WriteStream, onGone: () => void): Output {
  let gone = false;
  stream.on('error', () => {
    if (gone) return;
    gone = true;
    onGone();
  });
  return {
    isTerminal: stream.isTTY,
    size: () => (stream.isTTY ? { columns: stream.columns, rows: stream.rows } : { columns: 0, rows: 0 }),
    write: (text) => {
      if (!gone) stream.write(text);
    },
  };
}

function readLine(signal?: AbortSignal): Promise<string | null> {
  const { stdin } = process;
  stdin.setEncoding('utf8');
  return new Promise((resolve) => {
    const settle = (line: string | null): void => {
      stdin.off('data', onData);
      stdin.off('end', onEnd);
      signal?.removeEventListener('abort', onEnd);
      stdin.pause();
      resolve(line);
    };
    // A terminal hands over whole lines.
    const onData = (text: string): void => settle(text.replace(/\r?\n$/, ''));
    const onEnd = (): void => settle(null);
    stdin.on('data', onData);
    stdin.on('end', onEnd);
    signal?.addEventListener('abort', onEnd);
    if (signal?.aborted === true) {
      onEnd();
      return;
    }
    // A listener alone does not wake what was paused after the line before.
    stdin.resume();
  });
}

function onKey(listener: (key: string) => void, interrupt: () => void): Disposable {
  const { stdin } = process;
  const onData = (text: string): void => {
    for (const key of keysIn(text)) {
      if (key === CTRL_C) interrupt();
      else listener(key);
    }
  };
  stdin.setEncoding('utf8');
  stdin.setRawMode(true);
  stdin.on('data', onData);
  // A listener alone does not wake what was paused after a line.
  stdin.resume();
  return {
    dispose: () => {
      stdin.off('data', onData);
      stdin.setRawMode(false);
      stdin.pause();
    },
  };
}
