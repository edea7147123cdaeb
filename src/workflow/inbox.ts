import { AbortError, onAbort } from '../base/abort.ts';
import type { PermissionAnswer } from '../engine/toolRouter.ts';
import { PermissionQuestions, type Asking, type GivenAnswer, type PermissionDeps } from './permissionQuestions.ts';

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

/** `answer`: the person's, else the default; undefined: neither is there. */
export interface QuestionEnd {
  readonly by: 'person' | 'nobody';
  readonly answer: string | null | undefined;
}

interface Open {
  readonly settle: (answer: string) => void;
  readonly choices?: readonly string[];
}

/** What agents and the script of a run ask of a person, answered through commands, or by nobody. */
export class Inbox {
  readonly #deps: PermissionDeps;
  readonly #permissions: PermissionQuestions;
  readonly #open = new Map<string, Open>();

  constructor(deps: PermissionDeps) {
    this.#deps = deps;
    this.#permissions = new PermissionQuestions(deps);
  }

  ask(asking: Asking, signal: AbortSignal): Promise<PermissionAnswer> {
    return this.#permissions.ask(asking, signal);
  }

  /** Without `timeoutMs` a person has all the time; the time of a pause does not count. */
  async question(asked: PersonQuestion, timeoutMs: number | undefined, signal: AbortSignal): Promise<QuestionEnd> {
    const { recorder, newId } = this.#deps;
    const requestId = newId();
    const { choices } = asked;
    recorder.emit({ type: 'question.asked', requestId, ...asked });
    const answer = await this.#answered(
      requestId,
      (settle) => ({ settle, ...(choices === undefined ? {} : { choices }) }),
      timeoutMs,
      signal,
    );
    const by = answer === undefined ? 'nobody' : 'person';
    const counts = answer ?? asked.default;
    recorder.emit({ type: 'question.answered', requestId, answer: counts ?? null, by });
    return { by, answer: counts };
  }

  /** A person is there to be asked. */
  get attended(): boolean {
    return this.#deps.attended;
  }

  /** Shows a question that an earlier attempt has had answered. */
  recall(asked: PersonQuestion, answer: string | null): void {
    const { recorder, newId } = this.#deps;
    const requestId = newId();
    recorder.emit({ type: 'question.asked', requestId, ...asked });
    recorder.emit({ type: 'question.answered', requestId, answer, by: 'journal' });
  }

  /** Null, or why that is no answer: one line for the person. */
  answer(requestId: string, answer: GivenAnswer): string | null {
    return this.#permissions.answer(requestId, answer);
  }

  /** Null, or why that is no answer: one line for the person. */
  answerQuestion(requestId: string, answer: string): string | null {
    const open = this.#open.get(requestId);
    if (open === undefined) return 'That question is no longer open.';
    const { choices } = open;
    if (choices && !choices.includes(answer)) return `Answer with one of: ${choices.join(', ')}.`;
    open.settle(answer);
    return null;
  }

  /** Undefined: nobody did in time, or nobody is there. */
  async #answered(
    requestId: string,
    opened: (settle: (answer: string) => void) => Open,
    timeoutMs: number | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    if (!this.#deps.attended) return undefined;
    const over = new AbortController();
    const waits: Promise<string | undefined>[] = [
      new Promise<string>((resolve, reject) => {
        this.#open.set(requestId, opened(resolve));
        onAbort(over.signal, () => reject(new AbortError(over.signal.reason)));
      }),
    ];
    if (timeoutMs !== undefined) waits.push(this.#deps.runTime.sleep(timeoutMs, over.signal).then(() => undefined));
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
