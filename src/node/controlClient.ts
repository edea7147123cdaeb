import { createConnection, type Socket } from 'node:net';
import { controlAnswer, MAX_CONTROL_LINE, type ControlBody } from '../protocol/control.ts';
import { controlAddresses, isOurControlFolder } from './controlAddress.ts';
import { provePeer } from './controlPeer.ts';
import { isMissing } from './errno.ts';
import { newId } from './ids.ts';
import { parseJson, toLine } from './ndjson.ts';
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

/** Sends one command to the process that owns the run. */
export async function sendControl(
  run: ControlledRun,
  body: ControlBody,
  times: ControlTimes = TIMES,
): Promise<ControlOutcome> {
  const command = { ...body, runId: run.runId, commandId: newId() };
  const giveUpAt = Date.now() + times.connectMs;
  for (;;) {
    const owner = await ownerOf(run.dir);
    if (owner.kind !== 'held') return { kind: 'not-running', message: `Run ${run.runId} is not running.` };
    const connected = await connect(await controlAddresses(run.dir));
    if (connected !== null) {
      const answer = await askAs(connected, command, times.answerMs);
      if (answer.kind !== 'closed') return answer.kind === 'late' ? silent(run, owner.pid) : answer;
    }
    if (Date.now() > giveUpAt) return silent(run, owner.pid);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

function silent({ runId }: ControlledRun, pid: number): ControlOutcome {
  const end = process.platform === 'win32' ? `taskkill /F /PID ${pid}` : `kill -9 ${pid}`;
  const message = `Run ${runId}: its process does not answer (pid ${pid}). Stop it with \`${end}\`, then go on with \`dwf resume ${runId}\`: what has finished is kept.`;
  return { kind: 'silent', pid, message };
}

async function ownerOf(dir: string): Promise<Ownership> {
  try {
    return await ownershipOf(dir);
  } catch (error) {
    if (isMissing(error)) return { kind: 'free' };
    throw error;
  }
}

interface Connected {
  readonly address: string;
  readonly socket: Socket;
}

/** Sends it with what tells the owner which process this is. */
async function askAs({ address, socket }: Connected, command: object, answerMs: number): Promise<Heard> {
  const proven = await provePeer(address);
  try {
    return await ask(socket, toLine({ ...command, ...(proven.peer ? { peer: proven.peer } : {}) }), answerMs);
  } finally {
    await proven.close();
  }
}

/** Null where nobody listens. */
async function connect(addresses: readonly string[]): Promise<Connected | null> {
  for (const address of addresses) {
    if (!(await isOurControlFolder(address))) continue;
    const socket = await connectTo(address);
    if (socket !== null) return { address, socket };
  }
  return null;
}

function connectTo(address: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const peer = createConnection(address);
    peer.once('error', () => {
      peer.destroy();
      resolve(null);
    });
    peer.once('connect', () => resolve(peer));
  });
}

type Heard =
  | Extract<ControlOutcome, { readonly kind: 'accepted' | 'refused' }>
  /** The run ended at that moment, or its process did. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'late' };

/** Always closes the connection. */
function ask(peer: Socket, line: string, answerMs: number): Promise<Heard> {
  return new Promise((resolve) => {
    let text = '';
    const hear = (heard: Heard): void => {
      clearTimeout(timer);
      peer.destroy();
      resolve(heard);
    };
    const timer = setTimeout(() => hear({ kind: 'late' }), answerMs);
    peer.setEncoding('utf8');
    peer.on('error', () => hear({ kind: 'closed' }));
    peer.on('close', () => hear({ kind: 'closed' }));
    peer.on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end >= 0) hear(heardIn(text.slice(0, end)));
      else if (text.length > MAX_CONTROL_LINE) hear({ kind: 'closed' });
    });
    peer.write(line);
  });
}

function heardIn(line: string): Heard {
  const answer = controlAnswer.safeParse(parseJson(line));
  if (!answer.success) return { kind: 'closed' };
  const { error } = answer.data;
  return error === null ? { kind: 'accepted' } : { kind: 'refused', message: error };
}
