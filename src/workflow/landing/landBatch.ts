import { throwIfAborted } from '../../base/abort.ts';
import type { Landing } from '../../protocol/change.ts';
import { chainOn, landsAs, type Chain, type LandingPlace, type QueuedChange } from './chain.ts';

/** How a change fared, with what it takes to resolve its conflict. */
export type Outcome =
  | Exclude<Landing, { readonly status: 'conflict' }>
  | (Extract<Landing, { readonly status: 'conflict' }> & { readonly unmerged?: Unmerged });

/** The same for who resolves nothing. */
export function landingOf(outcome: Outcome): Landing {
  if (outcome.status !== 'conflict') return outcome;
  const { unmerged: _unmerged, ...landing } = outcome;
  return landing;
}

/** A merge that git could not finish. */
export interface Unmerged {
  /** The tip that the change was to be merged into. */
  readonly onto: string;
  /** Commits of the changes that had landed there. */
  readonly landed: readonly string[];
  /** Commits of the changes that would have come in: its own, then those that it stands on or for. */
  readonly brings: readonly string[];
  /** Of the merge, with conflict markers in its files. */
  readonly tree: string;
  /** What git said of each conflict. */
  readonly notes: readonly string[];
}

export interface TestedPlace extends LandingPlace {
  readonly branch: string;
  /** Where the branch begins when it does not exist yet. */
  readonly base: string;
  /** Nothing lands any more when it fires. */
  readonly signal: AbortSignal;
  /** Runs the batch's command on the files of a commit; null: it passed, else what it printed. Absent: there is none. */
  readonly verify: ((commit: string) => Promise<string | null>) | undefined;
  /** Takes why commits are not signed although they were to be. */
  readonly unsigned?: (why: string) => void;
}

export type Settle = (queued: QueuedChange, outcome: Outcome) => void;

/**
 * Lands changes in their order, as if each were merged and tested alone: together they are tested on the tree that they
 * land on, and when that fails, halves of them, until the culprits stand alone. What is refused leaves nothing behind.
 * The branch moves by whole groups, each in one step, so that a process may die anywhere.
 */
export async function landBatch(place: TestedPlace, queue: readonly QueuedChange[], settle: Settle): Promise<void> {
  const batch = new Batch(place, settle, await branchTip(place));
  await batch.landAll(queue);
}

/** The branch is the truth: what it names has landed, whatever a journal got to say. */
export async function branchTip({ merge, cwd, branch, base }: TestedPlace) {
  const tip = await merge.resolve(cwd, branch);
  const commits = tip === null ? [] : await merge.landedOn(cwd, base, tip);
  return { tip, landed: new Map(commits.flatMap(({ commit, brings }) => brings.map((one) => [one, commit] as const))) };
}

class Batch {
  readonly #place: TestedPlace;
  readonly #settle: Settle;
  #tip: string | null;
  readonly #landed: Map<string, string>;
  /** What the command printed, by the tree that it failed on. */
  readonly #failures = new Map<string, string>();

  constructor(place: TestedPlace, settle: Settle, state: { tip: string | null; landed: Map<string, string> }) {
    this.#place = place;
    this.#settle = settle;
    this.#tip = state.tip;
    this.#landed = state.landed;
  }

  async landAll(queue: readonly QueuedChange[]): Promise<void> {
    let left = queue;
    while (left.length > 0) left = await this.#landSome(left.filter((queued) => !this.#hasLanded(queued)));
  }

  /** Also a change that is queued twice, or that another one has brought in. */
  #hasLanded(queued: QueuedChange): boolean {
    const commit = this.#landed.get(landsAs(queued));
    if (commit === undefined) return false;
    this.#settle(queued, { status: 'landed', commit, branch: this.#place.branch });
    return true;
  }

  /** Settles the first one at least, and gives those that it has not looked at. */
  async #landSome(queue: readonly QueuedChange[]): Promise<readonly QueuedChange[]> {
    throwIfAborted(this.#place.signal);
    const [first] = queue;
    if (first === undefined) return [];
    const onto = this.#tip ?? this.#place.base;
    const chain = await chainOn(this.#place, { commit: onto, landed: this.#landed }, queue);
    const last = chain.commits.at(-1);
    if (last === undefined) {
      this.#settle(first, conflictOf(chain.stopped, { onto, landed: [...this.#landed.keys()] }));
      return queue.slice(1);
    }
    const [group, rest] = [queue.slice(0, chain.commits.length), queue.slice(chain.commits.length)];
    const log = await this.#failureOf(last);
    if (log === null) await this.#move(group, chain);
    else if (group.length === 1) this.#settle(first, { status: 'verify-failed', log });
    else {
      const middle = Math.ceil(group.length / 2);
      await this.landAll(group.slice(0, middle));
      await this.landAll(group.slice(middle));
    }
    return rest;
  }

  async #failureOf(commit: string): Promise<string | null> {
    const { merge, cwd, verify } = this.#place;
    if (!verify) return null;
    const tree = await merge.treeOf(cwd, commit);
    const known = this.#failures.get(tree);
    if (known !== undefined) return known;
    const log = await verify(commit);
    if (log !== null) this.#failures.set(tree, log);
    return log;
  }

  async #move(group: readonly QueuedChange[], chain: Chain): Promise<void> {
    const { merge, cwd, branch } = this.#place;
    const commits = await this.#signed(chain.commits);
    const last = commits.at(-1);
    if (last === undefined) return;
    const move = await merge.moveBranch(cwd, branch, last, this.#tip);
    if (move.kind === 'moved') {
      this.#tip = last;
      for (const [i, commit] of commits.entries())
        for (const one of chain.brings[i] ?? []) this.#landed.set(one, commit);
      for (const [i, queued] of group.entries())
        this.#settle(queued, { status: 'landed', commit: commits[i] ?? last, branch });
      return;
    }
    const log =
      move.kind === 'failed' ? move.message : `Somebody else moved ${branch} meanwhile. Land the change again.`;
    for (const queued of group) this.#settle(queued, { status: 'conflict', conflicts: [], log });
  }

  /** Only what is going to stay: nobody's key is asked for what a test turns down. */
  async #signed(commits: readonly string[]): Promise<readonly string[]> {
    const { merge, cwd, base, signal, unsigned } = this.#place;
    if (!merge.sign) return commits;
    const signed = await merge.sign(cwd, this.#tip ?? base, commits, signal);
    if (signed.unsigned !== undefined) unsigned?.(signed.unsigned);
    return signed.commits;
  }
}

function conflictOf(stopped: Chain['stopped'], where: Pick<Unmerged, 'onto' | 'landed'>): Outcome {
  if (stopped?.kind !== 'conflict') return { status: 'conflict', conflicts: [], log: stopped?.message ?? '' };
  const { paths, tree, notes, brings } = stopped;
  return { status: 'conflict', conflicts: paths, unmerged: { ...where, brings, tree, notes } };
}
