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

/** A question of the script itself (X04), or of an agent. */
export interface PersonQuestion {
  readonly question: string;
  /** The agent that asks. */
  readonly agentId?: string;
  readonly phase: string | null;
  readonly choices?: readonly string[];
  /** What counts when nobody answers. */
  readonly default?: string | null;
}

type Open =
  | { readonly kind: 'permission'; readonly settle: (allow: boolean) => void }
  | { readonly kind: 'question'; readonly settle: (answer: string) => void; readonly choices?: readonly string[] };

/** What agents and the script of a run ask of a person, answered through commands, or by nobody. */
export class Inbox {
  readonly #deps: InboxDeps;
  readonly #open = new Map<string, Open>();

  constructor(deps: InboxDeps) {
    this.#deps = deps;
  }

  async ask(
    agentId: string,
    request: PermissionRequest,
    summary: string,
    signal: AbortSignal,
  ): Promise<PermissionAnswer> {
    const { recorder, newId } = this.#deps;
    const requestId = newId();
    // Who allows a command has seen all of it: a summary may be its first line alone.
    const whole = request.access === 'execute' ? request.subject : summary;
    recorder.emit({ type: 'permission.asked', requestId, agentId, tool: request.tool, summary: whole });
    const allowed = await this.#answered<boolean>(
      requestId,
      (settle) => ({ kind: 'permission', settle }),
      ASK_TIMEOUT_MS,
      signal,
    );
    const by = allowed === undefined ? 'nobody' : 'person';
    recorder.emit({ type: 'permission.answered', requestId, allowed: allowed === true, by });
    if (allowed === true) return 'allow';
    return { deny: allowed === undefined ? NOBODY : DENIED };
  }

  /** The person's answer, else the default; undefined: neither is there. Without `timeoutMs` a person has all the time. */
  async question(
    asked: PersonQuestion,
    timeoutMs: number | undefined,
    signal: AbortSignal,
  ): Promise<string | null | undefined> {
    const { recorder, newId } = this.#deps;
    const requestId = newId();
    const { choices } = asked;
    recorder.emit({ type: 'question.asked', requestId, ...asked });
    const answer = await this.#answered<string>(
      requestId,
      (settle) => ({ kind: 'question', settle, ...(choices === undefined ? {} : { choices }) }),
      timeoutMs,
      signal,
    );
    const by = answer === undefined ? 'nobody' : 'person';
    const counts = answer ?? asked.default;
    recorder.emit({ type: 'question.answered', requestId, answer: counts ?? null, by });
    return counts;
  }

  /** Shows a question that an earlier attempt has had answered. */
  recall(asked: PersonQuestion, answer: string | null): void {
    const { recorder, newId } = this.#deps;
    const requestId = newId();
    recorder.emit({ type: 'question.asked', requestId, ...asked });
    recorder.emit({ type: 'question.answered', requestId, answer, by: 'journal' });
  }

  /** False when no such request is open. */
  answer(requestId: string, allow: boolean): boolean {
    const open = this.#open.get(requestId);
    if (open?.kind !== 'permission') return false;
    open.settle(allow);
    return true;
  }

  /** Null, or why that is no answer: one line for the person. */
  answerQuestion(requestId: string, answer: string): string | null {
    const open = this.#open.get(requestId);
    if (open?.kind !== 'question') return 'That question is no longer open.';
    const { choices } = open;
    if (choices && !choices.includes(answer)) return `Answer with one of: ${choices.join(', ')}.`;
    open.settle(answer);
    return null;
  }

  /** Undefined: nobody did in time, or nobody is there. */
  async #answered<T>(
    requestId: string,
    opened: (settle: (answer: T) => void) => Open,
    timeoutMs: number | undefined,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    if (!this.#deps.attended) return undefined;
    const over = new AbortController();
    const waits: Promise<T | undefined>[] = [
      new Promise<T>((resolve, reject) => {
        this.#open.set(requestId, opened(resolve));
        onAbort(over.signal, () => reject(new AbortError(over.signal.reason)));
      }),
    ];
    if (timeoutMs !== undefined) waits.push(this.#deps.clock.sleep(timeoutMs, over.signal).then(() => undefined));
    const listening = onAbort(signal, () => over.abort(signal.reason));
    try {
      return await Promise.race(waits);
    } catch {
      throw new AbortError(signal.reason);
    } finally {
      this.#open.delete(requestId);
      listening.dispose();
      over.abort();
      await Promise.allSettled(waits);
    }
  }
}
