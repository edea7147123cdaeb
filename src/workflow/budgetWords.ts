import { withoutQuoted } from '../base/withoutQuoted.ts';
import type { AgentCaps } from '../protocol/run.ts';

/** What a person's words set as caps, and the rest of them. */
export interface BudgetWords extends AgentCaps {
  /** The prompt without those words. */
  readonly text: string;
}

/** `500k`, `2M tokens`, `$2.50`, `5 USD`: one cap, or null when the text is something else. */
export function budgetAmount(text: string): AgentCaps | null {
  const match = AMOUNT_ALONE.exec(text.trim());
  return match ? capOf(match.groups ?? {}) : null;
}

/**
 * Reads what a person who types a prompt says of its budget (W35): `+500k` at its start, at its end or on a line of its own;
 * `use a 10k token budget`, `with a budget of 2M tokens`, `spend at most $5`, `max $2.50`. Only a directive counts: a
 * sentence about somebody else's tokens or prices does not, nor does anything in code, in quotes or in a file's text. Of
 * several for one cap the lowest counts.
 */
export function budgetWords(prompt: string): BudgetWords {
  const found = foundIn(prompt);
  let caps: AgentCaps = {};
  let text = '';
  let from = 0;
  for (const { start, end, cap } of found) {
    caps = lowest(caps, cap);
    if (start < from) continue;
    text += prompt.slice(from, start);
    from = end;
  }
  return { ...caps, text: found.length === 0 ? prompt : tidy(text + prompt.slice(from)) };
}

/** The words themselves, as they were typed: what a person is shown beside the caps that came of them. */
export function budgetPhrases(prompt: string): readonly string[] {
  return foundIn(prompt)
    .filter(({ start }, at, all) => all.slice(0, at).every(({ end }) => end <= start))
    .map(({ start, end }) => prompt.slice(start, end).trim());
}

function foundIn(prompt: string): readonly Found[] {
  const visible = withoutQuoted(prompt);
  return [...shorthands(visible), ...directives(visible)].sort((a, b) => a.start - b.start);
}

interface Found {
  readonly start: number;
  readonly end: number;
  readonly cap: AgentCaps;
}

const NUMBER = String.raw`(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?`;
const TOKENS = String.raw`(?<tokens>${NUMBER})\s?(?<unit>k|m|thousand|million)?(?:\s|-)?(?:output\s)?tokens?`;
const MONEY = String.raw`(?:(?:US)?\$\s?(?<dollars>${NUMBER})(?<grand>k)?|USD\s?(?<usd>${NUMBER})|(?<after>${NUMBER})\s?(?:\$|USD|(?:US[ -])?dollars?))(?![\w%])`;
const AMOUNT = String.raw`(?:${TOKENS}|${MONEY})`;
const AMOUNT_ALONE = new RegExp(String.raw`^\+?(?:${TOKENS}|(?<plain>${NUMBER})\s?(?<short>[km])?|${MONEY})$`, 'i');

/** Where somebody who gives an order may begin to. */
const ORDER = String.raw`(?<=(?:^|[.!?;:,(\n–—-]|\b(?:and|but|then|please|you may|you can|you should|you must|only))\s*)`;
/** What may follow; anything else makes it another order: a price a piece, an offer, what the tokens are of. */
const TAIL = String.raw`(?:\s+(?:in total|in all|overall|altogether|total|for (?:this|it|all)|on (?:this|it|all)|or less|at most|max))?`;
const ENDS = String.raw`${TAIL}(?=\s*(?:$|[.!?;:,)\n–—]|(?:budget|and (?:then )?\p{L}+|but|then|please)\b))`;
const AT_MOST = String.raw`(?:at most|up to|no more than|not more than|a max(?:imum)? of|max(?:imum|\.)?(?: of)?:?|under|below|less than)`;

const DIRECTIVES = [
  // spend at most $5, use up to 200k tokens, don't spend more than 5 USD
  String.raw`${ORDER}(?:(?:spend|use|cost|pay)\s+(?:only\s+)?(?:${AT_MOST}\s+)?|(?:don'?t|do not|never)\s+(?:spend|use)\s+(?:more than|over|above)\s+)${AMOUNT}${ENDS}`,
  // at most 5 USD, max $2.50
  String.raw`${ORDER}${AT_MOST}\s*${AMOUNT}${ENDS}`,
  // use a 10k token budget, with a $5 budget
  String.raw`(?:${ORDER}(?:use|set|take|keep to|stay (?:with)?in)|\b(?:with(?:in)?|on|under|using|given|you have|there is|work with))\s+an?\s+(?:max(?:imum)?\s+)?${AMOUNT}[\s-]budget\b`,
  // with a budget of 2M tokens, the budget is $5, budget: 500k tokens
  String.raw`(?:${ORDER}(?:(?:use|set|take|keep to|stay (?:with)?in|the|your|my|our)\s+)?|\b(?:with(?:in)?|on|under|using|given|you have|there is|work with)\s+)(?:an?\s+|the\s+|my\s+|our\s+)?(?:token\s+|total\s+|max(?:imum)?\s+)?budget(?:\s+(?:of|is|to)|\s*[:=])?\s+(?:${AT_MOST}\s+)?${AMOUNT}${ENDS}`,
].map((source) => new RegExp(source, 'giu'));

function directives(visible: string): readonly Found[] {
  return DIRECTIVES.flatMap((directive) =>
    [...visible.matchAll(directive)].flatMap((match) => {
      const cap = capOf(match.groups ?? {});
      return cap ? [{ start: match.index, end: match.index + match[0].length, cap }] : [];
    }),
  );
}

const SHORT = String.raw`\+(?<plain>${NUMBER})(?<short>[km])(?:\s?tokens?)?`;
const SHORTHANDS = [
  // First in the prompt, before anything but what there might be so many of.
  new RegExp(String.raw`^\s*${SHORT}(?=$|[\s.,;:!])(?!\s+(?:\p{L}*[^\Ws]s|loc|usd|eur|of|in|on|per)\b)`, 'giu'),
  // Last, after anything but what it might be counted by.
  new RegExp(
    String.raw`(?<!\b(?:by|of|to|from|with|is|was|are|were|at|about|than|grew|gained|for|in|on|and|or))\s${SHORT}[.!]?\s*$`,
    'giu',
  ),
  new RegExp(String.raw`^[ \t]*${SHORT}[.!]?[ \t]*$`, 'gimu'),
];

function shorthands(visible: string): readonly Found[] {
  return SHORTHANDS.flatMap((shorthand) =>
    [...visible.matchAll(shorthand)].flatMap((match) => {
      const cap = capOf(match.groups ?? {});
      return cap ? [{ start: match.index, end: match.index + match[0].length, cap }] : [];
    }),
  );
}

const FACTORS: Readonly<Record<string, number>> = { k: 1_000, thousand: 1_000, m: 1_000_000, million: 1_000_000 };

function capOf(groups: Readonly<Record<string, string | undefined>>): AgentCaps | null {
  const number = (text: string): number => Number(text.replaceAll(',', ''));
  const tokens = groups['tokens'] ?? groups['plain'];
  if (tokens !== undefined) {
    const factor = FACTORS[(groups['unit'] ?? groups['short'] ?? '').toLowerCase()] ?? 1;
    const outputTokens = Math.round(number(tokens) * factor);
    return outputTokens >= 1 ? { outputTokens } : null;
  }
  const dollars = groups['dollars'] ?? groups['usd'] ?? groups['after'];
  if (dollars === undefined) return null;
  const usd = number(dollars) * (groups['grand'] === undefined ? 1 : 1_000);
  return usd > 0 ? { usd } : null;
}

function lowest(a: AgentCaps, b: AgentCaps): AgentCaps {
  const tokens = Math.min(a.outputTokens ?? Infinity, b.outputTokens ?? Infinity);
  const usd = Math.min(a.usd ?? Infinity, b.usd ?? Infinity);
  return {
    ...(Number.isFinite(tokens) ? { outputTokens: tokens } : {}),
    ...(Number.isFinite(usd) ? { usd } : {}),
  };
}

/** Without the joints of what was taken out. */
function tidy(text: string): string {
  return text
    .replace(/[ \t]{2,}/g, ' ')
    .replace(/(?:\s*[,;:–—-])?(?:\s+(?:and|but|then|please))?\s*([.!?])(?=\s|$)/g, '$1')
    .replace(/\(\s*\)/g, '')
    .replace(/([.!?])(?:\s*\.)+/g, '$1')
    .replace(/^[\s.,;:!–—-]+/, '')
    .replace(/(?:\s*[,;:–—-]|\s+(?:and|but|then|please))?\s*$/, '');
}
