import { throwIfAborted } from '../../base/abort.ts';
import { count } from '../../base/text.ts';
import { applyChanges, forecastApply, forecastUndo, undoApply } from '../../node/apply/applyChanges.ts';
import { forecastMerge, mergeChanges } from '../../node/apply/mergeChanges.ts';
import { forecastProposal, proposeChanges } from '../../node/apply/proposeChanges.ts';
import {
  plannedWords,
  proposalText,
  proposalWords,
  refusalWords,
  shortened,
  sourceWords,
  undoRefusalWords,
  type Said,
} from '../../workflow/apply/applyWords.ts';
import type { ApplySource } from '../../workflow/apply/outcome.ts';
import { CommandError, EXIT } from '../commandError.ts';
import type { Io } from '../io.ts';
import { parseFlags } from '../parseFlags.ts';
import { changesOf, interruptible, refuseAgents, sourceNamed, type RunChanges } from '../runChanges.ts';
import { manyLines } from '../view/cells.ts';
import { confirm } from '../confirm.ts';

const FLAGS = {
  undo: { type: 'boolean' },
  merge: { type: 'boolean' },
  into: { type: 'string' },
  pr: { type: 'boolean' },
  cwd: { type: 'string' },
  'dry-run': { type: 'boolean' },
  yes: { type: 'boolean', short: 'y' },
  json: { type: 'boolean' },
} as const;

interface Choices {
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
  readonly into: string | undefined;
  readonly cwd: string;
}

/** `dwf apply <runId> [change]`: what a run made comes to the person's checkout or branch, on their word alone. */
export async function apply(io: Io, argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('apply', argv, FLAGS);
  const [text, change, extra] = positionals;
  if (extra !== undefined) throw new CommandError(`"${extra}" is one too many. See: dwf apply --help`);
  const ways = [values.undo, values.merge === true || values.into !== undefined, values.pr].filter(
    (way) => way === true,
  );
  if (ways.length > 1) throw new CommandError('Give one of --undo, --merge and --pr.');
  if (values.undo === true && change !== undefined)
    throw new CommandError('--undo takes back the last apply of the run, whichever change it was: name no change.');
  refuseAgents();
  const known = await changesOf(io, text, 'dwf apply <runId> [change]');
  const choices: Choices = {
    dryRun: values['dry-run'] === true,
    yes: values.yes === true,
    json: values.json === true,
    into: values.into,
    cwd: values.cwd ?? known.run.cwd,
  };
  return interruptible(io, async (signal) => {
    if (values.undo === true) return undo(io, known, choices, signal);
    const source = await sourceNamed(known, change);
    if (values.pr === true) return propose(io, known, { source, choices }, signal);
    const merges = values.merge === true || values.into !== undefined;
    return (merges ? merge : toWorkingTree)(io, known, { source, choices }, signal);
  });
}

interface Task {
  readonly source: ApplySource;
  readonly choices: Choices;
}

async function toWorkingTree(
  io: Io,
  known: RunChanges,
  { source, choices }: Task,
  signal: AbortSignal,
): Promise<number> {
  const request = { run: known.place, cwd: choices.cwd, source };
  const plan = await forecastApply(known.deps, request, signal);
  if (plan.kind !== 'possible') return refused(io, plan, refusalWords(plan, source), choices);
  const base = known.state.head?.base ?? null;
  const words = plannedWords('apply', { source, ...plan, base });
  if (choices.dryRun) return told(io, plan, words, choices);
  if (!(await agreed(io, words, choices, signal))) return declined(io);
  const done = await applyChanges(known.deps, request, signal);
  if (done.kind !== 'applied') return refused(io, done, refusalWords(done, source), choices);
  const text = `${count(done.files.length, 'file')} of ${sourceWords(source)} ${done.files.length === 1 ? 'is' : 'are'} in ${done.checkout}, not committed. Undo: dwf apply ${known.run.runId} --undo`;
  return told(io, done, { text, lines: [] }, choices);
}

async function merge(io: Io, known: RunChanges, { source, choices }: Task, signal: AbortSignal): Promise<number> {
  const into = choices.into === undefined ? {} : { into: choices.into };
  const request = { run: known.place, cwd: choices.cwd, source, ...into };
  const plan = await forecastMerge(known.deps, request, signal);
  if (plan.kind !== 'possible') return refused(io, plan, refusalWords(plan, source), choices);
  const words = plannedWords('merge', { source, ...plan, base: known.state.head?.base ?? null });
  if (choices.dryRun) return told(io, plan, words, choices);
  if (!(await agreed(io, words, choices, signal))) return declined(io);
  const done = await mergeChanges(known.deps, request, signal);
  if (done.kind !== 'merged') return refused(io, done, refusalWords(done, source), choices);
  const text = `${done.branch} has ${sourceWords(source)} now: ${done.from.slice(0, 8)}..${done.commit.slice(0, 8)}, ${count(done.files.length, 'file')}.`;
  return told(io, done, { text, lines: [] }, choices);
}

async function propose(io: Io, known: RunChanges, { source, choices }: Task, signal: AbortSignal): Promise<number> {
  const { workflowName } = known.run;
  const into = choices.into ?? known.state.head?.base?.branch ?? null;
  const text = proposalText({ source, workflowName, changes: known.changes });
  const request = { run: known.place, cwd: choices.cwd, source, ...text, into, environment: io.env };
  const plan = await forecastProposal(known.deps, request, signal);
  if (plan.kind !== 'possible') return failed(io, plan, choices);
  const words = proposalWords(source, plan);
  if (choices.dryRun) return told(io, plan, words, choices);
  if (!choices.yes && (choices.json || !io.canAsk))
    throw new CommandError(`${words.lines.join(' ')} Give --yes to do so.`);
  if (!(await agreed(io, words, choices, signal))) return declined(io);
  const done = await proposeChanges(known.deps, request, signal);
  if (done.kind !== 'proposed') return failed(io, done, choices);
  return told(io, done, { text: done.url, lines: [] }, choices);
}

async function undo(io: Io, known: RunChanges, choices: Choices, signal: AbortSignal): Promise<number> {
  const { deps, place } = known;
  const plan = await forecastUndo(place);
  if (plan.kind !== 'possible') return refused(io, plan, undoRefusalWords(plan), choices);
  const what = `${count(plan.files.length, 'file')} in ${plan.checkout}`;
  const words = { text: `Undo the last apply of this run, ${what}?`, lines: shortened(plan.files) };
  if (choices.dryRun) return told(io, plan, words, choices);
  if (!(await agreed(io, words, choices, signal))) return declined(io);
  const done = await undoApply(deps, place, {}, signal);
  if (done.kind !== 'undone') return refused(io, done, undoRefusalWords(done), choices);
  return told(
    io,
    done,
    { text: `${what} ${done.files.length === 1 ? 'is' : 'are'} as before the apply.`, lines: [] },
    choices,
  );
}

/** Whoever names a run in a script means it; a person at a terminal is told first what is going to happen. */
async function agreed(io: Io, words: Said, { yes, json }: Choices, signal: AbortSignal): Promise<boolean> {
  if (yes || json || !io.canAsk) return true;
  if (words.lines.length > 0) io.stdout.write(manyLines(`${words.lines.join('\n')}\n`));
  const agrees = await confirm(io, manyLines(words.text), signal);
  throwIfAborted(signal);
  return agrees;
}

function declined(io: Io): number {
  io.stderr.write('Nothing was changed.\n');
  return EXIT.refused;
}

function told(io: Io, outcome: object, words: Said, { json, dryRun }: Choices): number {
  if (json) io.stdout.write(`${JSON.stringify(outcome)}\n`);
  else io.stdout.write(manyLines(`${[words.text, ...(dryRun ? words.lines : [])].join('\n')}\n`));
  return EXIT.completed;
}

function refused(io: Io, outcome: { readonly kind: string }, words: Said, { json }: Choices): number {
  if (json) io.stdout.write(`${JSON.stringify(outcome)}\n`);
  // What is there already is no failure of whoever wanted it there.
  const fine = outcome.kind === 'nothing';
  (fine && !json ? io.stdout : io.stderr).write(
    manyLines(`${[words.text, ...words.lines.map((line) => `  ${line}`)].join('\n')}\n`),
  );
  return fine ? EXIT.completed : EXIT.refused;
}

function failed(io: Io, outcome: object, choices: Choices): number {
  const message = 'message' in outcome && typeof outcome.message === 'string' ? outcome.message : '';
  return refused(io, { kind: 'failed', ...outcome }, { text: message, lines: [] }, choices);
}
