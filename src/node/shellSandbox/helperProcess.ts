import { fork, type ChildProcess } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { agentEnvironment, type Environment } from '../agentEnvironment.ts';
import { signalGroup } from '../processGroup.ts';
import type { FileRules } from './fileRules.ts';
import type { FoundSandbox } from './findSandbox.ts';
import { fromHelper, type FromHelper, type ToHelper } from './messages.ts';

export type Wrapped =
  | { readonly kind: 'wrapped'; readonly command: string; done(): void }
  | { readonly kind: 'failed'; readonly why: string };

/** The process that makes sandboxes, under way. */
export interface HelperProcess {
  wrap(shell: string, command: string, rules: FileRules): Promise<Wrapped>;
  /** It has ended; whoever needs one starts another. */
  readonly ended: boolean;
  close(): Promise<void>;
}

export interface HelperOptions {
  readonly found: Extract<FoundSandbox, { readonly kind: 'found' }>;
  readonly allowedDomains: readonly string[];
  /** Path of a ripgrep, which the library wants. */
  readonly ripgrep: string;
  readonly env: Environment;
}

/** From the sources it is a file beside this one; a bundle has it in its own folder. */
const bundled = !import.meta.url.endsWith('.ts');
const PROGRAM = new URL(bundled ? './shellSandboxHelper.js' : './helper.ts', import.meta.url);
const END_MS = 3_000;

/** Throws with a clause that says what is wrong when it cannot make sandboxes. */
export async function startHelper(options: HelperOptions): Promise<HelperProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'dynamic-workflows-sandbox-'));
  try {
    const applySeccomp = await placeSeccomp(folder);
    const cwd = join(folder, 'empty');
    await mkdir(cwd);
    const child = fork(fileURLToPath(PROGRAM), [], {
      cwd,
      // The editor's own program is no Node unless it is told to be.
      env: { ...agentEnvironment(options.env), ELECTRON_RUN_AS_NODE: '1' },
      execArgv: [],
      // A Ctrl-C in the terminal is for the run, which still ends its commands; and its group has all that it started.
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const helper = new Helper(child, folder);
    const { bwrap, socat } = options.found;
    const { ripgrep, allowedDomains } = options;
    await helper.start({ kind: 'start', allowedDomains: [...allowedDomains], bwrap, socat, ripgrep, applySeccomp });
    return helper;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * What blocks sockets, where a command sees it and cannot write it. A package may have lost the right to execute it on
 * its way here.
 */
async function placeSeccomp(folder: string): Promise<string | null> {
  if (process.platform !== 'linux') return null;
  const source = bundled
    ? fileURLToPath(new URL(`./apply-seccomp-${process.arch}`, import.meta.url))
    : join(
        dirname(createRequire(import.meta.url).resolve('@anthropic-ai/sandbox-runtime')),
        '../vendor/seccomp',
        process.arch,
        'apply-seccomp',
      );
  const target = join(folder, 'apply-seccomp');
  await copyFile(source, target);
  await chmod(target, 0o500);
  return target;
}

type Answer = Extract<FromHelper, { readonly id: number }>;

class Helper implements HelperProcess {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #exited: Promise<void>;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #onStart: (why: string | null) => void = () => undefined;
  #lastId = 0;
  ended = false;

  constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    this.#exited = new Promise((resolve) => {
      const over = (): void => {
        this.#over();
        resolve();
      };
      child.once('exit', over);
      child.once('error', over);
    });
    child.on('message', (message) => this.#hear(message));
    // It is there for commands, which keep this process alive themselves.
    child.unref();
    child.channel?.unref();
  }

  async start(message: ToHelper): Promise<void> {
    const started = new Promise<string | null>((resolve) => (this.#onStart = resolve));
    this.#child.channel?.ref();
    this.#send(message);
    const why = await started;
    this.#child.channel?.unref();
    if (why === null) return;
    await this.close();
    throw new Error(why);
  }

  async wrap(shell: string, command: string, rules: FileRules): Promise<Wrapped> {
    if (this.ended) return { kind: 'failed', why: ENDED };
    const id = ++this.#lastId;
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    if (this.#waiting.size === 1) this.#child.channel?.ref();
    this.#send({ kind: 'wrap', id, shell, command, rules: copyOf(rules) });
    const answer = await answered;
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#child.channel?.unref();
    if (answer.kind === 'failed') return { kind: 'failed', why: answer.why };
    return { kind: 'wrapped', command: answer.command, done: () => this.#send({ kind: 'ended', id }) };
  }

  async close(): Promise<void> {
    if (!this.ended) {
      this.#child.ref();
      if (this.#child.connected) this.#child.disconnect();
      const late = setTimeout(() => this.#child.kill('SIGKILL'), END_MS);
      await this.#exited;
      clearTimeout(late);
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  #send(message: ToHelper): void {
    // One that is ending says so by its exit.
    if (!this.ended && this.#child.connected) this.#child.send(message, () => undefined);
  }

  #hear(message: unknown): void {
    const parsed = fromHelper.safeParse(message);
    if (!parsed.success) return;
    const said = parsed.data;
    if (said.kind === 'ready') this.#onStart(null);
    else if (said.kind === 'unusable') this.#onStart(said.why);
    else this.#waiting.get(said.id)?.(said);
  }

  #over(): void {
    this.ended = true;
    if (this.#child.pid !== undefined && process.platform !== 'win32') signalGroup(this.#child.pid, 'SIGKILL');
    this.#onStart(ENDED);
    for (const [id, answer] of this.#waiting) answer({ kind: 'failed', id, why: ENDED });
  }
}

const ENDED = 'the process that makes sandboxes has ended';

function copyOf(rules: FileRules) {
  return {
    allowWrite: [...rules.allowWrite],
    denyWrite: [...rules.denyWrite],
    denyRead: [...rules.denyRead],
    allowRead: [...rules.allowRead],
  };
}
