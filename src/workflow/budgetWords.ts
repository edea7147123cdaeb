import { withoutQuoted } from '../base/withoutQuoted.ts';
import type { AgentCaps } from '../protocol/run.ts';
import {
  AMOUNT_ALONE,
  ANOTHER_AMOUNT,
  AT_MOST,
  DIRECTIVES,
  LAST_SHORTHAND,
  LAST_IN_BRACKETS,
  LOOSE_DIRECTIVES,
  SEEMS_ANOTHER,
  SHORTHANDS,
  STATEMENTS,
  type Pattern,
} from './budgetPatterns.ts';

/** What a person's words set as caps, and the rest of them. */
export interface BudgetWords extends AgentCaps {
  /** The prompt without those words. */
  readonly text: string;
}

/** What a person's words say of what comes of them. */
export interface SaidBudget {
  readonly caps: AgentCaps;
  /** As they were typed. */
  readonly words: readonly string[];
}

/** `500k`, `2M tokens`, `$2.50`, `5 USD`: one cap, or null when the text is something else. */
export function budgetAmount(text: string): AgentCaps | null {
  const match = AMOUNT_ALONE.exec(text.trim());
  return match ? capOf(match.groups ?? {}) : null;
}

/**
 * Reads what a person who types a prompt says of its budget (W35): `+500k` at its start, at its end or the end of its first
 * line, there in brackets too, or on a line of its own; `use a 10k token budget`, `with a budget of 2M tokens`, `spend at
 * most $5`, `do this for under five dollars`, `keep it under $5`, `You have $5 to spend.`, `limit: 500k tokens`, `max $2.50`. Only a directive for the whole counts: a sentence about somebody else's tokens or prices
 * does not, nor a price a piece, nor what a list of plans or settings states, nor does anything in code, in quotes or in a
 * file's text. Of several for one cap the lowest counts.
 */
export function budgetWords(prompt: string): BudgetWords {
  const found = foundIn(prompt);
  let text = '';
  let from = 0;
  for (const { start, end } of found) {
    if (start < from) continue;
    text += prompt.slice(from, start);
    from = end;
  }
  return { ...capsOf(found), text: found.length === 0 ? prompt : tidy(text + prompt.slice(from)) };
}

/** The same caps, and the words as they were typed: what a person is shown beside them. */
export function budgetOf(prompt: string): SaidBudget {
  const found = foundIn(prompt);
  const words = found
    .filter(({ start }, at, all) => all.slice(0, at).every(({ end }) => end <= start))
    .map(({ start, end }) => prompt.slice(start, end).trim());
  return { caps: capsOf(found), words };
}

function capsOf(found: readonly Found[]): AgentCaps {
  return found.reduce<AgentCaps>((caps, { cap }) => lowest(caps, cap), {});
}

/** In nearly nothing that is typed: to look for a directive takes a tenth of a second when it is done for the first time. */
const AN_AMOUNT = /[$+]\s?[.\d]|\d\s?(?:\$|[km]\b|thousand|million)|USD|dollar|token/i;

function foundIn(prompt: string): readonly Found[] {
  if (!AN_AMOUNT.test(prompt)) return [];
  const visible = withoutQuoted(prompt);
  return [...shorthands(visible), ...withOthers(visible, directives(visible))].sort((a, b) => a.start - b.start);
}

interface Found {
  readonly start: number;
  readonly end: number;
  readonly cap: AgentCaps;
}

const LEAST_OF_A_RUN = 10_000;
/** `For each module, spend at most $5`: what is said of a part is no cap of the whole. */
const OF_EACH = /(?:^|[.!?;:\n])\s*(?:for|in|on|per)\s+(?:each|every)\b[^.!?;:,\n]*,\s*$/i;
/** What `make sure to` opens is said of code, too. */
const MAKE_SURE = /^(?:make sure|be sure|try)\b/i;
/** Of `keep it under $5` nobody says so of a text. */
const OF_IT =
  /\b(?:limit|cap|restrict)(?:\s+(?:it|this))?\s+(?:to|at|under|below|within)\b(?!\s+(?:an?|the|my|our)\b)/i;
/** `Add a card, spending limit $500` */
const OF_A_FEATURE = new RegExp(
  String.raw`\b(?:exceed|go)\b|^with\s+${AT_MOST}|^(?:\w+\s+){0,2}(?:cost|spending|spend)\s+(?:limit|cap)\s`,
  'i',
);
const WRITING = String.raw`(?:^|[.!?;:,\n]|\b(?:and|then|please)\b)\s*(?:add|write|create|implement|build|design|introduce)\s(?:[^.!?;\n]|\.(?=\S))*`;
/** `Add a check: do not exceed $5`: a sentence that orders something to be written says it of that. */
const WRITES = new RegExp(String.raw`${WRITING}$`, 'i');
/** `Add a coupon. Cap it at $5`: `it` may be of the sentence before, too. */
const WRITES_IT = new RegExp(String.raw`${WRITING}[.!?;]?[ \t]*\r?\n?[ \t]*$`, 'i');
/** Characters before a directive, in which a sentence about a part begins. */
const BEFORE_CHARS = 300;

/** `use a 10k token budget and 3 reviewers`: said whole, whatever comes behind it. */
const SAID_WHOLE = /^(?!an?\s)\p{L}[^]*budget$/iu;

/**
 * Each with the amount that stands behind it: `at most 10k tokens and $2`. Two of one kind are no limit: prices that
 * something is to have, or a range.
 */
function withOthers(visible: string, found: readonly Found[]): readonly Found[] {
  return found.flatMap((one) => {
    ANOTHER_AMOUNT.lastIndex = one.end;
    SEEMS_ANOTHER.lastIndex = one.end;
    const seems = SEEMS_ANOTHER.test(visible);
    const match = ANOTHER_AMOUNT.exec(visible);
    const cap = match && capOf(match.groups ?? {});
    if (!cap) return seems && !SAID_WHOLE.test(wordsOf(visible, one)) ? [] : [one];
    if ((cap.usd === undefined) === (one.cap.usd === undefined)) return [];
    return [one, { start: one.end, end: one.end + match[0].length, cap }];
  });
}

function directives(visible: string): readonly Found[] {
  const loose = LOOSE_DIRECTIVES.flatMap((directive) => matches(visible, directive));
  const statements = STATEMENTS.flatMap((statement) => matches(visible, statement));
  return [
    ...DIRECTIVES.flatMap((directive) => matches(visible, directive)).filter(
      (found) => !MAKE_SURE.test(wordsOf(visible, found)) || isOfARun(found),
    ),
    ...loose.filter((found) => isOfARun(found) && !isOfWhatIsWritten(visible, found)),
    ...undisputed(statements).filter((found) => isOfARun(found) && !isOfWhatIsWritten(visible, found)),
  ].filter((found) => !OF_EACH.test(before(visible, found)));
}

function isOfARun({ cap }: Found): boolean {
  return (cap.outputTokens ?? Infinity) >= LEAST_OF_A_RUN;
}

function isOfWhatIsWritten(visible: string, found: Found): boolean {
  const words = wordsOf(visible, found);
  return (
    (OF_IT.test(words) && WRITES_IT.test(before(visible, found))) ||
    (OF_A_FEATURE.test(words) && WRITES.test(before(visible, found)))
  );
}

/** Those of a kind of which there is one amount only. */
function undisputed(statements: readonly Found[]): readonly Found[] {
  const usd = new Set(statements.flatMap(({ cap }) => cap.usd ?? []));
  const tokens = new Set(statements.flatMap(({ cap }) => cap.outputTokens ?? []));
  return statements.filter(({ cap }) => (cap.usd === undefined ? tokens : usd).size === 1);
}

function wordsOf(visible: string, { start, end }: Found): string {
  return visible.slice(start, end);
}

function before(visible: string, { start }: Found): string {
  return visible.slice(Math.max(0, start - BEFORE_CHARS), start);
}

function matches(visible: string, { needs, pattern }: Pattern): readonly Found[] {
  if (!needs.test(visible)) return [];
  return [...visible.matchAll(pattern)].flatMap((match) => {
    const cap = capOf(match.groups ?? {});
    return cap ? [{ start: match.index, end: match.index + match[0].length, cap }] : [];
  });
}

/** `The salary rose +500k`: something else has grown. Of `fix the tests +500k` nobody says so. */
const GROWS =
  /\b(?:rises?|rose|risen|rising|grows?|grew|grown|growing|climbed|jumped|surged|soared|gained|increased|went|hired?)\b[^.!?;:,(\n]*$/i;

function shorthands(visible: string): readonly Found[] {
  const [first = ''] = /^\s*[^\n]*/.exec(visible) ?? [];
  const last = [
    ...LAST_SHORTHAND.flatMap((pattern) => matches(visible, pattern)),
    ...LAST_IN_BRACKETS.flatMap((pattern) => matches(visible, pattern)).filter(isOfARun),
    ...[...LAST_SHORTHAND, ...LAST_IN_BRACKETS].flatMap((pattern) => matches(first, pattern)).filter(isOfARun),
  ].filter((found) => !GROWS.test(before(visible, found)));
  return [...SHORTHANDS.flatMap((shorthand) => matches(visible, shorthand)), ...last];
}

const FACTORS: Readonly<Record<string, number>> = { k: 1_000, thousand: 1_000, m: 1_000_000, million: 1_000_000 };
const FIGURES: Readonly<Record<string, number>> = {
  ...{ one: 1, two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7, eight: 8, nine: 9 },
  ...{ ten: 10, eleven: 11, twelve: 12, fifteen: 15, twenty: 20, thirty: 30, forty: 40, fifty: 50 },
  ...{ sixty: 60, seventy: 70, eighty: 80, ninety: 90 },
};

function capOf(groups: Readonly<Record<string, string | undefined>>): AgentCaps | null {
  const tokens = groups['tokens'] ?? groups['plain'];
  if (tokens !== undefined) {
    const factor = FACTORS[(groups['unit'] ?? groups['short'] ?? '').toLowerCase()] ?? 1;
    const outputTokens = Math.round(factor === 1 ? wholeOf(tokens) : numberOf(tokens) * factor);
    return outputTokens >= 1 ? { outputTokens } : null;
  }
  const words = groups['words'];
  if (words !== undefined) return { usd: inFigures(words) };
  const dollars = groups['dollars'] ?? groups['usd'] ?? groups['after'];
  if (dollars === undefined) return null;
  const usd = numberOf(dollars) * (groups['grand'] === undefined ? 1 : 1_000);
  return usd > 0 ? { usd } : null;
}

function inFigures(words: string): number {
  const each = words.toLowerCase().split(/[\s-]/);
  return each.includes('hundred') ? 100 : each.reduce((sum, word) => sum + (FIGURES[word] ?? 0), 0);
}

/** `200.000` tokens are a whole number of them: there is no thousandth of one. */
function wholeOf(text: string): number {
  return /^[1-9]\d{0,2}\.\d{3}$/.test(text) ? Number(text.replace('.', '')) : numberOf(text);
}

function numberOf(text: string): number {
  if (/^\d+,\d{1,2}$/.test(text)) return Number(text.replace(',', '.'));
  return Number(text.replaceAll(/\.\d{3}\./.test(text) ? '.' : ',', ''));
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
    .replace(/(?<!\s)(?:\s*[,;:–—-])?(?:\s+(?:and|but|then|please))?\s*([.!?])(?=\s|$)/g, '$1')
    .replace(/\(\s*\)/g, '')
    .replace(/([.!?])(?:\s*\.)+/g, '$1')
    .replace(/^[\s.,;:!–—-]+/, '')
    .replace(/(?<!\s)(?:\s*[,;:–—-]|\s+(?:and|but|then|please))?\s*$/, '');
}
