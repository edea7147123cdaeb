// Run as a process of its own: `node leash.ts FOLDER COMMAND ARGS…`. It starts the command and ends it, with all
// that the command started, as soon as its own standard input closes; then it deletes FOLDER. The input is a pipe
// from whoever needs the command, and the system closes it however that process ends, `kill -9` included: so an
// editor never outlives its test.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';

const graceMs = 4000;

const [folder, command, ...args] = process.argv.slice(2);
if (folder === undefined || command === undefined) throw new Error('Usage: leash.ts FOLDER COMMAND ARGS…');

// A detached child leads a process group, which can be signalled as a whole.
const child = spawn(command, args, { detached: true, stdio: ['ignore', 'inherit', 'inherit'] });

child.once('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
child.once('exit', (code) => {
  process.exitCode = code ?? 1;
});
child.once('close', () => {
  signalGroup('SIGKILL');
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit();
});

process.stdin.resume().once('close', () => {
  signalGroup('SIGTERM');
  setTimeout(() => signalGroup('SIGKILL'), graceMs).unref();
});

function signalGroup(signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is empty: all of it has gone already.
  }
}
