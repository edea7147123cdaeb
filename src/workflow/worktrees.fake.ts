import { throwIfAborted } from '../base/abort.ts';
import type { ChangedFile } from '../protocol/change.ts';
import type { CommitStep, LandedCommit, TreeEntry } from './landing/changeBatches.ts';
import { changesNamedIn } from './landing/message.ts';
import type {
  Commit,
  Lease,
  LeaseRequest,
  MergeRepository,
  MergeResult,
  RepositoryState,
  Worktrees,
} from './worktrees.ts';

type Files = ReadonlyMap<string, string>;

/** A repository in memory: text files, no renames, and a merge that knows files but not lines. */
export interface FakeRepository {
  readonly worktrees: Worktrees;
  readonly merge: MergeRepository;
  readonly root: string;
  /** The commit that `files` are in. */
  readonly base: string;
  /** What `inspect` answers from now on. */
  setState(state: RepositoryState): void;
  /** What `folderState` answers from now on. */
  setFolder(state: string | null): void;
  /** `acquire` fails with this from now on. */
  failAcquire(message: string): void;
  /** Writes a file of a worktree that is leased, or deletes it (null). `path` is the lease's. */
  write(path: string, file: string, content: string | null): void;
  read(path: string, file: string): string | null;
  readAt(commit: string, file: string): string | null;
  readonly branches: ReadonlyMap<string, string>;
  /** Paths of worktrees that are leased now. */
  leased(): readonly string[];
}

export function createFakeRepository(
  files: Readonly<Record<string, string>> = { 'readme.md': 'hello\n' },
): FakeRepository {
  return new InMemoryRepository(new Map(Object.entries(files)));
}

interface FakeCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
}

class InMemoryRepository implements FakeRepository {
  readonly root = '/repository';
  readonly base: string;
  readonly branches = new Map<string, string>();
  readonly #trees = new Map<string, Files>();
  readonly #commits = new Map<string, FakeCommit>();
  readonly #leases = new Map<string, Map<string, string>>();
  /** What holders of a name have written, by run and name. */
  readonly #kept = new Map<string, Files>();
  #state: RepositoryState;
  #folder: string | null = 'as it was committed';
  #failure: string | null = null;

  constructor(files: Files) {
    this.base = this.#commit(this.#tree(files), []);
    this.#state = { kind: 'ready', root: this.root, base: { commit: this.base, branch: 'main', dirtyFiles: 0 } };
  }

  readonly worktrees: Worktrees = {
    inspect: async () => this.#state,
    snapshot: async (_cwd, { base }) => ({ kind: 'ready', base }),
    folderState: async () => this.#folder,
    acquire: async (_cwd, request, signal) => {
      throwIfAborted(signal);
      const path = `/worktrees/${request.runId}/${request.name}`;
      const commit = this.branches.get(request.commit) ?? request.commit;
      if (this.#failure !== null) return { kind: 'failed', message: this.#failure };
      if (this.#leases.has(path)) return { kind: 'failed', message: `${path} is in use.` };
      if (!this.#commits.has(commit)) return { kind: 'failed', message: `"${commit}" is no commit.` };
      if (request.anew) this.#kept.delete(`${request.runId}/${request.name}`);
      const kept = request.restore ? this.#kept.get(`${request.runId}/${request.name}`) : undefined;
      this.#leases.set(path, new Map(kept ?? this.#filesOf(commit)));
      return { kind: 'leased', lease: this.#lease(path, commit, request, kept !== undefined) };
    },
    sweep: async () => [],
  };

  readonly merge: MergeRepository = {
    resolve: async (_cwd, branch) => this.branches.get(branch) ?? null,
    treeOf: async (_cwd, commit) => this.#commitOf(commit).tree,
    merge: async (_cwd, ours, theirs, base) => this.#merge(base ?? this.#mergeBase(ours, theirs), ours, theirs),
    commitTree: async (_cwd, tree, parents, message) => this.#commit(tree, parents, message),
    markedIn: async (_cwd, commit, paths) => paths.filter((path) => this.readAt(commit, path)?.includes('<<<<<<< ')),
    entriesBetween: async (_cwd, pairs) => pairs.map(({ from, to }) => this.#entries(from, to)),
    commitSteps: async (_cwd, onto, steps) => this.#commitSteps(onto, steps),
    landedOn: async (_cwd, base, tip) => this.#landedOn(base, tip),
    moveBranch: async (_cwd, branch, to, from) => {
      if ((this.branches.get(branch) ?? null) !== from) return { kind: 'elsewhere' };
      this.branches.set(branch, to);
      return { kind: 'moved' };
    },
    compare: async (_cwd, base, commit) => this.#compare(base, commit),
  };

  setState(state: RepositoryState): void {
    this.#state = state;
  }

  setFolder(state: string | null): void {
    this.#folder = state;
  }

  failAcquire(message: string): void {
    this.#failure = message;
  }

  write(path: string, file: string, content: string | null): void {
    const files = this.#leases.get(path);
    if (!files) throw new Error(`${path} is not leased`);
    if (content === null) files.delete(file);
    else files.set(file, content);
  }

  read(path: string, file: string): string | null {
    return this.#leases.get(path)?.get(file) ?? null;
  }

  readAt(commit: string, file: string): string | null {
    return this.#filesOf(commit).get(file) ?? null;
  }

  leased(): readonly string[] {
    return [...this.#leases.keys()];
  }

  #lease(path: string, base: string, { runId, name }: LeaseRequest, restored: boolean): Lease {
    const key = `${runId}/${name}`;
    return {
      path,
      cwd: path,
      base,
      restored,
      changes: async (signal) => {
        throwIfAborted(signal);
        const [before, after] = [this.#filesOf(base), this.#leases.get(path)];
        return new Map(changed(before, after).map((file) => [file, after?.get(file) ?? '']));
      },
      commit: async ({ branch }, signal): Promise<Commit | null> => {
        throwIfAborted(signal);
        const files = this.#leases.get(path);
        if (!files) throw new Error(`${path} is not leased`);
        const tree = this.#tree(files);
        if (tree === this.#commitOf(base).tree) return null;
        if (this.branches.has(branch) && !branch.startsWith(`workflow/${runId}/`)) {
          throw new Error(`The branch ${branch} exists already.`);
        }
        const commit = this.#commit(tree, [base]);
        this.branches.set(branch, commit);
        this.#kept.set(key, new Map(files));
        return { commit, branch, ...this.#compare(base, commit) };
      },
      release: async () => void this.#leases.delete(path),
      abandon: async (apart) => {
        const files = this.#leases.get(path);
        this.#leases.delete(path);
        if (files === undefined || this.#tree(files) === this.#commitOf(base).tree) return null;
        const ref = `refs/dynamic-workflows/${runId}/rescued/${name}`;
        if (apart) return `${ref}.left-${this.#commit(this.#tree(files), [base]).slice(0, 12)}`;
        this.#kept.set(key, files);
        return ref;
      },
    };
  }

  #merge(ancestor: string, ours: string, theirs: string): MergeResult {
    const [base, right] = [this.#filesOf(ancestor), this.#filesOf(theirs)];
    const left = this.#trees.get(ours) ?? this.#filesOf(ours);
    const merged = new Map(left);
    const paths = changed(base, right).filter((path) => {
      const [was, here, there] = [base.get(path), left.get(path), right.get(path)];
      const conflicts = here !== was && here !== there;
      if (conflicts) merged.set(path, `<<<<<<< ours\n${here ?? ''}=======\n${there ?? ''}>>>>>>> theirs\n`);
      else if (there === undefined) merged.delete(path);
      else merged.set(path, there);
      return conflicts;
    });
    const tree = this.#tree(merged);
    if (paths.length === 0) return { kind: 'merged', tree };
    return { kind: 'conflict', paths, tree, notes: paths.map((path) => `CONFLICT (content): ${path}`) };
  }

  #entries(from: string, to: string): readonly TreeEntry[] {
    const [before, after] = [this.#filesOf(from), this.#filesOf(to)];
    const entry = (content: string | undefined) => (content === undefined ? null : { mode: '100644', oid: content });
    return changed(before, after)
      .sort()
      .map((path) => ({ path, before: entry(before.get(path)), after: entry(after.get(path)) }));
  }

  #commitSteps(onto: string, steps: readonly CommitStep[]): readonly string[] {
    let tip = onto;
    return steps.map((step) => (tip = this.#commit(this.#treeAfter(tip, step), [tip], step.message)));
  }

  #treeAfter(tip: string, step: CommitStep): string {
    if ('tree' in step) return step.tree;
    const files = new Map(this.#filesOf(tip));
    for (const { path, after } of step.entries) {
      if (after) files.set(path, after.oid);
      else files.delete(path);
    }
    return this.#tree(files);
  }

  #landedOn(base: string, tip: string): readonly LandedCommit[] {
    const landed: LandedCommit[] = [];
    for (let at: string | undefined = tip; at !== undefined && at !== base;) {
      const {
        message,
        parents: [parent],
      }: FakeCommit = this.#commitOf(at);
      landed.push({ commit: at, brings: changesNamedIn(message) });
      at = parent;
    }
    return landed;
  }

  #mergeBase(ours: string, theirs: string): string {
    const ancestors = new Set(this.#history(ours));
    return this.#history(theirs).find((commit) => ancestors.has(commit)) ?? this.base;
  }

  #history(commit: string): string[] {
    return [commit, ...this.#commitOf(commit).parents.flatMap((parent) => this.#history(parent))];
  }

  #compare(base: string, commit: string): Pick<Commit, 'files' | 'diff'> {
    const [before, after] = [this.#filesOf(base), this.#filesOf(commit)];
    const paths = changed(before, after).sort();
    const files = paths.map((path): ChangedFile => {
      const [was, is] = [before.get(path), after.get(path)];
      const status = was === undefined ? 'added' : is === undefined ? 'deleted' : 'modified';
      return { path, status, additions: linesOf(is).length, deletions: linesOf(was).length };
    });
    const diff = paths.map((path) => {
      const [minus, plus] = [linesOf(before.get(path)), linesOf(after.get(path))];
      return [
        `diff --git a/${path} b/${path}`,
        ...minus.map((line) => `-${line}`),
        ...plus.map((line) => `+${line}`),
        '',
      ];
    });
    return { files, diff: diff.flat().join('\n') };
  }

  /** Equal files are the same tree, as in git. */
  #tree(files: Files): string {
    const id = `tree ${JSON.stringify([...files].sort(([a], [b]) => (a < b ? -1 : 1)))}`;
    this.#trees.set(id, new Map(files));
    return id;
  }

  #commit(tree: string, parents: readonly string[], message = ''): string {
    const id = (this.#commits.size + 1).toString(16).padStart(40, '0');
    this.#commits.set(id, { tree, parents, message });
    return id;
  }

  #commitOf(commit: string) {
    const found = this.#commits.get(commit);
    if (!found) throw new Error(`${commit} is no commit`);
    return found;
  }

  #filesOf(commit: string): Files {
    return this.#trees.get(this.#commitOf(commit).tree) ?? new Map<string, string>();
  }
}

/** Paths whose content differs. */
function changed(before: Files | undefined, after: Files | undefined): string[] {
  const paths = new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])]);
  return [...paths].filter((path) => before?.get(path) !== after?.get(path));
}

const linesOf = (content: string | undefined): string[] => (content ?? '').split('\n').filter((line) => line !== '');
