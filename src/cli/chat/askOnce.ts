import { newId } from '../../node/ids.ts';
import type { Event } from '../../protocol/messages.ts';
import type { RunEnd, RunStatus } from '../../protocol/run.ts';
import type { TurnEnd } from '../../protocol/session.ts';
import { EXIT } from '../commandError.ts';
import type { Interrupts } from '../interrupts.ts';
import type { Io } from '../io.ts';
import { manyLines } from '../view/cells.ts';
import type { ChatDoor } from './chatDoor.ts';

/** What `dwf chat -p` prints with `--json`. */
interface Answered {
  readonly sessionId: string;
  /** `stopped`: its last turn was interrupted, or the session was stopped. `refused`: it was a command that could not be done. */
  readonly status: 'completed' | 'degraded' | 'failed' | 'stopped' | 'refused';
  /** The agent's last answer; null: it gave none. */
  readonly answer: string | null;
  readonly message: string | null;
  readonly runs: readonly {
    readonly runId: string;
    readonly workflowName: string;
    readonly status: RunStatus | null;
  }[];
}

/**
 * One prompt without a person: stays until nothing is under way any more, the runs it started and the answers to their
 * ends included, and prints the last answer.
 */
export async function askOnce(
  io: Io,
  { engine, sessionId, say }: ChatDoor,
  { prompt, json }: { readonly prompt: string; readonly json: boolean },
  interrupts: Interrupts,
): Promise<number> {
  const heard = new Heard((text) => io.stderr.write(`${manyLines(text)}\n`));
  const listening = engine.subscribe(sessionId, 1, (batch) => batch.forEach((event) => heard.take(event)));
  const stop = new AbortController();
  interrupts.handle(
    () => {
      engine.dispatch({ type: 'run.stop', runId: sessionId, commandId: newId() });
      stop.abort();
    },
    () => undefined,
  );
  say(prompt);
  try {
    await engine.idle(sessionId, stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    listening.dispose();
  }
  const answered = heard.answered(sessionId, stop.signal.aborted);
  if (json) io.stdout.write(`${JSON.stringify(answered)}\n`);
  else if (answered.answer !== null) io.stdout.write(`${manyLines(answered.answer)}\n`);
  if (answered.message !== null) io.stderr.write(`${manyLines(answered.message).trimEnd()}\n`);
  return exitCode(answered.status);
}

function exitCode(status: Answered['status']): number {
  switch (status) {
    case 'completed':
      return EXIT.completed;
    case 'failed':
      return EXIT.failed;
    case 'degraded':
      return EXIT.degraded;
    case 'stopped':
      return EXIT.interrupted;
    case 'refused':
      return EXIT.refused;
  }
}

/** What of a session's events its outcome is made of. */
class Heard {
  readonly #tell: (text: string) => void;
  readonly #runs = new Map<string, { workflowName: string; status: RunStatus | null }>();
  #last: TurnEnd | null = null;
  #answer: string | null = null;
  #told: { readonly text: string; readonly refused?: true } | null = null;
  #end: RunEnd | null = null;

  constructor(tell: (text: string) => void) {
    this.#tell = tell;
  }

  take(event: Event): void {
    switch (event.type) {
      case 'turn.ended':
        this.#last = event.end;
        if (event.end.kind === 'done') this.#answer = event.end.text;
        return;
      case 'session.told':
        this.#told = event;
        return;
      case 'workflow.launched':
        this.#runs.set(event.launchedRunId, { workflowName: event.workflowName, status: null });
        this.#tell(`Workflow ${event.workflowName} has begun: dwf show ${event.launchedRunId}`);
        return;
      case 'workflow.ended': {
        const run = this.#runs.get(event.launchedRunId);
        if (run) run.status = event.status;
        this.#tell(`Workflow ${run?.workflowName ?? event.launchedRunId}: ${event.status}`);
        return;
      }
      case 'run.ended':
        this.#end = event.end;
        return;
      case 'logged':
        if (event.level !== 'info') this.#tell(event.message);
        return;
      default:
    }
  }

  answered(sessionId: string, stopped: boolean): Answered {
    const runs = [...this.#runs].map(([runId, run]) => ({ runId, ...run }));
    const degraded = runs.some(({ status }) => status !== 'completed');
    const problem = stopped ? ({ status: 'stopped', message: null } as const) : this.#problem();
    const { status, message } = problem ?? { status: degraded ? 'degraded' : 'completed', message: null };
    // A command, such as /help, is answered by the program and not by the agent.
    const told = this.#told?.refused ? null : (this.#told?.text ?? null);
    return { sessionId, status, answer: this.#answer ?? told, message, runs };
  }

  /** Why what was asked is not done; null: it is. */
  #problem(): Pick<Answered, 'status' | 'message'> | null {
    const [end, last, told] = [this.#end, this.#last, this.#told];
    if (end !== null && 'message' in end) return end;
    if (last?.kind === 'failed') return { status: 'failed', message: last.message };
    if (last?.kind === 'interrupted') return { status: 'stopped', message: 'Interrupted.' };
    return told?.refused ? { status: 'refused', message: told.text } : null;
  }
}
