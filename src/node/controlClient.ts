import { controlAnswer, type ControlBody } from '../protocol/control.ts';
import { controlAddresses } from './controlAddress.ts';
import { isMissing } from './errno.ts';
import { newId } from './ids.ts';
import { askLine, connectLine, type HeardLine } from './lineClient.ts';
import { parseJson } from './ndjson.ts';
import { isSession } from './runFiles.ts';
import { ownershipOf, type Ownership } from './runLock.ts';

/** What came of a command to a run of another process. `message`: what is wrong and what to do, in one line. */
export type ControlOutcome =
  | { readonly kind: 'accepted' }
  /** By the run itself. */
  | { readonly kind: 'refused'; readonly message: string }
  /** No process has it. */
  | { readonly kind: 'not-running'; readonly message: string }
  /** A process has it and does not answer; the command may still reach it. */
  | { readonly kind: 'silent'; readonly pid: number; readonly message: string };

interface ControlledRun {
  readonly runId: string;
  /** Absolute: its folder. */
  readonly dir: string;
}

interface ControlTimes {
  /** A run that begins has an owner before it listens. */
  readonly connectMs: number;
  readonly answerMs: number;
}

const TIMES: ControlTimes = { connectMs: 2_000, answerMs: 5_000 };
const RETRY_MS = 50;

/** Sends one command to the process that owns the run or session. */
export async function sendControl(
  run: ControlledRun,
  body: ControlBody,
  times: ControlTimes = TIMES,
): Promise<ControlOutcome> {
  const command = { ...body, runId: run.runId, commandId: newId() };
  const giveUpAt = Date.now() + times.connectMs;
  for (;;) {
    const owner = await ownerOf(run.dir);
    if (owner.kind !== 'held') return { kind: 'not-running', message: notRunning(run) };
    const connected = await connectLine(await controlAddresses(run.dir));
    if (connected !== null) {
      const answer = heardOf(await askLine(connected, command, times.answerMs));
      if (answer.kind !== 'closed') return answer.kind === 'late' ? silent(run, owner.pid) : answer;
    }
    if (Date.now() > giveUpAt) return silent(run, owner.pid);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

function notRunning({ runId, dir }: ControlledRun): string {
  if (!isSession(dir)) return `Run ${runId} is not running.`;
  return `The session ${runId} is not open: go on with \`dwf chat --session ${runId}\`.`;
}

function silent({ runId, dir }: ControlledRun, pid: number): ControlOutcome {
  const [what, goOn] = isSession(dir)
    ? [`The session ${runId}`, `dwf chat --session ${runId}`]
    : [`Run ${runId}`, `dwf resume ${runId}`];
  const end = process.platform === 'win32' ? `taskkill /F /PID ${pid}` : `kill -9 ${pid}`;
  const message = `${what}: its process does not answer (pid ${pid}). Stop it with \`${end}\`, then go on with \`${goOn}\`: what has finished is kept.`;
  return { kind: 'silent', pid, message };
}

/** Whose a run's folder is; one that is gone is nobody's. */
export async function ownerOf(dir: string): Promise<Ownership> {
  try {
    return await ownershipOf(dir);
  } catch (error) {
    if (isMissing(error)) return { kind: 'free' };
    throw error;
  }
}

function heardOf(heard: HeardLine): Heard {
  return heard.kind === 'line' ? heardIn(heard.text) : heard;
}

type Heard =
  | Extract<ControlOutcome, { readonly kind: 'accepted' | 'refused' }>
  /** The run ended at that moment, or its process did. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'late' };

function heardIn(line: string): Heard {
  const answer = controlAnswer.safeParse(parseJson(line));
  if (!answer.success) return { kind: 'closed' };
  const { error } = answer.data;
  return error === null ? { kind: 'accepted' } : { kind: 'refused', message: error };
}
