import { describe, expect, test } from 'vitest';
import { isAbort } from '../../base/abort.ts';
import type { HookRequest, HookSource } from './hookPort.ts';

/** Commands that `open` has to know: `true`, `exit 2`, `sleep 600`, `no-such-program`. */
export function hookSourceContract(name: string, open: () => Pick<HookSource, 'run'>): void {
  const request = (command: string): HookRequest => ({ command, cwd: '/', input: '{}', timeoutMs: 60_000 });
  const never = new AbortController().signal;

  describe(`hooks: ${name}`, () => {
    test.each([
      { command: 'true', exitCode: 0 },
      { command: 'exit 2', exitCode: 2 },
      { command: 'no-such-program', exitCode: 127 },
    ])('$command ends with $exitCode', async ({ command, exitCode }) => {
      expect(await open().run(request(command), never)).toMatchObject({ kind: 'exited', exitCode });
    });

    test('an abort ends one that hangs, and one that has not begun', async () => {
      const abort = new AbortController();
      const running = open()
        .run(request('sleep 600'), abort.signal)
        .catch((error: unknown) => error);
      abort.abort();
      expect(isAbort(await running)).toBe(true);
      const late = open().run(request('true'), abort.signal);
      expect(isAbort(await late.catch((error: unknown) => error))).toBe(true);
    });
  });
}
