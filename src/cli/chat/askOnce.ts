import { newId } from '../../node/ids.ts';
import type { Event } from '../../protocol/messages.ts';
import type { RunStatus } from '../../protocol/run.ts';
import type { TurnEnd } from '../../protocol/session.ts';
import { EXIT } from '../commandError.ts';
import type { Interrupts } from '../interrupts.ts';
import type { Io } from '../io.ts';
import { manyLines, oneLine } from '../view/cells.ts';
import type { ChatDoor } from './chatDoor.ts';

/** What `dwf chat -p` prints with `--json`. */
interface Answered {
  readonly sessionId: string;
  readonly status: 'completed' | 'degraded' | 'failed' | 'stopped';
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
  if (answered.message !== null && !json) io.stderr.write(`${oneLine(answered.message)}\n`);
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
  }
}

/** What of a session's events its outcome is made of. */
class Heard {
  readonly #tell: (text: string) => void;
  readonly #runs = new Map<string, { workflowName: string; status: RunStatus | null }>();
  #last: TurnEnd | null = null;
  #answer: string | null = null;
  #told: string | null = null;

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
        this.#told = event.text;
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
      case 'logged':
        if (event.level !== 'info') this.#tell(event.message);
        return;
      default:
    }
  }

  answered(sessionId: string, stopped: boolean): Answered {
    const runs = [...this.#runs].map(([runId, run]) => ({ runId, ...run }));
    const message = this.#last?.kind === 'failed' ? this.#last.message : null;
    const degraded = runs.some(({ status }) => status !== 'completed');
    const status = stopped ? 'stopped' : message !== null ? 'failed' : degraded ? 'degraded' : 'completed';
    // A command, such as /help, is answered by the program and not by the agent.
    return { sessionId, status, answer: this.#answer ?? this.#told, message, runs };
  }
}
