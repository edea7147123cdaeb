import { globsMeet } from './globsMeet.ts';

/** Two agents whose changes will meet in the same files. */
export interface Overlap {
  /** Who came to it first, then who came to it now. */
  readonly agents: readonly [string, string];
  /** What they both write, or the globs of what they are expected to. */
  readonly paths: readonly string[];
}

/** Where an agent meets another; `written`: both have written there. */
interface Meeting {
  readonly paths: readonly string[];
  readonly written: boolean;
}

interface Writer {
  readonly agentId: string;
  readonly root: string;
  readonly base: string;
  readonly expected: string[];
  /** By what they are on a system that takes upper and lower case for one. */
  readonly written: Map<string, string>;
  commit: string | null;
}

/**
 * Which agents of a run are at which files: those that write in worktrees, from their start until their change has
 * landed or they ended without one. Each two that meet are told once, and once more when what was expected alone has come
 * true in files. It hinders nobody: the merge queue decides.
 */
export class PathOverlaps {
  readonly #tell: (overlap: Overlap) => void;
  readonly #writers = new Map<string, Writer>();
  /** By pair, how the last that was told of it met. */
  readonly #told = new Map<string, Pick<Meeting, 'written'>>();

  constructor(tell: (overlap: Overlap) => void) {
    this.#tell = tell;
  }

  /** An agent begins in its worktree at `root`, on the commit `base`. */
  begins(agentId: string, { root, base }: { readonly root: string; readonly base: string }): void {
    this.#writers.set(agentId, { agentId, root, base, expected: [], written: new Map(), commit: null });
  }

  /** It is to write these alone: paths and globs, from the top of the repository. */
  expects(agentId: string, globs: readonly string[]): void {
    const writer = this.#writers.get(agentId);
    if (!writer) return;
    const fresh = globs.filter((glob) => !writer.expected.includes(glob));
    writer.expected.push(...fresh);
    this.#compare(writer, fresh, (other) => {
      const meets = (glob: string): boolean =>
        [...other.expected, ...other.written.values()].some((one) => globsMeet(glob, one));
      return { paths: fresh.filter(meets), written: false };
    });
  }

  /** Something has been written in the worktree at `root`; paths from its top. */
  writes(root: string, paths: readonly string[]): void {
    const writer = [...this.#writers.values()].findLast((one) => one.root === root);
    if (writer) this.#wrote(writer, paths);
  }

  /** Its change is made: also what its commands have written is known now. */
  commits(agentId: string, { commit, paths }: { readonly commit: string; readonly paths: readonly string[] }): void {
    const writer = this.#writers.get(agentId);
    if (!writer) return;
    writer.commit = commit;
    this.#wrote(writer, paths);
  }

  /** Its worktree is gone; without a change there is nothing of it to meet. */
  ends(agentId: string): void {
    if (this.#writers.get(agentId)?.commit === null) this.#writers.delete(agentId);
  }

  /** What comes after it meets it on the branch. */
  lands(agentId: string): void {
    this.#writers.delete(agentId);
  }

  #wrote(writer: Writer, paths: readonly string[]): void {
    const fresh = paths.filter((path) => !writer.written.has(nameOf(path)));
    if (fresh.length === 0) return;
    for (const path of fresh) writer.written.set(nameOf(path), path);
    this.#compare(writer, fresh, (other) => {
      const both = fresh.filter((path) => other.written.has(nameOf(path)));
      if (both.length > 0) return { paths: both, written: true };
      return { paths: fresh.filter((path) => other.expected.some((glob) => globsMeet(glob, path))), written: false };
    });
  }

  #compare(writer: Writer, paths: readonly string[], meetingOf: (other: Writer) => Meeting): void {
    if (paths.length === 0) return;
    for (const other of this.#writers.values()) {
      if (other === writer || this.#standsOn(writer, other) || this.#standsOn(other, writer)) continue;
      const pair = [other.agentId, writer.agentId].sort().join(' ');
      const told = this.#told.get(pair);
      if (told?.written) continue;
      const { paths: both, written } = meetingOf(other);
      if (both.length === 0 || (told && !written)) continue;
      this.#told.set(pair, { written });
      this.#tell({ agents: [other.agentId, writer.agentId], paths: both });
    }
  }

  /** Whoever began on the other's change knows it. */
  #standsOn(writer: Writer, other: Writer): boolean {
    const seen = new Set<Writer>();
    for (let at: Writer | undefined = writer; at && !seen.has(at); at = this.#madeOf(at.base)) {
      if (at === other) return true;
      seen.add(at);
    }
    return false;
  }

  #madeOf(commit: string): Writer | undefined {
    return [...this.#writers.values()].find((one) => one.commit === commit);
  }
}

const nameOf = (path: string): string => path.normalize('NFC').toLowerCase();
