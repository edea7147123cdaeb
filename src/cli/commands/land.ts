import { landLater } from '../../node/apply/landLater.ts';
import type { DecidedChange } from '../../projection/decisions.ts';
import type { Landing } from '../../protocol/change.ts';
import { outsideChanges } from '../../workflow/apply/landOutside.ts';
import { landingWords, unapprovedWords } from '../../workflow/apply/landWords.ts';
import { CommandError, EXIT } from '../commandError.ts';
import { COMMIT_FLAGS, commitsFrom } from '../commitFlags.ts';
import type { Io } from '../io.ts';
import { parseFlags } from '../parseFlags.ts';
import { homeOf } from '../places.ts';
import { changeNamed, changesOf, interruptible, refuseAgents } from '../runChanges.ts';
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
    ...{ runId, cwd, base: base.commit, change, changes: outsideChanges(known.changes) },
    ...{ verify: values.verify, worktree: manifest.worktree },
  };
  const { openLaterDeps } = await import('../../node/apply/laterDeps.ts');
  const tellNote = (note: string): void => io.stderr.write(manyLines(`${note}\n`));
  const { deps, close } = openLaterDeps(known.deps, { home: homeOf(io), env: io.env, commits, tell: tellNote });
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
  const what = unapprovedWords(change.approved);
  if (what === null || yes) return;
  if (json || !io.canAsk) throw new CommandError(`${label}: ${what}. Give --yes to land it all the same.`);
  if (!(await confirm(io, `${label}: ${what}. Land it all the same?`))) throw new CommandError('Nothing was changed.');
}

function tell(
  io: Io,
  about: { readonly runId: string; readonly change: DecidedChange; readonly landing: Landing; readonly json: boolean },
): number {
  const { runId, change, landing, json } = about;
  const hint = landing.status === 'landed' ? ` Take it over: dwf apply ${runId}` : '';
  const said = `${landingWords(oneLine(change.label), landing)}${hint}`;
  if (json) io.stdout.write(`${JSON.stringify({ runId, change: change.id, landing })}\n`);
  else (landing.status === 'landed' ? io.stdout : io.stderr).write(manyLines(`${said}\n`));
  return landing.status === 'landed' ? EXIT.completed : EXIT.failed;
}
