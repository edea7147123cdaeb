/** What a tree of git has at a path. A mode of 160000 is another repository's commit. */
export interface TreeEntry {
  readonly mode: string;
  readonly oid: string;
}

/** One path that an apply changes; null: it is not there. */
export interface TreeWrite {
  readonly path: string;
  readonly before: TreeEntry | null;
  readonly after: TreeEntry | null;
}

/** What lies in the checkout at a path, as git would take it in. */
export type OnDisk =
  | { readonly kind: 'absent' }
  | { readonly kind: 'entry'; readonly entry: TreeEntry }
  /** A folder; the paths of all files in it, from the top of the checkout. */
  | { readonly kind: 'folder'; readonly holds: readonly string[] }
  /** A file or a link stands where a folder would be: its path. */
  | { readonly kind: 'under'; readonly file: string }
  /** A pipe, a socket or a device. */
  | { readonly kind: 'special' };

/**
 * Why a path cannot be written without losing something of the person's: it differs from the commit, it is there and git
 * does not have it, an editor holds text of it that is on no disk, it is another repository.
 */
export type OverlapReason = 'edited' | 'untracked' | 'unsaved' | 'staged' | 'submodule';

export interface Overlap {
  readonly path: string;
  readonly why: OverlapReason;
}

const GITLINK = '160000';

/**
 * The paths whose content on disk is not what the merge started from, so that writing them would destroy it. A file that
 * is ignored counts like any other. `unsaved`: paths of editors with changes that are not on the disk.
 */
export function overlapsOf(
  writes: readonly TreeWrite[],
  found: ReadonlyMap<string, OnDisk>,
  unsaved: ReadonlySet<string>,
): readonly Overlap[] {
  const gone = new Set(writes.filter(({ after }) => after === null).map(({ path }) => path));
  return writes.flatMap((write): readonly Overlap[] => {
    const { path, before, after } = write;
    if (before?.mode === GITLINK || after?.mode === GITLINK) return [{ path, why: 'submodule' }];
    if (unsaved.has(path)) return [{ path, why: 'unsaved' }];
    const why = whyNot(before, found.get(path) ?? { kind: 'special' }, gone);
    return why === null ? [] : [{ path, why }];
  });
}

function whyNot(before: TreeEntry | null, here: OnDisk, gone: ReadonlySet<string>): OverlapReason | null {
  switch (here.kind) {
    case 'absent':
      return before === null ? null : 'edited';
    case 'entry':
      if (before === null) return 'untracked';
      return sameEntry(before, here.entry) ? null : 'edited';
    case 'under':
      if (before !== null) return 'edited';
      return gone.has(here.file) ? null : 'untracked';
    case 'folder':
      if (before !== null) return 'edited';
      // Empty but for what the same apply takes away, it makes room.
      return here.holds.every((path) => gone.has(path)) ? null : 'untracked';
    case 'special':
      return before === null ? 'untracked' : 'edited';
  }
}

function sameEntry(a: TreeEntry | null, b: TreeEntry | null): boolean {
  return a === b || (a !== null && b !== null && a.mode === b.mode && a.oid === b.oid);
}

/**
 * What the three-way merge may take as the person's own side, other than what the commit has: a path that lies there just
 * as the change found it (its base was a snapshot of uncommitted work) or just as the change leaves it.
 */
export function ownSide(
  changed: readonly TreeWrite[],
  head: ReadonlyMap<string, TreeEntry | null>,
  found: ReadonlyMap<string, OnDisk>,
): ReadonlyMap<string, TreeEntry | null> {
  const own = new Map<string, TreeEntry | null>();
  for (const { path, before, after } of changed) {
    const here = found.get(path);
    const entry = here?.kind === 'entry' ? here.entry : here?.kind === 'absent' ? null : undefined;
    if (entry === undefined || sameEntry(entry, head.get(path) ?? null)) continue;
    if (sameEntry(entry, before) || sameEntry(entry, after)) own.set(path, entry);
  }
  return own;
}
