import { AbortError, onAbort, throwIfAborted } from '../base/abort.ts';
import { decide } from '../engine/decide.ts';
import { fittingRules } from '../engine/fittingRules.ts';
import { isInside, relativeTo } from '../engine/insidePath.ts';
import type { PermissionPolicy, PermissionRequest, RuleText } from '../engine/permission.ts';
import type { Clock } from '../engine/ports.ts';
import type { PermissionAnswer } from '../engine/toolRouter.ts';
import type { EventBody, PermissionScope } from '../protocol/messages.ts';
import type { Recorder } from './recorder.ts';

const NOBODY = 'Nobody is there to allow it. Do without it, or say in your answer what you would have needed.';
const DENIED = 'The person denied it.';

/** A person who does not answer for so long has gone: that call is denied, and its agent goes on without it. */
const ASK_TIMEOUT_MS = 10 * 60_000;

export interface PermissionDeps {
  readonly recorder: Recorder;
  /** The run's own: nobody is late while the run stands still. */
  readonly runTime: Pick<Clock, 'sleep'>;
  readonly newId: () => string;
  /** False: nobody is there, and every request is denied at once. */
  readonly attended: boolean;
  readonly timeoutMs?: number | undefined;
  /** The run's own list of what is allowed: every agent's policy holds this one, so that what is added counts at once. */
  readonly allow: RuleText[];
  /** Adds rules to the project's settings; null when it has, else why not. Absent: no answer outlives the run. */
  readonly keepRules?: ((rules: readonly RuleText[]) => Promise<string | null>) | undefined;
}

export interface Asking {
  /** An agent's id, or what else asks, in words. */
  readonly asker: string;
  readonly request: PermissionRequest;
  readonly summary: string;
  /** By which it was judged. */
  readonly policy: PermissionPolicy;
  /** A hook wants a person to answer: no rule does. */
  readonly mustAsk?: boolean;
}

/** What a person says to a request. */
export interface GivenAnswer {
  readonly allow: boolean;
  readonly scope?: PermissionScope | undefined;
  readonly reason?: string | undefined;
}

interface Verdict {
  readonly answer: PermissionAnswer;
  /** The end of adding the rules to the settings, for the one who tells what came of it. */
  readonly kept?: Promise<string | null>;
}

interface Waiter {
  readonly asking: Asking;
  readonly settle: (verdict: Verdict) => void;
}

interface Question {
  readonly requestId: string;
  readonly key: string;
  readonly rules: readonly RuleText[];
  /** In the order in which they asked. */
  readonly waiters: Set<Waiter>;
  /** Ends its clock. */
  readonly over: AbortController;
  /** Its clock has run out or was ended. */
  expiry: Promise<void>;
}

/** Requests for permission of a run's agents: the same request is one question, however many ask. */
export class PermissionQuestions {
  readonly #deps: PermissionDeps;
  readonly #open = new Map<string, Question>();

  constructor(deps: PermissionDeps) {
    this.#deps = deps;
  }

  /** Rejects with AbortError when the signal fires; an answer that is not there in time is a denial. */
  async ask(asking: Asking, signal: AbortSignal): Promise<PermissionAnswer> {
    throwIfAborted(signal);
    const question = this.#questionFor(asking);
    if (question === null) return { deny: NOBODY };
    const { answer, kept } = await this.#verdict(question, asking, signal);
    await question.expiry;
    const problem = await kept;
    throwIfAborted(signal);
    if (typeof problem === 'string') {
      const message = `${problem} What you allowed holds for this run.`;
      this.#deps.recorder.emit({ type: 'logged', level: 'warning', message });
    }
    return answer;
  }

  /** Null, or why that is no answer: one line for the person. */
  answer(requestId: string, { allow, scope = 'once', reason }: GivenAnswer): string | null {
    const question = this.#open.get(requestId);
    if (question === undefined) return 'That request is no longer open.';
    if (!allow) {
      const why = reason?.trim() ?? '';
      const told = why === '' ? {} : { reason: why };
      this.#close(question, { allowed: false, by: 'person', ...told }, { answer: { deny: denial(why) } });
      return null;
    }
    if (scope === 'once') {
      this.#close(question, { allowed: true, by: 'person', scope }, { answer: 'allow' });
      return null;
    }
    const { rules } = question;
    const { keepRules } = this.#deps;
    if (rules.length === 0) return 'No rule stands for exactly this request: it can be allowed once only.';
    if (scope === 'always' && keepRules === undefined) return 'Here it can be allowed for this run at most.';
    const kept = scope === 'always' && keepRules ? { kept: keepRules(rules) } : {};
    this.#deps.allow.push(...rules);
    this.#close(question, { allowed: true, by: 'person', scope }, { answer: 'allow', ...kept });
    this.#closeCovered();
    return null;
  }

  #questionFor(asking: Asking): Question | null {
    const { recorder, newId, attended } = this.#deps;
    const { asker, request, policy } = asking;
    const whole = wholeOf(asking);
    // In another folder the same words do something else; every worktree is its agent's own.
    const { cwd, ...asked } = request;
    const where = cwd === undefined ? null : shownFolder(cwd, policy);
    const key = JSON.stringify([asked, where, whole, policy.ownsRoot ? null : policy.root]);
    const same = [...this.#open.values()].find((one) => one.key === key);
    if (same) {
      recorder.emit({ type: 'permission.joined', requestId: same.requestId, agentId: asker });
      return same;
    }
    const requestId = newId();
    const rules = attended ? fittingRules(policy, request) : [];
    const offer = rules.length === 0 ? {} : { rules };
    recorder.emit({
      ...{ type: 'permission.asked', requestId, agentId: asker, tool: request.tool, summary: whole },
      ...offer,
      ...(request.launch === undefined ? {} : { launch: request.launch }),
    });
    if (attended) return this.#begin(requestId, key, rules);
    recorder.emit({ type: 'permission.answered', requestId, allowed: false, by: 'nobody' });
    return null;
  }

  #begin(requestId: string, key: string, rules: readonly RuleText[]): Question {
    const over = new AbortController();
    const { runTime, timeoutMs = ASK_TIMEOUT_MS } = this.#deps;
    const question: Question = { requestId, key, rules, waiters: new Set(), over, expiry: Promise.resolve() };
    this.#open.set(requestId, question);
    question.expiry = runTime.sleep(timeoutMs, over.signal).then(
      () => this.#close(question, { allowed: false, by: 'nobody' }, { answer: { deny: NOBODY } }),
      () => undefined,
    );
    return question;
  }

  async #verdict(question: Question, asking: Asking, signal: AbortSignal): Promise<Verdict> {
    let listening: { dispose(): void } | undefined;
    try {
      return await new Promise<Verdict>((resolve, reject) => {
        const waiter: Waiter = { asking, settle: resolve };
        question.waiters.add(waiter);
        listening = onAbort(signal, () => {
          this.#withdraw(question, waiter);
          reject(new AbortError(signal.reason));
        });
      });
    } catch (error) {
      if (question.waiters.size === 0) await question.expiry;
      throw error;
    } finally {
      listening?.dispose();
    }
  }

  #withdraw(question: Question, waiter: Waiter): void {
    if (!question.waiters.delete(waiter)) return;
    const { requestId } = question;
    this.#deps.recorder.emit({ type: 'permission.withdrawn', requestId, agentId: waiter.asking.asker });
    if (question.waiters.size > 0) return;
    this.#open.delete(requestId);
    question.over.abort();
  }

  /** One answer serves all who ask; the first of them tells what came of its rules. */
  #close(question: Question, told: Omit<Answered, 'type' | 'requestId'>, verdict: Verdict): void {
    const { requestId, waiters, over } = question;
    this.#open.delete(requestId);
    over.abort();
    this.#deps.recorder.emit({ type: 'permission.answered', requestId, ...told });
    const [first, ...others] = waiters;
    waiters.clear();
    first?.settle(verdict);
    for (const { settle } of others) settle({ answer: verdict.answer });
  }

  /** What was just added to the rules may answer other questions too. */
  #closeCovered(): void {
    for (const question of this.#open.values()) {
      if ([...question.waiters].every(({ asking }) => isCovered(asking)))
        this.#close(question, { allowed: true, by: 'rule' }, { answer: 'allow' });
    }
  }
}

function isCovered({ policy, request, mustAsk = false }: Asking): boolean {
  return !mustAsk && decide(policy, request).kind === 'allow';
}

type Answered = Extract<EventBody, { readonly type: 'permission.answered' }>;

/** Who allows something has seen all of it: a summary may be a command's first line alone. */
function wholeOf({ request, summary, policy }: Asking): string {
  switch (request.access) {
    case 'execute': {
      const { cwd, subject, detail } = request;
      const where = cwd === undefined ? [] : [`In the folder ${shownFolder(cwd, policy)}`];
      return [subject, ...where, ...(detail === undefined ? [] : [detail])].join('\n\n');
    }
    case 'network':
      return request.detail === undefined ? request.subject : `${request.subject}\n\n${request.detail}`;
    case 'read':
    case 'write':
    case 'tool':
      return request.detail ?? summary;
  }
}

/** In every worktree the same, for it is to be one question. */
function shownFolder(cwd: string, { root }: PermissionPolicy): string {
  return isInside(root, cwd) ? relativeTo(root, cwd).slice(1) || '.' : cwd;
}

function denial(reason: string): string {
  return reason === '' ? DENIED : `${DENIED} Their reason: ${reason}`;
}
