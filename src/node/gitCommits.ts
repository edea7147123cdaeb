import type { ChangedFile } from '../protocol/change.ts';
import { MAX_DIFF_CHARS, type Commit } from '../workflow/worktrees.ts';
import { expectOk, type Git, type GitCall, type GitIdentity } from './git.ts';

/** Where a git call goes: a folder alone, or a git folder and a work tree that are named outright. */
export type GitWhere = Pick<GitCall, 'cwd' | 'gitDir' | 'workTree'>;

export const OWN_IDENTITY: GitIdentity = { name: 'Dynamic Workflows', email: 'workflows@localhost' };
const CUT_LINE = '[The diff goes on and is cut here; git holds the whole of it.]';

export interface CommitParts {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
}

/** What of it is set counts before what git knows. */
export type AskedIdentity = { readonly [Part in keyof GitIdentity]?: string | undefined };

interface CommitManner {
  readonly identity?: AskedIdentity;
  /** By the person's own key, which may wait for a passphrase: give a signal that ends. */
  readonly sign?: boolean;
}

/** Commits a tree by the person's own identity, or by ours where git knows none. No branch moves. */
export async function commitTree(
  git: Git,
  where: GitWhere,
  commit: CommitParts & CommitManner,
  signal?: AbortSignal,
): Promise<string> {
  const parents = commit.parents.flatMap((parent) => ['-p', parent]);
  const identity = await identityOf(git, where, commit.identity, signal);
  const input = `${withoutControls(commit.message).trim() || 'Change by a workflow'}\n`;
  const made = await git(
    {
      ...{ ...where, identity, input, asksNobody: commit.sign === true },
      args: ['commit-tree', ...(commit.sign ? ['-S'] : []), ...parents, '-F', '-'],
      revisions: [commit.tree],
    },
    signal,
  );
  return expectOk(made, 'committing').trim();
}

/** Git refuses a NUL; other control characters would act on the terminal of whoever reads the log. */
export function withoutControls(message: string): string {
  return message.replace(/(?![\n\t])\p{Cc}/gu, '');
}

export async function identityOf(
  git: Git,
  where: GitWhere,
  asked: AskedIdentity = {},
  signal?: AbortSignal,
): Promise<GitIdentity> {
  const known = await knownIdentity(git, where, signal);
  return { name: asked.name ?? known.name, email: asked.email ?? known.email };
}

async function knownIdentity(git: Git, where: GitWhere, signal?: AbortSignal): Promise<GitIdentity> {
  const result = await git({ ...where, args: ['config', '-z', '--get-regexp', '^user\\.(name|email)$'] }, signal);
  if (result.kind !== 'ok') return OWN_IDENTITY;
  const values = new Map(
    result.stdout.split('\0').map((entry): [string, string] => {
      const [key = '', ...value] = entry.split('\n');
      return [key, value.join('\n')];
    }),
  );
  const [name, email] = [values.get('user.name'), values.get('user.email')];
  return name && email ? { name, email } : OWN_IDENTITY;
}

export async function treeOf(git: Git, where: GitWhere, commit: string, signal?: AbortSignal): Promise<string> {
  return expectOk(
    await git({ ...where, args: ['rev-parse', '--verify'], revisions: [`${commit}^{tree}`] }, signal),
    'reading a commit',
  ).trim();
}

/** What `commit` changes against `base`; made from objects alone, so no file of a worktree is read. */
export async function compare(
  git: Git,
  where: GitWhere,
  base: string,
  commit: string,
  signal?: AbortSignal,
): Promise<Pick<Commit, 'files' | 'diff'>> {
  const diffTree = ['diff-tree', '-r', '-M', '--no-ext-diff', '--no-textconv', '--no-color', '--no-relative'];
  const revisions = [base, commit];
  const files = await git({ ...where, args: [...diffTree, '-z', '--raw', '--numstat'], revisions }, signal);
  const maxBytes = 4 * MAX_DIFF_CHARS;
  const diff = await git({ ...where, maxBytes, args: [...diffTree, '-p'], revisions }, signal);
  return { files: parseChangedFiles(expectOk(files, 'listing changes')), diff: cutDiff(expectOk(diff, 'comparing')) };
}

/** At most `MAX_DIFF_CHARS`, whole lines, the last of which tells of the cut. */
export function cutDiff(diff: string): string {
  if (diff.length <= MAX_DIFF_CHARS) return diff;
  const room = MAX_DIFF_CHARS - CUT_LINE.length - 1;
  return `${diff.slice(0, diff.lastIndexOf('\n', room - 1) + 1)}${CUT_LINE}\n`;
}

const STATUS: Readonly<Record<string, ChangedFile['status']>> = {
  A: 'added',
  D: 'deleted',
  R: 'renamed',
  M: 'modified',
  T: 'modified',
};

/**
 * `--raw --numstat -z`: first `:modes oids S` NUL path NUL (a rename: old NUL new NUL) of every file, then
 * `added TAB deleted TAB path NUL` (a rename: an empty path NUL old NUL new NUL); a binary file has dashes.
 */
export function parseChangedFiles(stdout: string): ChangedFile[] {
  const fields = stdout.split('\0');
  const statuses = new Map<string, ChangedFile['status']>();
  const files: ChangedFile[] = [];
  let at = 0;
  const next = (): string => fields[at++] ?? '';
  while (at < fields.length) {
    const field = next();
    const raw = /^:\d+ \d+ \S+ \S+ ([A-Z])\d*$/.exec(field);
    const counted = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(field);
    if (raw) {
      const path = next();
      statuses.set(raw[1] === 'R' ? next() : path, STATUS[raw[1] ?? ''] ?? 'modified');
    } else if (counted) {
      let path = counted[3] ?? '';
      if (path === '') [, path] = [next(), next()];
      files.push({
        path,
        status: statuses.get(path) ?? 'modified',
        additions: lines(counted[1]),
        deletions: lines(counted[2]),
      });
    }
  }
  return files;
}

const lines = (field: string | undefined): number => (field === undefined || field === '-' ? 0 : Number(field));
