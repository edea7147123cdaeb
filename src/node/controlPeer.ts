import { randomBytes } from 'node:crypto';
import { readdirSync, readlinkSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Command } from '../protocol/messages.ts';
import type { ControlPeer } from '../protocol/control.ts';
import type { ServeRequest } from '../protocol/serve.ts';
import { FILE_MODE } from './ndjson.ts';
import { isMarked, parentOf } from './strayProcesses.ts';

// A command of an agent runs as the same person, so that no file and no token keeps it from the socket of its own run.
// In the sandbox it has no sockets at all. Without one, the owner looks who it is that raises a cap or steers an agent:
// the process says its number and proves it by a file that it holds open, and neither it nor any of its ancestors may
// carry the mark of a command. That is a hurdle and no border: a process that forks twice and clears its environment
// passes, as does whatever can make another program of the person's act for it. Only on Linux can it be looked up; elsewhere
// no answer to a question is taken from outside.

type Sent = Command['type'] | ServeRequest['type'];

/** They only end or hold things or say how they stand, and must work when all else does not. */
const ALWAYS_TAKEN: ReadonlySet<Sent> = new Set<Sent>(['run.stop', 'run.pause', 'serve.stop', 'serve.status']);

/** They allow an agent what it asked for: not without a look at who says so. */
const NEVER_UNSEEN: ReadonlySet<Sent> = new Set<Sent>(['permission.answer', 'question.answer']);

export interface ProvenPeer {
  /** What is said of it with a command; null where nobody could look. */
  readonly peer: ControlPeer | null;
  close(): Promise<void>;
}

/** This process, as the owner who listens at `address` can look it up until it is closed. */
export async function provePeer(address: string): Promise<ProvenPeer> {
  if (process.platform !== 'linux') return { peer: null, close: () => Promise.resolve() };
  const proof = `${basename(address)}.peer-${process.pid}-${randomBytes(8).toString('hex')}`;
  const path = join(dirname(address), proof);
  const file = await open(path, 'wx', FILE_MODE).catch(() => null);
  // A full disk: it can still be stopped.
  if (file === null) return { peer: null, close: () => Promise.resolve() };
  return {
    peer: { pid: process.pid, proof },
    close: async () => {
      await file.close();
      await rm(path, { force: true });
    },
  };
}

/** Why a command of this peer is not taken; null: it is. */
export function peerProblem(address: string, type: Sent, peer: ControlPeer | null): string | null {
  if (ALWAYS_TAKEN.has(type)) return null;
  if (process.platform !== 'linux') return NEVER_UNSEEN.has(type) ? UNSEEN : null;
  if (peer === null || !holds(peer.pid, join(dirname(address), peer.proof))) return UNKNOWN;
  return isOfAgent(peer.pid) ? AN_AGENTS : null;
}

const UNKNOWN = 'It cannot be told which process this comes from. Use the `dwf` of the same version as the run has.';
const UNSEEN =
  'This system does not say who answers. Answer where the run is, or begin it with rules that allow what it needs.';
const AN_AGENTS = 'This comes from a command of an agent. Agents do not steer runs; a person does, from elsewhere.';

function holds(pid: number, path: string): boolean {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).some((fd) => linkOf(join(folder, fd)) === path);
  } catch {
    return false;
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

/** Whether a process is a command of an agent, or was started by one, as far as that can be looked up. */
export function isOfAgent(pid: number): boolean {
  return lineOf(pid).some((one) => isMarked(one));
}

/** More ancestors than any process has. */
const MAX_LINE = 1_000;

/** The process and its ancestors. */
function lineOf(pid: number): readonly number[] {
  const line: number[] = [];
  for (let one: number | null = pid; one !== null && one > 0 && line.length < MAX_LINE; one = parentOf(one))
    line.push(one);
  return line;
}
