// @ts-check
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { performance } from 'node:perf_hooks';

/**
 * @typedef {object} Finished
 * @property {number} code What a shell would say: 128 + the signal's number for a killed process.
 * @property {string} output Standard output and error, in the order in which they came.
 * @property {number} ms
 */

/** @typedef {{cwd?: string, env?: NodeJS.ProcessEnv}} Where */

/** @typedef {Where & {onStart?: (pid: number) => void}} Start */

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/**
 * Runs a command to its end and keeps what it printed.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Start} [options]
 * @returns {Promise<Finished>}
 */
export function capture(command, args, { onStart, ...where } = {}) {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...where, stdio: ['ignore', 'pipe', 'pipe'], shell: needsShell(command) });
    own(child);
    if (child.pid !== undefined) onStart?.(child.pid);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => (output += text));
    }
    child.once('error', reject);
    child.once('close', (code, signal) =>
      resolve({ code: exitCode(code, signal), output, ms: performance.now() - started }),
    );
  });
}

/**
 * Runs a command that prints for itself.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Where} [where]
 * @returns {Promise<number>} Its exit code.
 */
export function show(command, args, where = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...where,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: needsShell(command),
    });
    own(child);
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(exitCode(code, signal)));
  });
}

/**
 * Becomes, as far as one process can, the given command: same terminal, same end. Signals that reach only us are
 * passed on; we go when the child has gone.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<never>}
 */
export function become(command, args, env = process.env) {
  return new Promise((_, reject) => {
    const child = spawn(command, args, { env, stdio: 'inherit' });
    // A terminal sends Ctrl-C to every process of the foreground, the child included. Passing it on as well would
    // make one keystroke look like two, and two mean "leave at once".
    const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
    process.on('SIGINT', () => onTerminal || child.kill('SIGINT'));
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    process.on('SIGHUP', () => child.kill('SIGHUP'));
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (signal === null) process.exit(code ?? 1);
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    });
  });
}

/**
 * Whoever is ended takes its children along, and waits for them.
 * @param {import('node:child_process').ChildProcess} child
 */
function own(child) {
  if (running.size === 0) for (const signal of endings) process.on(signal, endAll);
  running.add(child);
  child.once('close', () => {
    running.delete(child);
    if (running.size > 0) return;
    if (ended !== undefined) process.exit(exitCode(null, ended));
    for (const signal of endings) process.off(signal, endAll);
  });
}

/** @type {readonly NodeJS.Signals[]} */
const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** @type {NodeJS.Signals | undefined} */
let ended;

/** @param {NodeJS.Signals} signal */
function endAll(signal) {
  ended = signal;
  for (const child of running) child.kill('SIGTERM');
}

/**
 * @param {number | null} code
 * @param {NodeJS.Signals | null} signal
 */
function exitCode(code, signal) {
  return signal === null ? (code ?? 1) : 128 + constants.signals[signal];
}

/**
 * On Windows npm and its like are batch files, which only a shell starts.
 * @param {string} command
 */
function needsShell(command) {
  return process.platform === 'win32' && !command.endsWith('.exe');
}
