import { spawn } from 'node:child_process';
import { isAbort, onAbort, throwIfAborted } from '../../base/abort.ts';
import { DisposableStore } from '../../base/disposable.ts';
import { headline } from '../../base/text.ts';
import type { ApplySource, ProposalForecast, ProposeOutcome } from '../../workflow/apply/outcome.ts';
import type { Environment } from '../agentEnvironment.ts';
import { errnoOf } from '../errno.ts';
import { lastWords, NO_GIT, type Git, type GitResult } from '../git.ts';
import type { ApplyDeps, RunPlace } from './applyDeps.ts';
import { noteDecision } from './decisionLog.ts';

// A pull request by `gh`, GitHub's own program, with the person's own log-in: nothing of it is read here, and of what `gh`
// says only an address, or the line that says why not, goes any further.

export interface ProposeRequest {
  readonly run: RunPlace;
  readonly cwd: string;
  readonly source: ApplySource;
  readonly title: string;
  readonly body: string;
  /** The branch it shall go into; null: the repository's default. */
  readonly into: string | null;
  /** The person's whole environment, for `gh` alone. */
  readonly environment: Environment;
}

const WOULD_PUBLISH =
  'The run began on a snapshot of your uncommitted files, and a pull request would publish them. Apply or merge it instead.';

/** Whether it can be done, and where it would go; pushes nothing. */
export async function forecastProposal(
  { git }: ApplyDeps,
  request: ProposeRequest,
  signal: AbortSignal,
): Promise<ProposalForecast> {
  const { cwd, source } = request;
  if (source.onSnapshot) return { kind: 'failed', message: WOULD_PUBLISH };
  const problem = await whyNoGh((args) => runGh({ ...request, args, input: '' }, signal));
  if (problem !== null) return { kind: 'failed', message: problem };
  const remote = await remoteOf(git, cwd, signal);
  if (remote === null) {
    return { kind: 'failed', message: `${cwd} has no remote to push to. Add one: git remote add origin URL` };
  }
  const known = request.into !== null && (await remoteHas(git, cwd, remote, request.into, signal));
  return { kind: 'possible', branch: source.branch, remote, into: known ? request.into : null };
}

/**
 * Pushes the branch under its own name and opens a pull request for it. Before the push an abort rejects; from then on it
 * stops what may wait for the network for ever, and the outcome says what is out already.
 */
export async function proposeChanges(
  deps: ApplyDeps,
  request: ProposeRequest,
  signal: AbortSignal,
): Promise<ProposeOutcome> {
  const { run, cwd, source, title, body } = request;
  const { branch, change } = source;
  const forecast = await forecastProposal(deps, request, signal);
  if (forecast.kind !== 'possible') return forecast;
  const { remote, into } = forecast;
  // Without force: what somebody else has pushed there is not overwritten.
  const args = ['push', '--quiet', remote, `refs/heads/${branch}:refs/heads/${branch}`];
  throwIfAborted(signal);
  // It is the person's push: a guard of theirs has its say, and Git LFS uploads in such a hook what the pointers point to.
  const pushed = await unlessAborted(deps.git({ cwd, args, ownHooks: true }, signal));
  if (pushed === null) {
    const message = `Interrupted: no pull request is opened, but the branch ${branch} may be on ${remote} already.`;
    return { kind: 'failed', message };
  }
  if (pushed.kind !== 'ok') {
    const why = pushed.kind === 'no-git' ? NO_GIT : withoutSecrets(whyNotPushed(pushed));
    return { kind: 'failed', message: `The branch ${branch} could not be pushed to ${remote}: ${why}` };
  }
  const base = into === null ? [] : ['--base', into];
  const create = ['pr', 'create', '--head', branch, ...base, '--title', headline(title, 120), '--body-file', '-'];
  const made = await unlessAborted(runGh({ ...request, args: create, input: body }, signal));
  if (made === null) {
    const message = `Interrupted: ${branch} is pushed to ${remote}, and its pull request may be open. Look: gh pr list --head ${branch}`;
    return { kind: 'failed', message };
  }
  const url = /https?:\/\/\S+\/pull\/\d+/.exec(made.stdout)?.[0];
  if (made.exitCode !== 0 || url === undefined) {
    const why = withoutSecrets(lastWords(made.stderr));
    return { kind: 'failed', message: `${branch} is pushed to ${remote}, but gh opened no pull request: ${why}` };
  }
  await noteDecision(deps.locks, run.dir, { type: 'proposed', change, branch, url });
  return { kind: 'proposed', url, branch, remote };
}

/** Git says no word of a hook that refuses: then nothing is rejected, and all else that was said is the hook's. */
function whyNotPushed({ stdout, stderr }: Extract<GitResult, { readonly kind: 'failed' }>): string {
  const failed = /^error: failed to push some refs .*$/m;
  if (!failed.test(stderr) || /^ ! \[/m.test(stderr)) return lastWords(stderr);
  return `the repository's hook pre-push refused it: ${lastWords(`${stdout}\n${stderr.replace(failed, '')}`)}`;
}

async function unlessAborted<T>(running: Promise<T>): Promise<T | null> {
  try {
    return await running;
  } catch (error) {
    if (isAbort(error)) return null;
    throw error;
  }
}

async function whyNoGh(gh: (args: readonly string[]) => Promise<Ran>): Promise<string | null> {
  if ((await gh(['--version'])).exitCode !== 0) {
    return 'A pull request needs `gh`, the GitHub command line, on the PATH (https://cli.github.com). Or merge the branch.';
  }
  return (await gh(['auth', 'status'])).exitCode === 0
    ? null
    : '`gh` is not logged in. Run `gh auth login`, then try again.';
}

/** Where the current branch goes, else `origin`, else the only one there is. */
async function remoteOf(git: Git, cwd: string, signal: AbortSignal): Promise<string | null> {
  const listed = await git({ cwd, args: ['remote'] }, signal);
  const remotes = listed.kind === 'ok' ? listed.stdout.split('\n').filter((name) => name !== '') : [];
  const current = await git({ cwd, args: ['symbolic-ref', '--quiet', '--short', 'HEAD'] }, signal);
  const branch = current.kind === 'ok' ? current.stdout.trim() : '';
  const set = branch === '' ? null : await git({ cwd, args: ['config', '--get', `branch.${branch}.remote`] }, signal);
  const own = set?.kind === 'ok' ? set.stdout.trim() : '';
  if (remotes.includes(own)) return own;
  if (remotes.includes('origin')) return 'origin';
  return remotes.length === 1 ? (remotes[0] ?? null) : null;
}

async function remoteHas(git: Git, cwd: string, remote: string, branch: string, signal: AbortSignal): Promise<boolean> {
  const ref = `refs/remotes/${remote}/${branch}`;
  return (await git({ cwd, args: ['rev-parse', '--verify', '--quiet', ref] }, signal)).kind === 'ok';
}

/** A remote's address may hold a password, and a program may quote its token. */
function withoutSecrets(text: string): string {
  return text.replace(/:\/\/[^/\s@]+@/g, '://***@').replace(/\b(gh[a-z]_|github_pat_)\w+/g, '***');
}

interface Ran {
  /** Null: it was not started, or a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const MAX_OUTPUT = 64 * 1024;

/** Rejects with AbortError on abort, after the process has ended. */
async function runGh(
  call: {
    readonly cwd: string;
    readonly environment: Environment;
    readonly args: readonly string[];
    readonly input: string;
  },
  signal: AbortSignal,
): Promise<Ran> {
  throwIfAborted(signal);
  const owned = new DisposableStore();
  const child = spawn('gh', call.args, {
    cwd: call.cwd,
    env: {
      ...call.environment,
      GH_PROMPT_DISABLED: '1',
      GH_NO_UPDATE_NOTIFIER: '1',
      NO_COLOR: '1',
      GIT_TERMINAL_PROMPT: '0',
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  owned.add(onAbort(signal, () => child.kill('SIGKILL')));
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      if (said[name].length < MAX_OUTPUT) said[name] += text;
    });
  }
  // It may end without having read a word.
  child.stdin.on('error', () => undefined);
  child.stdin.end(call.input);
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once('error', (error) => (errnoOf(error) === null ? reject(error) : resolve(null)));
      child.once('close', (code) => resolve(code));
    });
    throwIfAborted(signal);
    return { exitCode, ...said };
  } catch (error) {
    if (isAbort(error)) throw error;
    return { exitCode: null, ...said, stderr: error instanceof Error ? error.message : String(error) };
  } finally {
    owned.dispose();
  }
}
