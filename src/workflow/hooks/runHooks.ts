import { isAbort, throwIfAborted } from '../../base/abort.ts';
import { settleAll } from '../../base/settleAll.ts';
import { hookAnswer, type HookAnswer } from '../../engine/hooks/hookAnswer.ts';
import { hookMatches, type HookEvent, type HookResult, type HookRule } from '../../engine/hooks/hookRule.ts';
import type { PermissionMode } from '../../protocol/run.ts';
import type { HookSource } from './hookPort.ts';

export interface RunHooksOptions {
  readonly rules: readonly HookRule[];
  /** Absent: there are no rules either. */
  readonly source: Pick<HookSource, 'run'> | undefined;
  readonly cwd: string;
  readonly runId: string;
  readonly runDir: string;
  readonly workflowName: string;
  readonly permissionMode: PermissionMode;
  /** Each key once a run. */
  readonly warnOnce: (key: string, message: string) => void;
}

/** What all hooks of one event say together. */
export interface HookVerdict {
  /** One says no, and that counts. */
  readonly block?: string;
  readonly permission?: 'allow' | 'ask';
  readonly input?: Readonly<Record<string, unknown>>;
  readonly contexts: readonly string[];
}

const NOTHING: HookVerdict = { contexts: [] };

/** The hooks of one run: calls those that an event is about, side by side, and joins what they say. */
export class RunHooks {
  readonly #options: RunHooksOptions;
  /** Of events that nobody waits for: they took too long once, and would only hold up the others. */
  readonly #hung = new Set<HookRule>();

  constructor(options: RunHooksOptions) {
    this.#options = options;
  }

  has(event: HookEvent): boolean {
    return this.#options.rules.some((rule) => rule.event === event);
  }

  /**
   * `subject` is what matchers look at; null: the event has none. A hook that fails counts for nothing, and is one
   * warning a run. Rejects with AbortError on abort.
   */
  async fire(
    event: HookEvent,
    subject: string | null,
    about: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<HookVerdict> {
    const rules = this.#rulesOf(event, subject);
    if (rules.length === 0) return NOTHING;
    throwIfAborted(signal);
    const input = JSON.stringify({ ...this.#common(event), ...about });
    const answers = await settleAll(rules.map((rule) => this.#ask(rule, input, signal)));
    return joined(answers);
  }

  #rulesOf(event: HookEvent, subject: string | null): readonly HookRule[] {
    const named = this.#options.rules.filter((rule) => rule.event === event && !this.#hung.has(rule));
    const about = named.filter((rule) => {
      const matches = subject === null || hookMatches(rule.matcher, subject);
      if (matches === null) this.#warn(rule, 'has a matcher that is no regular expression, and is not called');
      return matches === true;
    });
    // The same command in several files is meant once.
    return about.filter((rule, at) => about.findIndex(({ command }) => command === rule.command) === at);
  }

  async #ask(rule: HookRule, input: string, signal: AbortSignal): Promise<HookAnswer> {
    const result = await this.#run(rule, input, signal);
    if (result.kind === 'timed-out' && OBSERVED.has(rule.event)) this.#hung.add(rule);
    const answer = hookAnswer(rule.event, result);
    if (answer.problem !== undefined) this.#warn(rule, `${answer.problem}; it counts for nothing`);
    if (answer.message !== undefined)
      this.#options.warnOnce(`${rule.name}: ${answer.message}`, `${rule.name} says: ${answer.message}`);
    return answer;
  }

  /** The boundary at which a broken adapter becomes a failed hook. */
  async #run({ command, timeoutMs }: HookRule, input: string, signal: AbortSignal): Promise<HookResult> {
    const { source, cwd } = this.#options;
    if (source === undefined) return { kind: 'not-started', problem: 'commands cannot run here' };
    try {
      return await source.run({ command, cwd, input, timeoutMs }, signal);
    } catch (error) {
      if (isAbort(error)) throw error;
      return { kind: 'not-started', problem: error instanceof Error ? error.message : String(error) };
    }
  }

  #warn({ name }: HookRule, what: string): void {
    this.#options.warnOnce(`hook:${name}`, `The hook ${name} ${what}.`);
  }

  /** What every hook is told; the names are those that people's hooks read elsewhere. */
  #common(event: HookEvent): Readonly<Record<string, unknown>> {
    const { runId, runDir, workflowName, cwd, permissionMode } = this.#options;
    return {
      session_id: runId,
      hook_event_name: event,
      cwd,
      permission_mode: permissionMode === 'bypass' ? 'bypassPermissions' : permissionMode,
      run_id: runId,
      run_dir: runDir,
      workflow_name: workflowName,
    };
  }
}

const OBSERVED: ReadonlySet<HookEvent> = new Set(['PhaseStart', 'AgentEnd']);

function joined(answers: readonly HookAnswer[]): HookVerdict {
  const blocks = answers.flatMap(({ block }) => (block === undefined ? [] : [block]));
  const permissions = new Set(answers.map(({ permission }) => permission));
  const permission = permissions.has('ask') ? 'ask' : permissions.has('allow') ? 'allow' : undefined;
  const input = answers.map((answer) => answer.input).findLast((changed) => changed !== undefined);
  return {
    contexts: answers.flatMap(({ context }) => (context === undefined ? [] : [context])),
    ...(blocks.length === 0 ? {} : { block: blocks.join('\n') }),
    ...(permission === undefined ? {} : { permission }),
    ...(input === undefined ? {} : { input }),
  };
}
