import { lastWords, NO_GIT, type Git } from './git.ts';

/** A file as a commit has it. */
export type FileAt =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'binary' }
  /** The commit has no such file. */
  | { readonly kind: 'absent' }
  /** `message` says what is wrong and what to do. */
  | { readonly kind: 'unreadable'; readonly message: string };

/** One file that differs between two commits; `before` and `after` are its paths from the top, null where it is absent. */
export interface FilePair {
  readonly before: string | null;
  readonly after: string | null;
}

export type FilesBetween =
  | { readonly kind: 'read'; readonly files: readonly FilePair[] }
  | { readonly kind: 'unreadable'; readonly message: string };

/** An editor shows no larger ones in a diff. */
const MAX_BYTES = 32 * 1024 * 1024;

/** Reads a file from git's objects, whatever is checked out. `path` counts from the top of the repository. */
export async function fileAt(git: Git, cwd: string, commit: string, path: string): Promise<FileAt> {
  const result = await git({ args: ['cat-file', 'blob'], revisions: [`${commit}:${path}`], cwd, maxBytes: MAX_BYTES });
  switch (result.kind) {
    case 'no-git':
      return { kind: 'unreadable', message: NO_GIT };
    case 'ok':
      if (result.cut) return { kind: 'unreadable', message: `${path} is larger than 32 MB.` };
      return result.stdout.includes('\0') ? { kind: 'binary' } : { kind: 'text', text: result.stdout };
    case 'failed':
      return (await hasCommit(git, cwd, commit)) ? { kind: 'absent' } : gone(cwd, commit, result.stderr);
  }
}

/** Which files differ, renames found. */
export async function filesBetween(git: Git, cwd: string, base: string, commit: string): Promise<FilesBetween> {
  const args = ['diff-tree', '-r', '-z', '--name-status', '--find-renames', '--no-ext-diff'];
  const result = await git({ args, revisions: [base, commit], cwd });
  switch (result.kind) {
    case 'no-git':
      return { kind: 'unreadable', message: NO_GIT };
    case 'failed':
      return gone(cwd, commit, result.stderr);
    case 'ok':
      return { kind: 'read', files: parseNameStatus(result.stdout) };
  }
}

/** `M\0path\0`, and for renames and copies `R100\0from\0to\0`. */
function parseNameStatus(stdout: string): readonly FilePair[] {
  const fields = stdout.split('\0');
  const files: FilePair[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [status = '', path = ''] = fields.slice(at, at + 2);
    if (status.startsWith('A')) files.push({ before: null, after: path });
    else if (status.startsWith('D')) files.push({ before: path, after: null });
    else if (!/^[RC]/.test(status)) files.push({ before: path, after: path });
    else {
      files.push({ before: path, after: fields[at + 2] ?? null });
      at += 1;
    }
  }
  return files;
}

async function hasCommit(git: Git, cwd: string, commit: string): Promise<boolean> {
  return (await git({ args: ['cat-file', '-e'], revisions: [`${commit}^{commit}`], cwd })).kind === 'ok';
}

function gone(cwd: string, commit: string, stderr: string): { readonly kind: 'unreadable'; readonly message: string } {
  const why = `${cwd} does not have commit ${commit.slice(0, 9)} (${lastWords(stderr)}).`;
  return { kind: 'unreadable', message: `${why} Was the run's branch deleted, or the folder moved?` };
}
