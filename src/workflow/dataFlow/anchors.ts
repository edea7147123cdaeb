import { BitSet } from './bitSet.ts';
import { HashTable } from './hashTable.ts';
import { IntList } from './intList.ts';

/** Where an anchor stands: in which source, and at which of its characters. */
export interface AnchorPlace {
  readonly source: number;
  readonly at: number;
}

/** Shingles and the places where they stand in sources; 12 bytes a place, beside what the tables take. */
export class Anchors {
  /** A quick no for most words of a prompt. */
  readonly #known = new BitSet(21);
  readonly #byHash = new HashTable();
  /** By anchor: its newest and its oldest place, and how many there are. */
  readonly #newest = new IntList();
  readonly #oldest = new IntList();
  readonly #counts = new IntList();
  /** By place: its source, where in it, and the place before it of the same anchor. */
  readonly #sources = new IntList();
  readonly #ats = new IntList();
  readonly #before = new IntList();

  /** -1: there is none. */
  find(hash: number): number {
    return this.#known.has(hash) ? this.#byHash.get(hash) : -1;
  }

  /** How many sources have it now; 0 when the source has it elsewhere already. */
  add(hash: number, source: number, at: number): number {
    const known = this.#byHash.getOrAdd(hash, this.#counts.length);
    if (known < 0) {
      this.#known.add(hash);
      const place = this.#place(source, at, -1);
      this.#newest.push(place);
      this.#oldest.push(place);
      this.#counts.push(1);
      return 1;
    }
    const newest = this.#newest.get(known);
    if (this.#sources.get(newest) === source) return 0;
    this.#newest.set(known, this.#place(source, at, newest));
    this.#counts.set(known, this.#counts.get(known) + 1);
    return this.#counts.get(known);
  }

  #place(source: number, at: number, before: number): number {
    this.#ats.push(at);
    this.#before.push(before);
    return this.#sources.push(source);
  }

  /** Of an anchor that has more places than `limit`: the newest ones, and the oldest. */
  places(anchor: number, limit: number): readonly AnchorPlace[] {
    const places: AnchorPlace[] = [];
    const isCut = this.#counts.get(anchor) > limit;
    const newest = isCut ? limit - 1 : limit;
    for (let at = this.#newest.get(anchor); at >= 0 && places.length < newest; at = this.#before.get(at))
      places.push(this.#placeAt(at));
    if (isCut) places.push(this.#placeAt(this.#oldest.get(anchor)));
    return places;
  }

  #placeAt(at: number): AnchorPlace {
    return { source: this.#sources.get(at), at: this.#ats.get(at) };
  }
}
