import * as vscode from 'vscode';
import type { DecidedChange } from '../projection/decisions.ts';
import { outsideChanges } from '../workflow/apply/landOutside.ts';
import { landingWords, unapprovedWords } from '../workflow/apply/landWords.ts';
import type { Subject } from './applyCommands.ts';
import { agreed, atLength, warn } from './applyTalk.ts';
import { noticeText } from './noticeText.ts';
import { settings } from './settings.ts';

/** A change of a run that is over joins what landed, on the person's word; their files and branches stay as they are. */
export async function landChange(subject: Subject, change: DecidedChange, home: string): Promise<void> {
  const { run, place, state, changes, deps } = subject;
  const { base } = state.head ?? { base: null };
  const hindered = base === null ? 'This run began in no repository, so nothing of it can land.' : hindrance(change);
  if (base === null || hindered !== null) {
    warn(hindered ?? '');
    return;
  }
  const verify = await commandFor(change);
  if (verify === undefined || !(await isWanted(change, verify))) return;
  const [{ landLater }, { openLaterDeps }, { readManifest }] = await Promise.all([
    import('../node/apply/landLater.ts'),
    import('../node/apply/laterDeps.ts'),
    import('../node/runFiles.ts'),
  ]);
  const kept = await readManifest(place.dir);
  const { cwd } = run.summary;
  const request = {
    ...{ runId: run.runId, cwd, base: base.commit, change, changes: outsideChanges(changes) },
    ...{ verify: verify || undefined, worktree: kept.kind === 'read' ? kept.manifest.worktree : undefined },
  };
  const later = openLaterDeps(deps, { home, env: process.env, commits: settings().commits, tell: warn });
  const landing = (signal: AbortSignal) => landLater(later.deps, place, request, signal);
  const done = await atLength(noticeText(`Landing ${change.label}…`).text, landing).finally(later.close);
  if (done === null) return;
  if (done.kind === 'running') {
    warn(`${run.summary.workflowName} is still running and lands by itself. Wait for its end, or stop it first.`);
    return;
  }
  subject.decided();
  const said = landingWords(change.label, done.landing);
  if (done.landing.status !== 'landed') {
    warn(said);
    return;
  }
  const chosen = await vscode.window.showInformationMessage(noticeText(said).text, 'Apply…');
  if (chosen) await vscode.commands.executeCommand('dynamicWorkflows.applyChanges', run.runId);
}

function hindrance({ label, outcome, standing, why }: DecidedChange): string | null {
  if (outcome === 'landed') return `${label} has landed already: ${why}.`;
  if (standing === 'discarded') return `${label} is discarded. Bring it back first: “Workflows: Discard Change”.`;
  return null;
}

/** Empty: none. Undefined: the person thinks better of it. */
function commandFor({ label }: DecidedChange): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: `Land ${label}`,
    prompt: 'A command that must pass on the merge, such as npm test. Leave it empty to land without one.',
    ignoreFocusOut: true,
  });
}

/** The person takes the place of the review; they are told when there was none. */
async function isWanted({ label, approved }: DecidedChange, verify: string): Promise<boolean> {
  const unapproved = unapprovedWords(approved);
  const lines = [
    ...(unapproved === null ? [] : [`Note that ${unapproved}.`, '']),
    'It is merged into the branch of what this run landed. Your files and branches stay as they are.',
    verify === '' ? 'No command tests the merge.' : `It lands only if this passes: ${verify}`,
  ];
  return agreed({ text: `Land the change “${label}”?`, lines }, 'Land');
}
