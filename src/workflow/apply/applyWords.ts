import { count, headline } from '../../base/text.ts';
import type { ChangedFile } from '../../protocol/change.ts';
import type { ApplySource, MergeRefusal, ProposalForecast, UndoRefusal } from './outcome.ts';
import type { OverlapReason } from './overlap.ts';

// What the terminal and the editor say, in the same words. A first line for a notification, and lines below it for whoever
// has the room.

export interface Said {
  readonly text: string;
  readonly lines: readonly string[];
}

const MAX_LINES = 20;

const WHY: Readonly<Record<OverlapReason, string>> = {
  edited: 'changed here and not committed',
  untracked: 'here already, and git does not have it',
  unsaved: 'not saved in an editor',
  staged: 'staged and not committed',
  submodule: 'a submodule, which is not written',
};

/** A merge by hand would bring the snapshot, and with it what the person had not committed, into their history. */
const ON_SNAPSHOT =
  'The run began on a snapshot of your uncommitted files: commit or stash your own changes first, then try again.';

/** Why nothing was done, and what to do. */
export function refusalWords(
  refusal: MergeRefusal,
  { branch, onSnapshot }: Pick<ApplySource, 'branch' | 'onSnapshot'>,
): Said {
  switch (refusal.kind) {
    case 'overlap': {
      const { overlaps } = refusal;
      const text = `Nothing was written: ${count(overlaps.length, 'file')} here would lose work of yours. Commit, save or move ${overlaps.length === 1 ? 'it' : 'them'}, then try again.`;
      return { text, lines: shortened(overlaps.map(({ path, why }) => `${path}: ${WHY[why]}`)) };
    }
    case 'conflict': {
      const { paths } = refusal;
      const text = `Nothing was written: you and the run both changed ${paths.length === 1 ? 'the same lines' : 'the same lines of several files'}. ${onSnapshot ? ON_SNAPSHOT : `Merge it by hand (git merge ${branch}), or open a pull request.`}`;
      return { text, lines: shortened(paths) };
    }
    case 'nothing':
      return { text: 'There is nothing to do: it is all here already.', lines: [] };
    case 'elsewhere':
      return {
        text: `The branch ${refusal.branch} is checked out at ${refusal.path}. Merge it there, or switch that folder to another branch.`,
        lines: [],
      };
    case 'failed':
      return { text: refusal.message, lines: [] };
  }
}

/** Why an undo did nothing. */
export function undoRefusalWords(refusal: UndoRefusal): Said {
  switch (refusal.kind) {
    case 'nothing':
      return { text: 'Nothing of this run is applied here, so there is nothing to undo.', lines: [] };
    case 'edited': {
      const { paths } = refusal;
      const text = `Nothing was undone: ${count(paths.length, 'file')} ${paths.length === 1 ? 'was' : 'were'} edited since, and an undo would lose that.`;
      return { text, lines: shortened(paths) };
    }
    case 'failed':
      return { text: refusal.message, lines: [] };
  }
}

interface BaseInWords {
  readonly commit: string;
  readonly branch?: string;
  readonly dirtyFiles: number;
  readonly snapshot?: boolean;
  readonly head?: string;
}

/** `main at 1a2b3c4d`, and what of the checkout was in it. */
export function baseWords(base: BaseInWords): string {
  const at = (base.head ?? base.commit).slice(0, 8);
  const where = base.branch === undefined ? at : `${base.branch} at ${at}`;
  if (base.snapshot === true) return `${where}, with a snapshot of your uncommitted files as they were then`;
  return base.dirtyFiles === 0
    ? where
    : `${where}, without ${count(base.dirtyFiles, 'file')} that you had not committed`;
}

/** What an apply, a merge or a pull request is going to do, before the person says yes. */
export function plannedWords(
  what: 'apply' | 'merge',
  plan: {
    readonly source: ApplySource;
    readonly files: readonly ChangedFile[];
    readonly checkout: string;
    readonly branch: string | null;
    readonly base: BaseInWords | null;
  },
): Said {
  const { source, files, checkout, branch } = plan;
  const subject = sourceWords(source);
  const text =
    what === 'apply' ? `Apply ${subject} to ${checkout}?` : `Merge ${subject} into ${branch ?? 'the current branch'}?`;
  const how =
    what === 'apply'
      ? `${count(files.length, 'file')} ${files.length === 1 ? 'is' : 'are'} written as uncommitted work; your branch${branch === null ? '' : ` ${branch}`} and what you have staged stay. It can be undone.`
      : `${branch ?? 'The current branch'} gets a commit with ${count(files.length, 'file')}${source.onSnapshot ? ', without the uncommitted files that the run began on' : ''}; files without overlap keep your uncommitted work.`;
  const began = plan.base === null ? [] : [`The run began on ${baseWords(plan.base)}.`];
  return { text, lines: [how, ...began, '', ...fileLines(files)] };
}

export function proposalWords(
  source: ApplySource,
  plan: Extract<ProposalForecast, { readonly kind: 'possible' }>,
): Said {
  const { branch, remote, into } = plan;
  return {
    text: `Open a pull request for ${sourceWords(source)}?`,
    lines: [
      `The branch ${branch} is pushed to ${remote}, with your repository's own hooks, and gh opens a pull request into ${into ?? 'its default branch'}.`,
    ],
  };
}

export function sourceWords({ change, label, branch }: ApplySource): string {
  return change === null ? `what landed on ${branch}` : `the change “${headline(label, 60)}”`;
}

/** `M src/a.ts +3 −1`, one a file. */
export function fileLines(files: readonly ChangedFile[]): readonly string[] {
  const sign = { added: 'A', modified: 'M', deleted: 'D', renamed: 'R' } as const;
  return shortened(
    files.map(({ path, status, additions, deletions }) => `${sign[status]} ${path} +${additions} -${deletions}`),
  );
}

interface ChangeInWords {
  readonly id: string;
  readonly label: string;
  readonly summary: string;
  readonly outcome: string;
}

/** The title and the text of a pull request: the change, or all that landed. */
export function proposalText(about: {
  readonly source: ApplySource;
  readonly workflowName: string;
  readonly changes: readonly ChangeInWords[];
}): { readonly title: string; readonly body: string } {
  const { source, workflowName } = about;
  const changes = about.changes.filter(({ id, outcome }) =>
    source.change === null ? outcome === 'landed' : id === source.change,
  );
  const title =
    source.change === null ? `${workflowName}: ${count(changes.length, 'change')}` : headline(source.label, 100);
  const lines = changes.map(({ summary, label }) => `- ${headline(summary || label, 400)}`);
  return { title, body: `${[...lines, '', `Workflow run ${source.runId}.`].join('\n')}\n` };
}

/** A list for people: the first of it, and how much more there is. */
export function shortened(lines: readonly string[]): readonly string[] {
  return lines.length <= MAX_LINES ? lines : [...lines.slice(0, MAX_LINES), `… and ${lines.length - MAX_LINES} more`];
}
