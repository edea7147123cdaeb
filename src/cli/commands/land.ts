import { join } from 'node:path';
import { landLater, type LaterDeps } from '../../node/apply/landLater.ts';
import type { CommitSettings } from '../../node/commits/commitSettings.ts';
import type { DecidedChange } from '../../projection/decisions.ts';
import type { Landing } from '../../protocol/change.ts';
import type { OutsideChange } from '../../workflow/apply/landOutside.ts';
import { CommandError, EXIT } from '../commandError.ts';
import { COMMIT_FLAGS, commitsFrom } from '../commitFlags.ts';
import type { Io } from '../io.ts';
import { parseFlags } from '../parseFlags.ts';
import { homeOf } from '../places.ts';
import { changeNamed, changesOf, interruptible, refuseAgents, type RunChanges } from '../runChanges.ts';
import { manyLines, oneLine } from '../view/cells.ts';
import { confirm } from '../confirm.ts';

const FLAGS = {
  verify: { type: 'string' },
  yes: { type: 'boolean', short: 'y' },
  json: { type: 'boolean' },
  'sign-commits': COMMIT_FLAGS['sign-commits'],
  'commit-author': COMMIT_FLAGS['commit-author'],
} as const;

/** `dwf land <runId> <change>`: a change of a run that is over joins what landed, on the person's word. */
export async function land(io: Io, argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('land', argv, FLAGS);
  const [text, named, extra] = positionals;
  const usage = 'dwf land <runId> <change>';
  if (extra !== undefined) throw new CommandError(`"${extra}" is one too many. See: dwf land --help`);
  refuseAgents();
  const commits = commitsFrom(values);
  const known = await changesOf(io, text, usage);
  const { runId } = known.run;
  if (named === undefined) throw new CommandError(`Name a change: ${usage}. \`dwf changes ${runId}\` lists them.`);
  const change = changeNamed(known, named);
  await checkWanted(io, change, { yes: values.yes === true, json: values.json === true });
  const { base } = known.source;
  if (base === null) throw new CommandError(`Run ${runId} began in no repository, so nothing of it can land.`);
  const { cwd, manifest } = known.run;
  const about = {
    ...{ runId, cwd, base: base.commit, change, changes: realChanges(known) },
    ...{ verify: values.verify, worktree: manifest.worktree },
  };
  const { deps, close } = await laterDeps(io, known, commits);
  const landing = (signal: AbortSignal) => landLater(deps, known.place, about, signal);
  const done = await interruptible(io, landing).finally(close);
  if (done.kind === 'running')
    throw new CommandError(
      `Run ${runId} is running, in process ${done.pid}, and lands by itself. Wait for its end, or: dwf stop ${runId}`,
    );
  return tell(io, { runId, change, landing: done.landing, json: values.json === true });
}

/** The person takes the place of the review; they are told when there was none. */
async function checkWanted(
  io: Io,
  change: DecidedChange,
  { yes, json }: { readonly yes: boolean; readonly json: boolean },
): Promise<void> {
  const label = oneLine(change.label);
  if (change.outcome === 'landed') throw new CommandError(`${label} has landed already: ${change.why}.`);
  if (change.standing === 'empty') throw new CommandError(`${label} changes nothing, so there is nothing to land.`);
  if (change.standing === 'discarded')
    throw new CommandError(`${label} is discarded. Bring it back first: dwf discard … --undo`);
  if (change.approved === true || yes) return;
  const what = change.approved === null ? 'no review has seen it' : 'its review did not approve it';
  if (json || !io.canAsk) throw new CommandError(`${label}: ${what}. Give --yes to land it all the same.`);
  if (!(await confirm(io, `${label}: ${what}. Land it all the same?`))) throw new CommandError('Nothing was changed.');
}

/** Without the empty ones: their commit is their base, on which others stand as well. */
function realChanges({ changes }: RunChanges): readonly OutsideChange[] {
  const real = changes.filter(({ files }) => files.length > 0);
  return real.map(({ id, label, base, commit, outcome }) => {
    return { base, commit, name: `${id} (${oneLine(label)})`, landed: outcome === 'landed' };
  });
}

/** Its command finds the worktree as agents do: with what the repository needs to be worked in. */
async function laterDeps(
  io: Io,
  { deps }: RunChanges,
  settings: CommitSettings,
): Promise<{ readonly deps: LaterDeps; readonly close: () => Promise<void> }> {
  const [
    { createGitWorktrees },
    { createGate },
    { createCommands },
    { createCommitter },
    { readyWorktrees },
    { createPortRanges },
    { createWorktreeVariables },
    { createFileLocks },
  ] = await Promise.all([
    import('../../node/gitWorktrees.ts'),
    import('../../node/gate.ts'),
    import('../../node/shell.ts'),
    import('../../node/commits/committer.ts'),
    import('../../node/ready/readyWorktrees.ts'),
    import('../../node/ready/portRanges.ts'),
    import('../../node/ready/worktreeVariables.ts'),
    import('../../node/fileLock.ts'),
  ]);
  const [home, gate] = [homeOf(io), createGate()];
  const variables = createWorktreeVariables(createPortRanges(join(home, 'ports'), createFileLocks()));
  const inner = createGitWorktrees({ home, git: deps.git, gate });
  const worktrees = readyWorktrees(inner, { git: deps.git, gate, variables });
  const commands = createCommands({ env: io.env, home, variablesOf: (root) => variables.of(root) });
  const tell = (note: string): void => io.stderr.write(manyLines(`${note}\n`));
  const committer = createCommitter({ git: deps.git, commands, settings });
  return { deps: { ...deps, worktrees, commands, committer, tell }, close: () => inner.close() };
}

function tell(
  io: Io,
  about: { readonly runId: string; readonly change: DecidedChange; readonly landing: Landing; readonly json: boolean },
): number {
  const { runId, change, landing, json } = about;
  const said = words(landing, oneLine(change.label), runId);
  if (json) io.stdout.write(`${JSON.stringify({ runId, change: change.id, landing })}\n`);
  else (landing.status === 'landed' ? io.stdout : io.stderr).write(manyLines(`${said}\n`));
  return landing.status === 'landed' ? EXIT.completed : EXIT.failed;
}

function words(landing: Landing, label: string, runId: string): string {
  switch (landing.status) {
    case 'landed':
      return `${label} landed: ${landing.commit.slice(0, 8)} on ${landing.branch}. Take it over: dwf apply ${runId}`;
    case 'conflict':
      return landing.log ?? `${label} did not land: it conflicts in ${landing.conflicts.join(', ')}.`;
    case 'verify-failed':
      return `${label} did not land: the command failed on the merged tree.\n${landing.log}`;
    case 'unreviewed':
      return `${label} did not land: no review approved it.`;
    case 'discarded':
      return `${label} did not land: it is discarded.`;
    case 'empty':
      return `${label} did not land: it changes nothing.`;
  }
}
