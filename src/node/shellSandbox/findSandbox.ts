import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Environment } from '../agentEnvironment.ts';
import { neverBegan, STARTS } from './neverBegan.ts';

/** What confines commands on this system, or why nothing does. */
export type FoundSandbox =
  | { readonly kind: 'found'; readonly bwrap: string | null; readonly socat: string | null }
  /** A clause: what is missing, and then what a person can do about it. */
  | { readonly kind: 'missing'; readonly why: string; readonly remedy: string };

/** Of folders that are named in full: one of the working directory's could hold an agent's program of that name. */
export function programOnPath(name: string, env: Environment): string | null {
  const folders = (env['PATH'] ?? '').split(delimiter).filter(isAbsolute);
  return folders.map((folder) => join(folder, name)).find(existsSync) ?? null;
}

export async function findSandbox(env: Environment, platform = process.platform): Promise<FoundSandbox> {
  switch (platform) {
    case 'linux':
      return findBubblewrap(env);
    case 'darwin':
      return existsSync('/usr/bin/sandbox-exec')
        ? { kind: 'found', bwrap: null, socat: null }
        : { kind: 'missing', why: 'this system has no sandbox-exec', remedy: '' };
    default:
      return { kind: 'missing', why: 'there is none for this system', remedy: 'Inside WSL there is one.' };
  }
}

async function findBubblewrap(env: Environment): Promise<FoundSandbox> {
  const [bwrap, socat] = [programOnPath('bwrap', env), programOnPath('socat', env)];
  if (bwrap === null || socat === null) {
    const names = [...(bwrap === null ? ['bubblewrap'] : []), ...(socat === null ? ['socat'] : [])];
    const why = `${names.join(' and ')} ${names.length > 1 ? 'are' : 'is'} not installed`;
    return { kind: 'missing', why, remedy: `Install: sudo apt install ${names.join(' ')} (or the like).` };
  }
  if (process.arch !== 'x64' && process.arch !== 'arm64')
    return { kind: 'missing', why: `nothing blocks sockets on ${process.arch}`, remedy: '' };
  const problem = await tryBubblewrap(bwrap);
  if (problem === null) return { kind: 'found', bwrap, socat };
  const why = `bubblewrap does not work here (${problem})`;
  return { kind: 'missing', why, remedy: 'The system must allow user namespaces; many containers do not.' };
}

const TRY_MS = 10_000;

/** Installed is not enough: a container or a hardened system may forbid it. Null: it works. */
async function tryBubblewrap(bwrap: string): Promise<string | null> {
  for (let start = 1; ; start += 1) {
    const { code, said } = await startBubblewrap(bwrap);
    if (code === 0) return null;
    if (start === STARTS || !neverBegan(code, said)) return said.trim() || `exit code ${code ?? 'none'}`;
  }
}

function startBubblewrap(bwrap: string): Promise<{ readonly code: number | null; readonly said: string }> {
  const namespaces = ['--unshare-user', '--unshare-pid', '--unshare-net', '--die-with-parent'];
  const files = ['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc'];
  const child = spawn(bwrap, [...namespaces, ...files, '--', '/bin/sh', '-c', ':'], {
    env: {},
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: TRY_MS,
    killSignal: 'SIGKILL',
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(0, 300)));
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, said: error.message }));
    child.once('close', (code) => resolve({ code, said }));
  });
}
