import * as vscode from 'vscode';
import { headline } from '../base/text.ts';
import type { DecidedChange } from '../projection/decisions.ts';
import type { Landing } from '../protocol/change.ts';
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
  if (base === null) {
    warn('This run began in no repository, so nothing of it can land.');
    return;
  }
  const hindered = hindrance(change);
  if (hindered !== null) {
    warn(hindered);
    return;
  }
  const label = headline(change.label, MAX_LABEL);
  const verify = (await commandFor(label))?.trim();
  if (verify === undefined || !(await isWanted(label, change.approved, verify))) return;
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
  const done = await atLength(noticeText(`Landing ${label}…`).text, landing).finally(async () => {
    // What it could not take away, `dwf worktrees gc` does: that is no reason not to say what came of the landing.
    await later.close().catch((error: unknown) => warn(String(error)));
    subject.decided();
  });
  if (done === null) {
    warn(`You have cancelled the landing of ${label}.`);
    return;
  }
  if (done.kind === 'running') {
    warn(`${run.summary.workflowName} is still running and lands by itself. Wait for its end, or stop it first.`);
    return;
  }
  const said = saidOf(label, done.landing);
  if (done.landing.status !== 'landed') {
    warn(said);
    return;
  }
  const chosen = await vscode.window.showInformationMessage(noticeText(said).text, 'Apply…');
  if (chosen) await vscode.commands.executeCommand('dynamicWorkflows.applyChanges', run.runId);
}

const MAX_LABEL = 80;

function hindrance({ label, outcome, standing, why }: DecidedChange): string | null {
  if (outcome === 'landed') return `${label} has landed already: ${why}.`;
  if (standing === 'discarded') return `${label} is discarded. “Workflows: Discard Change” offers to bring it back.`;
  return null;
}

/** Empty: none. Undefined: the person thinks better of it. */
function commandFor(label: string): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: `Land ${label}`,
    prompt: 'A command that must pass on the merge, such as npm test. Leave it empty to land without one.',
    ignoreFocusOut: true,
  });
}

/** The person takes the place of the review; they are told when there was none. */
async function isWanted(label: string, approved: boolean | null, verify: string): Promise<boolean> {
  const unapproved = unapprovedWords(approved);
  const lines = [
    ...(unapproved === null ? [] : [`Note that ${unapproved}.`, '']),
    'It is merged into the branch of what this run landed. Your files and branches stay as they are.',
    verify === '' ? 'No command tests the merge.' : `It lands only if this passes: ${verify}`,
  ];
  return agreed({ text: `Land the change “${label}”?`, lines }, 'Land');
}

/** A notification is short, and what matters of a command's words is their end. */
function saidOf(label: string, landing: Landing): string {
  if (landing.status !== 'verify-failed') return landingWords(label, landing);
  const { log } = landing;
  return landingWords(label, { ...landing, log: log.length > LOG_END ? `…${log.slice(-LOG_END)}` : log });
}

const LOG_END = 300;
