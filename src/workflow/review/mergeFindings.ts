import { SEVERITIES } from '../../protocol/change.ts';
import type { Claim } from './reviewPrompts.ts';

/** What one reviewer found through its lens. */
export interface Found {
  readonly claim: Claim;
  readonly lens: string;
  /** Its agent. */
  readonly reviewer: string;
}

/** Titles are alike when so much of their words are the same. */
const ALIKE = 0.5;
const SMALL_WORDS = new Set(['a', 'an', 'and', 'are', 'be', 'in', 'is', 'it', 'not', 'of', 'on', 'the', 'to', 'when']);

/**
 * Each fault once: what stands in the same file on overlapping lines under a similar title is the same, found through
 * several lenses. The gravest words for it count, and its lenses are all named.
 */
export function mergeFindings(all: readonly Found[]): readonly Found[] {
  const merged: Found[] = [];
  for (const found of all) {
    const at = merged.findIndex((known) => isSame(known.claim, found.claim));
    const known = merged[at];
    if (known === undefined) merged.push(found);
    else merged[at] = joined(known, found);
  }
  return merged;
}

function joined(known: Found, found: Found): Found {
  const [first, second] = rank(found) < rank(known) ? [found, known] : [known, found];
  const lenses = [...new Set([...known.lens.split(', '), ...found.lens.split(', ')])];
  const suggestion = first.claim.suggestion ?? second.claim.suggestion;
  return {
    ...first,
    claim: { ...first.claim, ...(suggestion === undefined ? {} : { suggestion }) },
    lens: lenses.join(', '),
  };
}

function rank({ claim }: Found): number {
  return SEVERITIES.indexOf(claim.severity);
}

function isSame(a: Claim, b: Claim): boolean {
  if (a.path !== b.path || a.unplaced !== b.unplaced) return false;
  const apart = a.line > (b.endLine ?? b.line) || b.line > (a.endLine ?? a.line);
  return !apart && likeness(a.title, b.title) >= ALIKE;
}

/** The words that two texts share, of all that they have. */
function likeness(a: string, b: string): number {
  const [one, two] = [wordsOf(a), wordsOf(b)];
  const shared = [...one].filter((word) => two.has(word)).length;
  return shared === 0 ? 0 : shared / (one.size + two.size - shared);
}

function wordsOf(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
  const telling = words.filter((word) => !SMALL_WORDS.has(word));
  return new Set(telling.length > 0 ? telling : words);
}
