import type { TreeEntry } from './changeBatches.ts';

const GITLINK = '160000';
/** What a decoder puts where bytes are no UTF-8: the path's true name is not known then. */
const UNREADABLE = '\uFFFD';

/**
 * Paths that one side of a merge has changed. `isClearOf` is true only when a three-way merge of the other side would
 * take its files as they are, so that no merge is needed. In doubt it is false: then git merges.
 */
export class Touched {
  readonly #paths = new Set<string>();
  /** All folders above them. */
  readonly #folders = new Set<string>();
  #adds = false;
  #removes = false;
  #unsure = false;

  add(entries: readonly TreeEntry[]): void {
    for (const entry of entries) {
      const name = nameOf(entry.path);
      this.#paths.add(name);
      for (const folder of foldersOf(name)) this.#folders.add(folder);
      this.#adds ||= entry.before === null;
      this.#removes ||= entry.after === null;
      this.#unsure ||= isUnsure(entry);
    }
  }

  isClearOf(entries: readonly TreeEntry[]): boolean {
    if (entries.length === 0 || this.#paths.size === 0) return !entries.some(isUnsure);
    if (this.#unsure || entries.some(isUnsure)) return false;
    const adds = entries.some(({ before }) => before === null);
    const removes = entries.some(({ after }) => after === null);
    // A side that removes and adds may have moved a folder; git would move into it what the other side adds there.
    if (adds && this.#adds && (this.#removes || removes)) return false;
    return entries.every(({ path }) => this.#isClearOfPath(nameOf(path)));
  }

  /** A merge has come in: git may have moved into a moved folder what another side added. */
  merged(): void {
    this.#adds = true;
    this.#removes = true;
  }

  /** Neither it, nor a file where it needs a folder, nor something below it. */
  #isClearOfPath(name: string): boolean {
    if (this.#paths.has(name) || this.#folders.has(name)) return false;
    return foldersOf(name).every((folder) => !this.#paths.has(folder));
  }
}

function isUnsure({ path, before, after }: TreeEntry): boolean {
  return path.includes(UNREADABLE) || before?.mode === GITLINK || after?.mode === GITLINK;
}

/** Paths that are one file on some system are one here. */
const nameOf = (path: string): string => path.normalize('NFC').toLowerCase();

function foldersOf(name: string): string[] {
  const folders: string[] = [];
  for (let at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1)) folders.push(name.slice(0, at));
  return folders;
}
