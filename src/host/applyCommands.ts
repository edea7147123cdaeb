import * as vscode from 'vscode';
import { count } from '../base/text.ts';
import type { ApplyDeps, RunPlace } from '../node/apply/applyDeps.ts';
import { pendingMoves } from '../node/apply/pendingMoves.ts';
import type { DecidedChange } from '../projection/decisions.ts';
import type { RunState } from '../projection/state.ts';
import type { Said } from '../workflow/apply/applyWords.ts';
import type { ApplySource, Merged } from '../workflow/apply/outcome.ts';
import { agreed, busily, never, warn, warnAbout } from './applyTalk.ts';
import { openCommits } from './openChange.ts';
import { agentIdOf, type Handler, runOf } from './runArgument.ts';
import type { KnownRun, RunHub } from './runHub.ts';
import { noticeText } from './noticeText.ts';

// What a run made comes to the person's files and branches on their word alone: each command says what is going to happen,
// does it when they agree, and says what came of it. What may happen is decided in `node/apply`.

export interface Subject {
  readonly run: KnownRun;
  readonly place: RunPlace;
  readonly state: RunState;
  readonly changes: readonly DecidedChange[];
  readonly deps: ApplyDeps;
  /** Something has been decided: whoever shows it looks again. */
  readonly decided: () => void;
}

type Act = (subject: Subject, source: ApplySource) => Promise<void>;

export function applyCommands(hub: RunHub, home: string): Readonly<Record<string, Handler>> {
  const about =
    (what: string, act: (subject: Subject, changeId: string | null) => Promise<void>): Handler =>
    async (argument) => {
      const run = await runOf(hub, argument, what, () => true);
      const subject = run && (await subjectOf(hub, home, run));
      if (!subject) return;
      await act(subject, agentIdOf(argument));
    };
  const withSource = (what: string, act: Act): Handler =>
    about(what, async (subject, changeId) => {
      const source = await sourceFor(subject, changeId);
      if (source) await act(subject, source);
    });
  const withChange = (what: string, act: (subject: Subject, change: DecidedChange) => Promise<void>): Handler =>
    about(what, async (subject, changeId) => {
      const change = await changeFor(subject, changeId);
      if (change) await act(subject, change);
    });
  return {
    applyChanges: withSource('Apply changes of', applyToFiles),
    mergeChanges: withSource('Merge changes of', merge),
    proposeChanges: withSource('Open a pull request for', propose),
    undoApply: about('Undo the last apply of', undo),
    landChange: withChange('Land a change of', async (subject, change) => {
      const { landChange } = await import('./landChange.ts');
      await landChange(subject, change, home);
    }),
    discardChange: withChange('Discard a change of', discard),
  };
}

/** At the editor's start: an apply that a crash cut short is taken back, and said. */
export async function recoverAtStart(home: string): Promise<void> {
  if ((await pendingMoves(home)).length === 0) return;
  const { recoverApplies } = await import('../node/apply/unfinished.ts');
  for (const { checkout, left } of await recoverApplies(await depsOf(home), never())) {
    const but = left.length === 0 ? '' : ` These were edited since and stay as they are: ${left.join(', ')}.`;
    warn(`Applying a workflow's changes to ${checkout} was cut short. It was taken back.${but}`);
  }
}

async function applyToFiles({ run, place, state, deps, decided }: Subject, source: ApplySource): Promise<void> {
  const [{ applyChanges, forecastApply }, words] = await Promise.all([applying(), wording()]);
  const request = { run: place, cwd: run.summary.cwd, source, unsaved: unsavedFiles() };
  const plan = await busily('Looking at your files…', (signal) => forecastApply(deps, request, signal));
  if (plan.kind !== 'possible') return refuse(words.refusalWords(plan, source), source, run);
  const said = words.plannedWords('apply', { source, ...plan, base: state.head?.base ?? null });
  if (!(await agreed(said, 'Apply'))) return;
  // Since the question was asked, the person may have written something.
  const now = { ...request, unsaved: unsavedFiles() };
  const done = await busily('Applying changes…', (signal) => applyChanges(deps, now, signal));
  if (done.kind !== 'applied') return refuse(words.refusalWords(done, source), source, run);
  decided();
  const files = count(done.files.length, 'file');
  const text = `Applied ${words.sourceWords(source)}: ${files}, not committed.`;
  const chosen = await vscode.window.showInformationMessage(noticeText(text).text, 'Open Diff', 'Undo');
  if (chosen === 'Open Diff') await openSource(run, source);
  if (chosen === 'Undo') await vscode.commands.executeCommand('dynamicWorkflows.undoApply', run.runId);
}

async function merge({ run, place, state, deps, decided }: Subject, source: ApplySource): Promise<void> {
  const [{ forecastMerge, mergeChanges }, words] = await Promise.all([
    import('../node/apply/mergeChanges.ts'),
    wording(),
  ]);
  const request = { run: place, cwd: run.summary.cwd, source, unsaved: unsavedFiles() };
  const plan = await busily('Looking at your branch…', (signal) => forecastMerge(deps, request, signal));
  if (plan.kind !== 'possible') return refuse(words.refusalWords(plan, source), source, run);
  const said = words.plannedWords('merge', { source, ...plan, base: state.head?.base ?? null });
  if (!(await agreed(said, 'Merge'))) return;
  const now = { ...request, unsaved: unsavedFiles() };
  const done = await busily('Merging…', (signal) => mergeChanges(deps, now, signal));
  if (done.kind !== 'merged') return refuse(words.refusalWords(done, source), source, run);
  decided();
  await tellMerged(run, source, done);
}

async function tellMerged(run: KnownRun, source: ApplySource, done: Merged): Promise<void> {
  const { sourceWords } = await wording();
  const files = count(done.files.length, 'file');
  const text = `${done.branch} has ${sourceWords(source)} now: ${files}, at ${done.commit.slice(0, 8)}.`;
  const chosen = await vscode.window.showInformationMessage(noticeText(text).text, 'Open Diff');
  if (chosen) await openCommits(run.summary.cwd, { base: done.from, commit: done.commit, title: done.branch });
}

async function propose({ run, place, state, changes, deps }: Subject, source: ApplySource): Promise<void> {
  const [{ forecastProposal, proposeChanges }, words] = await Promise.all([
    import('../node/apply/proposeChanges.ts'),
    wording(),
  ]);
  const { workflowName, cwd } = run.summary;
  const text = words.proposalText({ source, workflowName, changes });
  const into = state.head?.base?.branch ?? null;
  const request = { run: place, cwd, source, ...text, into, environment: process.env };
  const plan = await busily('Looking for gh…', (signal) => forecastProposal(deps, request, signal));
  if (plan.kind !== 'possible') {
    warn(plan.message);
    return;
  }
  if (!(await agreed(words.proposalWords(source, plan), 'Push and Open'))) return;
  const opening = (signal: AbortSignal) => proposeChanges(deps, request, signal);
  const done = await busily('Opening a pull request…', opening, vscode.ProgressLocation.Notification);
  if (done.kind !== 'proposed') {
    warn(done.message);
    return;
  }
  const chosen = await vscode.window.showInformationMessage(`The pull request is open: ${done.url}`, 'Open in Browser');
  if (chosen) await vscode.env.openExternal(vscode.Uri.parse(done.url, true));
}

async function undo({ place, deps, decided }: Subject): Promise<void> {
  const [{ forecastUndo, undoApply }, words] = await Promise.all([applying(), wording()]);
  const plan = await forecastUndo(place, { unsaved: unsavedFiles() });
  if (plan.kind !== 'possible') {
    await warnAbout(words.undoRefusalWords(plan));
    return;
  }
  const { files, checkout } = plan;
  const said = {
    text: `Undo the last apply of this run?`,
    lines: [`${count(files.length, 'file')} in ${checkout} will be as before it:`, '', ...words.shortened(files)],
  };
  if (!(await agreed(said, 'Undo'))) return;
  const done = await busily('Undoing…', (signal) => undoApply(deps, place, { unsaved: unsavedFiles() }, signal));
  if (done.kind !== 'undone') {
    await warnAbout(words.undoRefusalWords(done));
    return;
  }
  decided();
  void vscode.window.showInformationMessage(`Undone: ${count(files.length, 'file')} as before the apply.`);
}

async function discard({ run, place, deps, decided }: Subject, change: DecidedChange): Promise<void> {
  const { discardChange, restoreChange } = await import('../node/apply/discardChange.ts');
  if (change.outcome === 'landed') {
    warn(`${change.label} has landed; discarding would not take it out.`);
    return;
  }
  const request = { run: place, cwd: run.summary.cwd, change };
  const offerBack = async (said: string, action: string): Promise<void> => {
    if (!(await vscode.window.showInformationMessage(noticeText(said).text, action))) return;
    const back = await restoreChange(deps, request, never());
    if (back.kind === 'failed') warn(back.message);
    decided();
  };
  if (change.standing === 'discarded') {
    await offerBack(`${change.label} is discarded already.`, 'Bring It Back');
    return;
  }
  const lines = [
    `The branch ${change.branch} is deleted: ${count(change.files.length, 'file')}, +${change.additions} −${change.deletions}.`,
    'Its commit is kept until the run is deleted, so that it can come back.',
  ];
  if (!(await agreed({ text: `Discard the change “${change.label}”?`, lines }, 'Discard'))) return;
  const done = await discardChange(deps, request, never());
  decided();
  if (done.kind === 'failed') warn(done.message);
  else await offerBack(`Discarded ${change.label}.`, 'Undo');
}

async function subjectOf(hub: RunHub, home: string, { runId }: KnownRun): Promise<Subject | undefined> {
  const run = await hub.open(runId);
  if (!run) return undefined;
  const [{ readDecisions }, { decidedChanges }, deps] = await Promise.all([
    import('../node/apply/decisionLog.ts'),
    import('../projection/decisions.ts'),
    depsOf(home),
  ]);
  const { dir } = run.summary;
  const changes = decidedChanges(run.state, await readDecisions(dir));
  return { run, place: { runId, dir }, state: run.state, changes, deps, decided: () => hub.decided(runId) };
}

/** The change of the row, or all that landed; where nothing has, a change that the person picks. */
async function sourceFor(subject: Subject, changeId: string | null): Promise<ApplySource | undefined> {
  const { run, state, deps } = subject;
  const { changeSource, integrationSource } = await import('../node/apply/runSource.ts');
  const from = { runId: run.runId, cwd: run.summary.cwd, base: state.head?.base ?? null };
  if (changeId === null) {
    const landed = await integrationSource(deps.git, from);
    if (landed.kind === 'found') return landed.source;
  }
  const change = await changeFor(subject, changeId);
  return change && changeSource(from, change);
}

async function changeFor({ changes }: Subject, changeId: string | null): Promise<DecidedChange | undefined> {
  const usable = changes.filter(({ standing }) => standing !== 'empty');
  if (changeId !== null) {
    const change = usable.find(({ id }) => id === changeId);
    if (!change) warn('This agent has committed no change.');
    return change;
  }
  if (usable.length === 0) {
    warn('This run has made no changes.');
    return;
  }
  const items = usable.map((change) => ({
    change,
    label: change.label,
    description: `+${change.additions} −${change.deletions} · ${change.standing}`,
  }));
  // The notification that it may be opened from gives the focus back while it closes.
  const options = { placeHolder: 'Which change?', ignoreFocusOut: true };
  return (await vscode.window.showQuickPick(items, options))?.change;
}

function openSource(run: KnownRun, { base, commit, label }: ApplySource): Promise<void> {
  return openCommits(run.summary.cwd, { base, commit, title: label });
}

async function refuse(said: Said, source: ApplySource, run: KnownRun): Promise<void> {
  const open = await warnAbout(said, 'Open Diff');
  if (open) await openSource(run, source);
}

/** Text that no disk has: writing below it would set the person between two versions. */
function unsavedFiles(): readonly string[] {
  const { textDocuments, notebookDocuments } = vscode.workspace;
  return [...textDocuments, ...notebookDocuments].flatMap(({ isDirty, uri }) =>
    isDirty && uri.scheme === 'file' ? [uri.fsPath] : [],
  );
}

async function depsOf(home: string): Promise<ApplyDeps> {
  const [{ applyDeps }, { createGit }] = await Promise.all([
    import('../node/apply/applyDeps.ts'),
    import('../node/git.ts'),
  ]);
  return applyDeps(createGit(process.env), home);
}

const applying = () => import('../node/apply/applyChanges.ts');
const wording = () => import('../workflow/apply/applyWords.ts');
