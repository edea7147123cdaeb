import { clip } from '../base/text.ts';
import * as z from 'zod';
import {
  MAX_CONTROL_LINE,
  controlCommand,
  controlPeer,
  controlWatch,
  type ControlAnswer,
  type ControlPeer,
  type ControlWatch,
} from '../protocol/control.ts';
import { refusalOf } from '../workflow/refusalOf.ts';
import type { Runtime } from '../workflow/runtime.ts';
import { controlAddresses } from './controlAddress.ts';
import { peerProblem } from './controlPeer.ts';
import { openLineServer, type LineAnswer } from './lineServer.ts';
import { parseJson } from './ndjson.ts';
import { watchFor } from './watchFor.ts';

type Controlled = Pick<Runtime, 'dispatch' | 'subscribe' | 'listen'>;

/** Where other processes of the same person steer a run of this one. */
export interface ControlSocket {
  readonly address: string;
  /** Nobody reaches it any more when this returns; answers under way still go out. */
  close(): void;
}

/** A run of this process, as others reach it. */
export interface ReachableRun {
  readonly runId: string;
  readonly dir: string;
  /** Whether others may answer what is asked in it. Default: only who has the run before them here. */
  readonly takesAnswers?: boolean;
}

/**
 * Listens for the run in `dir`, which this process must own: what is left there of a dead owner is replaced. Throws
 * what the file system says when nowhere can be listened. It keeps no process alive.
 */
export async function openControlSocket(runtime: Controlled, run: ReachableRun): Promise<ControlSocket> {
  let address = '';
  const server = await openLineServer({
    addresses: await controlAddresses(run.dir),
    onAddress: (tried) => (address = tried),
    answer: (line) => answerTo(runtime, run, address, line),
    tooLong: refused(null, `A command is a line of at most ${MAX_CONTROL_LINE} characters.`),
  });
  return { address, close: () => server.close() };
}

const sentLine = z.looseObject({ peer: z.exactOptional(controlPeer) });
const sentType = z.looseObject({ type: z.literal('watch') });

function answerTo(runtime: Controlled, run: ReachableRun, address: string, line: string): LineAnswer {
  const sent = sentLine.safeParse(parseJson(line));
  const { peer = null, ...message } = sent.data ?? {};
  if (sent.success && sentType.safeParse(message).success) return watched(runtime, run, address, { message, peer });
  return { said: obeyed(runtime, run, address, { message: sent.success ? message : null, peer }) };
}

interface Sent {
  readonly message: unknown;
  readonly peer: ControlPeer | null;
}

function obeyed(runtime: Controlled, run: ReachableRun, address: string, { message, peer }: Sent): ControlAnswer {
  const parsed = controlCommand.safeParse(message);
  if (!parsed.success) return refused(null, unknown('command that can come', parsed.error));
  const { commandId, runId, type } = parsed.data;
  if (runId !== run.runId) return refused(commandId, `Here is run ${run.runId}, and not ${runId}.`);
  const isAnswer = type === 'permission.answer' || type === 'question.answer';
  if (isAnswer && run.takesAnswers !== true)
    return refused(commandId, 'This is answered where the run is: in the window or terminal that has it.');
  const problem = peerProblem(address, type, peer);
  if (problem !== null) return refused(commandId, problem);
  try {
    return refused(commandId, refusalOf(runtime, parsed.data));
  } catch (error) {
    // A bug of ours must not end the run of whoever sent the command.
    return refused(commandId, `It failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function watched(runtime: Controlled, { runId }: ReachableRun, address: string, { message, peer }: Sent): LineAnswer {
  const parsed = controlWatch.safeParse(message);
  if (!parsed.success) return { said: refused(null, unknown('wish to watch that can come', parsed.error)) };
  const watch: ControlWatch = parsed.data;
  if (watch.runId !== runId) return { said: refused(null, `Here is run ${runId}, and not ${watch.runId}.`) };
  const problem = peerProblem(address, 'session.say', peer);
  if (problem !== null) return { said: refused(null, problem) };
  return { said: refused(null, null), stays: (watcher) => watchFor(runtime, watch, watcher) };
}

/** What is wrong with it, for whoever sent it. */
export function unknown(what: string, { issues: [issue] }: z.ZodError): string {
  const where = issue === undefined ? '' : ` (${[...issue.path.map(String), issue.message].join(': ')})`;
  return clip(`This is no ${what} from outside${where}.`, 500);
}

/** `error` null: it is not refused. */
function refused(commandId: string | null, error: string | null): ControlAnswer {
  return { commandId, error };
}
