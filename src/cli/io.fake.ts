import type { Io, Output } from './io.ts';

export interface FakeIo extends Io {
  /** What was written. */
  readonly out: () => string;
  readonly err: () => string;
  press(key: string): void;
  interrupt(): void;
  /** Ends the process that is not there: exit listeners run. */
  end(): void;
  readonly exits: readonly number[];
}

export interface FakeIoOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Absent: no terminal. */
  readonly terminal?: { columns: number; rows: number };
  readonly lines?: readonly string[];
  readonly cwd?: string;
}

export function fakeIo({ env = {}, terminal, lines = [], cwd = '/repo' }: FakeIoOptions = {}): FakeIo {
  const written: Record<'out' | 'err', string[]> = { out: [], err: [] };
  const keys = new Set<(key: string) => void>();
  const interrupts = new Set<() => void>();
  const exitListeners = new Set<() => void>();
  const exits: number[] = [];
  const answers = [...lines];
  const output = (to: 'out' | 'err'): Output => ({
    isTerminal: terminal !== undefined,
    size: () => terminal ?? { columns: 0, rows: 0 },
    write: (text) => void written[to].push(text),
  });
  const listenOn = <T>(set: Set<T>, listener: T) => {
    set.add(listener);
    return { dispose: () => void set.delete(listener) };
  };
  return {
    stdout: output('out'),
    stderr: output('err'),
    env,
    cwd,
    home: '/home/ada',
    canAsk: terminal !== undefined,
    readLine: async () => answers.shift() ?? null,
    onKey: (listener) => listenOn(keys, listener),
    onInterrupt: (listener) => listenOn(interrupts, listener),
    onTerminate: (listener) => listenOn(interrupts, listener),
    onExit: (listener) => listenOn(exitListeners, listener),
    exit: (code) => void exits.push(code),
    out: () => written.out.join(''),
    err: () => written.err.join(''),
    press: (key) => [...keys].forEach((listener) => listener(key)),
    interrupt: () => [...interrupts].forEach((listener) => listener()),
    end: () => [...exitListeners].forEach((listener) => listener()),
    exits,
  };
}
