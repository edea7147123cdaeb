import { AbortError, onAbort } from '../base/abort.ts';
import type { PermissionRequest } from '../engine/permission.ts';
import type { Clock } from '../engine/ports.ts';
import type { PermissionAnswer } from '../engine/toolRouter.ts';
import type { Recorder } from './recorder.ts';

const NOBODY = 'Nobody is there to allow it. Do without it, or say in your answer what you would have needed.';
const DENIED = 'The person denied it. Do not try it another way.';

/** A person who does not answer for so long has gone: that call is denied, and its agent goes on without it. */
const ASK_TIMEOUT_MS = 10 * 60_000;

interface InboxDeps {
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly newId: () => string;
  /** False: nobody is there, and every request is denied at once. */
  readonly attended: boolean;
}

/** Permission requests of all agents of a run, answered by a person through commands, or by nobody. */
export class Inbox {
  readonly #deps: InboxDeps;
  readonly #open = new Map<string, (allow: boolean) => void>();

  constructor(deps: InboxDeps) {
    this.#deps = deps;
  }

  async ask(
    agentId: string,
    request: PermissionRequest,
    summary: string,
    signal: AbortSignal,
  ): Promise<PermissionAnswer> {
    const { recorder, newId, attended } = this.#deps;
    const requestId = newId();
    recorder.emit({ type: 'permission.asked', requestId, agentId, tool: request.tool, summary });
    const allowed = attended ? await this.#answered(requestId, signal) : undefined;
    const by = allowed === undefined ? 'nobody' : 'person';
    recorder.emit({ type: 'permission.answered', requestId, allowed: allowed === true, by });
    if (allowed === true) return 'allow';
    return { deny: allowed === undefined ? NOBODY : DENIED };
  }

  /** False when no such request is open. */
  answer(requestId: string, allow: boolean): boolean {
    const settle = this.#open.get(requestId);
    settle?.(allow);
    return settle !== undefined;
  }

  /** Undefined: nobody did in time. */
  async #answered(requestId: string, signal: AbortSignal): Promise<boolean | undefined> {
    const over = new AbortController();
    const answer = new Promise<boolean>((resolve) => this.#open.set(requestId, resolve));
    const listening = onAbort(signal, () => over.abort(signal.reason));
    const timeUp = this.#deps.clock.sleep(ASK_TIMEOUT_MS, over.signal).then(() => undefined);
    try {
      return await Promise.race([answer, timeUp]);
    } catch {
      throw new AbortError(signal.reason);
    } finally {
      this.#open.delete(requestId);
      listening.dispose();
      over.abort();
      await timeUp.catch(() => undefined);
    }
  }
}
