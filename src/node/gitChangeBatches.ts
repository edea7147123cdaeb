import type {
  ChangeBatches,
  CommitPair,
  CommitStep,
  FileEntry,
  LandedCommit,
  SignedCommits,
  TreeEntry,
} from '../workflow/landing/changeBatches.ts';
import { changesNamedIn } from '../workflow/landing/message.ts';
import type { Committer } from './commits/committer.ts';
import { expectOk, type Git, type GitIdentity } from './git.ts';
import { identityOf, withoutControls } from './gitCommits.ts';

/** Never there: the commits are made on it and it is deleted before git writes any ref. */
const NO_REF = 'refs/dynamic-workflows/landing';
const FOLDER = '040000';

/** Of whoever the commits are to be by. */
export type LandingCommitter = Pick<Committer, 'identity' | 'signs' | 'commit'>;

/** Many commits with one process of git each way: a process costs more than what a small commit takes. */
export function createChangeBatches(git: Git, committer?: LandingCommitter): ChangeBatches {
  return {
    entriesBetween: (cwd, pairs) => entriesBetween(git, cwd, pairs),
    commitSteps: async (cwd, onto, steps) =>
      commitSteps(git, cwd, onto, steps, await identityOf(git, { cwd }, committer?.identity)),
    ...(committer?.signs === true ? { sign: signer(git, committer) } : {}),
    landedOn: (cwd, base, tip) => landedOn(git, cwd, base, tip),
  };
}

async function entriesBetween(git: Git, cwd: string, pairs: readonly CommitPair[]): Promise<TreeEntry[][]> {
  const asked = pairs.filter(({ from, to }) => from !== to);
  if (asked.length === 0) return pairs.map(() => []);
  const args = [
    'diff-tree',
    '--stdin',
    '--always',
    '-r',
    '-z',
    '--raw',
    '--no-renames',
    '--no-abbrev',
    '--no-relative',
  ];
  // A commit followed by others is compared with those, as if they were its parents.
  const input = asked.map(({ from, to }) => `${to} ${from}\n`).join('');
  const found = parseEntries(expectOk(await git({ cwd, args, input }), 'comparing commits'));
  if (found.length !== asked.length) throw new Error('Git did not compare all of the commits that it was asked for.');
  return pairs.map((pair) => found[asked.indexOf(pair)] ?? []);
}

/** For each commit its name NUL, then `:mode mode oid oid S` NUL path NUL of each file that differs. */
function parseEntries(stdout: string): TreeEntry[][] {
  const commits: TreeEntry[][] = [];
  const fields = stdout.split('\0');
  for (let at = 0; at < fields.length; at += 1) {
    const field = fields[at] ?? '';
    const raw = /^:(\d+) (\d+) ([0-9a-f]+) ([0-9a-f]+) /.exec(field);
    if (raw) {
      const [, before = '', after = '', oldId = '', newId = ''] = raw;
      const path = fields[(at += 1)] ?? '';
      commits.at(-1)?.push({ path, before: entryOf(before, oldId), after: entryOf(after, newId) });
    } else if (field !== '') commits.push([]);
  }
  return commits;
}

const entryOf = (mode: string, oid: string): FileEntry | null => (/^0+$/.test(mode) ? null : { mode, oid });

async function commitSteps(
  git: Git,
  cwd: string,
  onto: string,
  steps: readonly CommitStep[],
  who: GitIdentity,
): Promise<readonly string[]> {
  if (steps.length === 0) return [];
  const input = [
    'feature done\n',
    ...steps.map((step, i) => commitCommand(step, i + 1, i === 0 ? onto : `:${i}`, who)),
    `reset ${NO_REF}\nfrom ${'0'.repeat(onto.length)}\n\ndone\n`,
  ].join('');
  // Where the file system takes two names for one, git would take two files for one.
  const args = ['-c', 'core.ignoreCase=false', 'fast-import', '--quiet', '--date-format=now'];
  const commits = expectOk(await git({ cwd, args, input }), 'committing what lands')
    .split('\n')
    .filter(Boolean);
  if (commits.length !== steps.length) throw new Error('Git did not commit all that it was to land.');
  return commits;
}

/** One after the other, since each names the one before it, and because keys ask for one passphrase at a time. */
function signer(git: Git, committer: LandingCommitter): NonNullable<ChangeBatches['sign']> {
  return async (cwd, onto, commits, signal): Promise<SignedCommits> => {
    const signed: string[] = [];
    for (const commit of commits) {
      const message = expectOk(
        await git({ cwd, args: ['log', '-1', '--format=%B'], revisions: [commit] }),
        'reading a commit to sign',
      );
      const parts = { tree: `${commit}^{tree}`, parents: [signed.at(-1) ?? onto], message };
      const made = await committer.commit({ cwd }, parts, signal);
      if (made.unsigned !== undefined) return { commits, unsigned: made.unsigned };
      signed.push(made.commit);
    }
    return { commits: signed };
  };
}

function commitCommand(step: CommitStep, mark: number, from: string, { name, email }: GitIdentity): string {
  const who = `${forHeader(name)} <${forHeader(email)}> now`;
  const message = `${withoutControls(step.message).trim()}\n`;
  return [
    `commit ${NO_REF}\nmark :${mark}\nauthor ${who}\ncommitter ${who}\n`,
    `data ${Buffer.byteLength(message)}\n${message}`,
    `from ${from}\n`,
    'tree' in step ? `M ${FOLDER} ${step.tree} \n` : fileCommands(step.entries),
    `\nget-mark :${mark}\n`,
  ].join('');
}

/** Deletions first: one of a file would else take the folder away that has come in its place. */
function fileCommands(entries: readonly TreeEntry[]): string {
  const gone = entries.filter(({ after }) => after === null).map(({ path }) => `D ${quoted(path)}\n`);
  const there = entries.flatMap(({ path, after }) => (after ? [`M ${after.mode} ${after.oid} ${quoted(path)}\n`] : []));
  return [...gone, ...there].join('');
}

const quoted = (path: string): string => `"${path.replace(/["\\]/g, (sign) => `\\${sign}`).replace(/\n/g, '\\n')}"`;

/** What ends a name in a commit's header. */
const forHeader = (text: string): string => text.replace(/[<>\n\0]/g, '').trim();

async function landedOn(git: Git, cwd: string, base: string, tip: string): Promise<readonly LandedCommit[]> {
  const args = ['rev-list', '--first-parent', '--no-commit-header', '--format=%H%x00%B%x00'];
  const fields = expectOk(await git({ cwd, args, revisions: [`${base}..${tip}`] }), 'reading what has landed').split(
    '\0',
  );
  const commits: LandedCommit[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    commits.push({ commit: (fields[at] ?? '').trim(), brings: changesNamedIn(fields[at + 1] ?? '') });
  }
  return commits;
}
