import { AbortError, onAbort } from '../../base/abort.ts';
import type { HookResult, HookRule } from '../../engine/hooks/hookRule.ts';
import type { HookRequest, HookSource } from './hookPort.ts';

/** `hangs`: until it is aborted. */
export type FakeHook = HookResult | 'hangs';

/** Hooks that do nothing but answer: by their command. One that nobody wrote down is not found, as in a shell. */
export class FakeHookSource implements HookSource {
  readonly requests: HookRequest[] = [];
  readonly #rules: readonly HookRule[];
  readonly #answers: Readonly<Record<string, FakeHook>>;

  constructor(rules: readonly HookRule[], answers: Readonly<Record<string, FakeHook>>) {
    this.#rules = rules;
    this.#answers = answers;
  }

  read(): ReturnType<HookSource['read']> {
    return Promise.resolve({ rules: this.#rules, warnings: [] });
  }

  run(request: HookRequest, signal: AbortSignal): Promise<HookResult> {
    if (signal.aborted) return Promise.reject(new AbortError(signal.reason));
    this.requests.push(request);
    const answer = this.#answers[request.command] ?? exited(127, '', `${request.command}: command not found`);
    if (answer !== 'hangs') return Promise.resolve(answer);
    return new Promise((_resolve, reject) => {
      onAbort(signal, () => reject(new AbortError(signal.reason)));
    });
  }
}

export function exited(exitCode: number, stdout = '', stderr = ''): HookResult {
  return { kind: 'exited', exitCode, stdout, stderr };
}
