import type { ChangedFile } from '../../protocol/change.ts';
import { compare } from '../../node/gitCommits.ts';
import type { ApplySource } from '../../workflow/apply/outcome.ts';
import { CommandError, EXIT } from '../commandError.ts';
import { paintFor } from '../followRun.ts';
import type { Io } from '../io.ts';
import { parseFlags } from '../parseFlags.ts';
import { changesOf, sourceNamed, type RunChanges } from '../runChanges.ts';
import { manyLines, type Look } from '../view/cells.ts';

const FLAGS = { stat: { type: 'boolean' }, json: { type: 'boolean' } } as const;

/** `dwf diff <runId> [change]`: what a change does, or all that landed, from git's objects. */
export async function diff(io: Io, argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('diff', argv, FLAGS);
  const [text, change, extra] = positionals;
  if (extra !== undefined) throw new CommandError(`"${extra}" is one too many. See: dwf diff --help`);
  const known = await changesOf(io, text, 'dwf diff <runId> [change]');
  const source = await sourceNamed(known, change);
  const { files } = await filesOf(known, source);
  if (values.json === true) {
    const { change: id, branch, base, commit } = source;
    const patch = values.stat === true ? {} : { diff: await patchOf(known, source) };
    io.stdout.write(`${JSON.stringify({ runId: source.runId, change: id, branch, base, commit, files, ...patch })}\n`);
  } else if (values.stat === true) io.stdout.write(files.map(statLine).join(''));
  else io.stdout.write(shown(io, await patchOf(known, source)));
  return EXIT.completed;
}

function filesOf({ git, run }: RunChanges, { base, commit }: ApplySource) {
  return asked(run.cwd, commit, () => compare(git, { cwd: run.cwd }, base, commit));
}

/** The whole of it, which `git apply` takes. */
async function patchOf({ git, run }: RunChanges, { base, commit }: ApplySource): Promise<string> {
  const options = ['--no-ext-diff', '--no-textconv', '--no-color', '--no-relative', '--binary', '--full-index'];
  const args = ['diff-tree', '-r', '-M', '-p', ...options];
  const made = await git({ cwd: run.cwd, args, revisions: [base, commit] });
  if (made.kind === 'ok') return made.stdout;
  throw gone(run.cwd, commit);
}

async function asked<T>(cwd: string, commit: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch {
    throw gone(cwd, commit);
  }
}

function gone(cwd: string, commit: string): CommandError {
  return new CommandError(
    `${cwd} does not have commit ${commit.slice(0, 9)}. Was the run's branch deleted, or the folder moved?`,
  );
}

function statLine({ path, status, additions, deletions }: ChangedFile): string {
  return `${status.padEnd(8)}  +${additions} -${deletions}  ${manyLines(path)}\n`;
}

/** For a person, coloured and with nothing that steers the terminal; for a program, to the letter. */
function shown(io: Io, patch: string): string {
  if (!io.stdout.isTerminal) return patch;
  const paint = paintFor(io);
  return manyLines(patch)
    .split('\n')
    .map((line) => {
      const look = lookOf(line);
      return look === null ? line : paint(line, look);
    })
    .join('\n');
}

function lookOf(line: string): Look | null {
  if (/^(diff |index |--- |\+\+\+ |new file|deleted file|rename |similarity )/.test(line)) return 'bold';
  if (line.startsWith('@@')) return 'dim';
  if (line.startsWith('+')) return 'good';
  return line.startsWith('-') ? 'bad' : null;
}
