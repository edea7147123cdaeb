import type { JournalEntry } from './journal.ts';
import { movedHead } from './place.ts';
import type { RuntimeDeps } from './runContext.ts';
import type { KeptTerms, ResumePreview, StaleCall } from './runtime.ts';
import type { OpenRun } from './runStore.ts';
import { staleAnswers, staleStarts } from './staleAnswers.ts';

/** What going on with a run would cost and what it would rest on (W42, W43). */
export async function previewOf(
  deps: Pick<RuntimeDeps, 'worktrees' | 'merge'>,
  open: Pick<OpenRun, 'manifest' | 'spent' | 'journal' | 'calls' | 'folders' | 'unfinished' | 'readTranscript'>,
): Promise<Extract<ResumePreview, { readonly kind: 'ready' }>> {
  const { manifest } = open;
  const [warnings, folder] = await Promise.all([
    movedHead(deps, manifest),
    deps.worktrees.folderState(manifest.cwd).catch(() => null),
  ]);
  const labels = new Map(open.calls.map(({ agentId, label }) => [agentId, label]));
  const labelled = (agentId: string) => ({ agentId, label: labels.get(agentId) ?? agentId });
  const staleCalls: readonly StaleCall[] = [
    ...staleAnswers(open, folder).map(({ agentId }) => labelled(agentId)),
    ...(await staleStarts(open, folder)).map((agentId) => ({ ...labelled(agentId), halfway: true as const })),
  ];
  const finishedCalls = finished(open);
  const knownCalls = finishedCalls + unanswered(open);
  const { workflowName } = manifest;
  return { kind: 'ready', workflowName, finishedCalls, knownCalls, staleCalls, warnings, keeps: keptTerms(open) };
}

function keptTerms({ manifest, spent }: Pick<OpenRun, 'manifest' | 'spent'>): KeptTerms {
  const { cwd, args, hasArgs, model, permissionMode, concurrency, base, baseCommit } = manifest;
  const caps = spent.caps ?? manifest.caps;
  return { cwd, args, hasArgs, model, permissionMode, concurrency, caps, baseCommit, ...(base && { base }) };
}

/** Answers that the script as it is now has asked for; of agents that an earlier one had, nobody will ask again. */
function finished({ journal, calls }: Pick<OpenRun, 'journal' | 'calls'>): number {
  // A log that was lost in a power cut: then they are all that is known.
  if (calls.length === 0) return journal.length;
  const asked = new Set(calls.map(({ agentId }) => agentId));
  return journal.filter((entry) => !isOfAgent(entry) || asked.has(entry.agentId)).length;
}

/** Calls that have no answer: one a place in the journal, however many attempts have asked. */
function unanswered({ journal, calls }: Pick<OpenRun, 'journal' | 'calls'>): number {
  const answered = new Set(journal.flatMap(({ key, agentId }) => [key, agentId]));
  const last = Math.max(0, ...calls.map(({ attempt }) => attempt));
  const open = calls.filter(
    ({ agentId, key, attempt }) =>
      !answered.has(agentId) && (key === undefined ? attempt === last : !answered.has(key)),
  );
  return new Set(open.map(({ key, agentId }) => key ?? agentId)).size;
}

function isOfAgent({ kind }: JournalEntry): boolean {
  return kind === 'agent' || kind === 'change' || kind === 'skip';
}
