import { withoutQuoted } from '../base/withoutQuoted.ts';
import type { AgentCaps } from '../protocol/run.ts';

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

/** `500`, `1,000`, `2.5`, `2,5`, `1.000.000`; bounded, so that a paste of figures is read once. */
const NUMBER = String.raw`(?:\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,6})?|\d{1,3}(?:\.\d{3}){2,4}|\d{1,15}(?:\.\d{1,6}|,\d{1,2}(?!\d))?)`;
const TOKENS = String.raw`(?<tokens>${NUMBER})\s?(?<unit>k|m|thousand|million)?(?:\s|-)?(?:output\s)?tokens?`;
const ONES = 'one|two|three|four|five|six|seven|eight|nine';
/** `five`, `twenty-five`, `a hundred`: of dollars alone, people write figures in words. */
const IN_WORDS = String.raw`${ONES}|ten|eleven|twelve|fifteen|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -](?:${ONES}))?|(?:an?\s|one\s)?hundred`;
const MONEY = String.raw`(?:(?:US)?\$\s?(?<dollars>${NUMBER}|\.\d{1,6})(?<grand>k)?|USD\s?(?<usd>${NUMBER})|(?<after>${NUMBER})\s?(?:\$|USD|(?:US[ -])?dollars?)|(?<words>${IN_WORDS})[ -](?:US[ -])?dollars?)(?![\w%]|[.,]\d)`;
const AMOUNT = String.raw`(?:${TOKENS}|${MONEY})`;
/** Behind a word such as budget, a bare `500k` is one of tokens. */
const BUDGETED = String.raw`(?:${AMOUNT}|(?<plain>${NUMBER})\s?(?<short>[km])(?![\w%]))`;
const PLAIN = String.raw`(?<plain>${NUMBER})\s?(?<short>[km])?(?![\w%]|[.,]\d)`;
const AMOUNT_ALONE = new RegExp(String.raw`^\+?(?:${TOKENS}|(?<plain>${NUMBER})\s?(?<short>[km])?|${MONEY})$`, 'i');

/** Where somebody who gives an order may begin to. Blanks are looked back over once, from their end. */
const ORDER = String.raw`(?=\S)(?<=(?:^|[!?;:,(\n–—]|\.(?=\s)|(?<!\w)-|-(?=\s)|\b(?:and|but|then|please|you may|you can|you should|you must|only))\s*)(?:(?:make sure|be sure|try)\s+(?:that\s+)?(?:to|you)\s+)?`;
/** What a whole run may do; `this phase` or `this endpoint` is a part. */
const DEED =
  'task|run|job|work|session|audit|review|migration|refactor(?:ing)?|analysis|investigation|research|fix|cleanup';
const WHOLE = String.raw`(?:(?:this|it|all|everything)(?:\s+(?:of (?:it|this)|${DEED}))?|the (?:whole |entire )?(?:run|task|job|thing|work|session))`;
/** What may follow; anything else makes it another order: a price a piece, an offer, what the tokens are of. */
const TAIL = String.raw`(?:\s+budget)?(?:\s+(?:in total|in all|overall|altogether|total|(?:for|on) ${WHOLE}|or less|at most|max(?:imum)?|tops)){0,2}`;
const OF_A_PART = String.raw`(?:\s*[,(–—-])?\s*(?:per|each|apiece|(?:for|in|on) (?:each|every|any))\b`;
const LAST_END = String.raw`$|[.!?;:,)\]\n–—]|-\s|(?:and (?:then )?\p{L}+|but|then|please)\b`;
/** What seems to be another amount, behind one: what follows says whether it is. */
const ANOTHER = String.raw`(?:(?:and|or)\s+(?:USD?\s?)?[$\d.]|or\s+(?:${IN_WORDS})[ -](?:US[ -])?dollars)`;
const WORK = String.raw`(?:to \p{L}|\p{L}+ing\b)`;
/** `to fix each bug`: the work is on a part. */
const WORK_ON_A_PART = String.raw`\s*${WORK}(?:[^.!?;\n]|\.(?=\S)){0,300}?\b(?:each|every|per|apiece)\b`;
const WHICHEVER = String.raw`(?:,?\s+whichever\s+(?:comes|is)\s+(?:\w+\s+)?(?:first|sooner|lower|less|smaller))?`;
const [ENDS, LAST_ENDS] = endings('', '');
/** What is plainly a limit may say of what: spend at most $5 to fix it. */
const [ENDS_OR_WORK, LAST_ENDS_OR_WORK] = endings(`|${WORK_ON_A_PART}`, `|${WORK}`);
const AT_MOST = String.raw`(?:at most|up to|no more than|not more than|not exceeding|a max(?:imum)? of|max(?:imum|\.)?(?: of)?:?|under|below|less than)`;
const MANY_TOKENS = String.raw`(?:[\d.,]{5,20}|[\d.,]{1,9}\s?(?:[km]|thousand|million))[\s-]?(?:output\s)?tokens`;
/** Behind `and`, a bare amount may be what players or customers spend: there it takes a word for a limit, or many tokens. */
const AS_MUCH_AS = String.raw`(?:(?:only\s+)?${AT_MOST}\s+|only\s+|(?=${MANY_TOKENS})|(?<!\band\s{1,9}\w{3,5}\s{1,9}))`;
const NEVER = String.raw`(?:don['’]?t|do not|never|not)(?:\s+to)?`;
const HAVING = String.raw`(?:with(?:in)?|on|under|using|given|you have|I have|we have|there is|work with)`;
const SETTING = String.raw`(?:use|set|take|keep to|stay (?:with)?in|work with(?:in)?)`;
const BUDGET = String.raw`(?:(?:token|total|overall|max(?:imum)?)\s+){0,2}budget`;
/** What a run has, for whoever speaks of it: what it costs, or it itself. */
const IT = String.raw`(?:it|this|things|everything|yourself|the (?:whole )?(?:run|thing|job|task|work)|(?:the |your |all )?(?:total )?(?:costs?|spending|spend|usage|budget|token (?:use|usage|spend)))`;
const LIMIT = String.raw`(?:(?:token|cost|spending|spend|money|total|overall|hard|upper)\s+){0,2}(?:limit|cap|maximum)`;
const AS_A_LIMIT = String.raw`(?:limit|cap|max(?:imum)?|tops|at (?:the )?most)`;
/** Neither first in an item of a list nor behind a label: `- $5 max`, `Pro: $5 max`. */
const UNLISTED = String.raw`(?=\S)(?<!(?::|(?:^|\n)[ \t]{0,20}(?:[-*+•]|\d{1,3}[.)]))[ \t]{0,20})`;

const A_MOST = /at most|up to|more than|exceeding|\bmax|\bunder|below|less than/i;

const DIRECTIVES = patterns([
  // spend at most $5, use up to 200k tokens, spend 500k
  [/\b(?:use|cost|pay)\s/i, String.raw`${ORDER}(?:use|cost|pay)\s+${AS_MUCH_AS}${AMOUNT}${ENDS}`],
  [/\bspend\s/i, String.raw`${ORDER}spend\s+${AS_MUCH_AS}(?:${AMOUNT}|(?<plain>${NUMBER})(?<short>k))${ENDS_OR_WORK}`],
  [/\buse\s/i, String.raw`${ORDER}use\s+(?:only\s+)?${AT_MOST}\s+${AMOUNT}${ENDS_OR_WORK}`],
  // don't spend more than 5 USD
  [
    /\b(?:more than|over|above)\s/i,
    String.raw`${ORDER}${NEVER}\s+(?:spend|use|pay)\s+(?:more than|over|above)\s+${AMOUNT}${ENDS_OR_WORK}`,
  ],
  // at most 5 USD, max $2.50
  [A_MOST, String.raw`${ORDER}${AT_MOST}\s*${AMOUNT}${ENDS}`],
  // do this for under $5
  [
    /\b(?:do|get|finish|complete)\s/i,
    String.raw`${ORDER}(?<!(?:\band|:)\s{0,9})(?:do|get|finish|complete)\s+${WHOLE}(?:\s+done)?\s+(?:for|with|on|using)\s+${AT_MOST}\s+${AMOUNT}${ENDS}`,
  ],
  // You have $5 to spend: a sentence of its own
  [
    /\byou\b/i,
    String.raw`(?<=(?:^|[.!?]\s)\s{0,9})you(?:\s+only)?(?:\s+have|['’]ve got)\s+(?:only\s+)?(?:${AT_MOST}\s+)?${AMOUNT}\s+to\s+(?:spend|use|work with)${ENDS}`,
  ],
  // use a 10k token budget, with a $5 budget
  [
    /budget/i,
    String.raw`${ORDER}(?:${SETTING}|${HAVING})\s+an?\s+(?:max(?:imum)?\s+)?${BUDGETED}[\s-]budget(?:${ENDS}|(?![\w/-]|${OF_A_PART}|${WORK_ON_A_PART}|\s+(?:for|on|in|at|of|during|a|an|every)\b))`,
  ],
  [/budget/i, String.raw`\b${HAVING}\s+an?\s+(?:max(?:imum)?\s+)?${BUDGETED}[\s-]budget${ENDS}`],
  // with a budget of 2M tokens, the budget is $5, budget: 500k
  [
    /budget/i,
    String.raw`(?:${ORDER}(?:(?:${SETTING}|the|your|my|our)\s+)?|\b${HAVING}\s+)(?:an?\s+|the\s+|my\s+|our\s+)?${BUDGET}(?:\s+(?:of|is|to)|\s*[:=])?\s+(?:${AT_MOST}\s+)?${BUDGETED}${ENDS_OR_WORK}`,
  ],
]);

/** These are said of a text that is to be written, too: they limit a run from LEAST_OF_A_RUN tokens on. */
const LOOSE_DIRECTIVES = patterns([
  // do not exceed $5, don't go over $5, without exceeding $5
  [
    /exceed|\bgo |\bwithout\s/i,
    String.raw`(?:${ORDER}${NEVER}\s+(?:exceed|go (?:over|above|beyond))|\bwithout\s+(?:exceeding|going over|(?:spending|using) more than))\s+${AMOUNT}${ENDS_OR_WORK}`,
  ],
  // stay under $5, keep it under $5, keep costs below $5
  [
    /\b(?:stay|remain|keep)\s/i,
    String.raw`${ORDER}(?:stay|remain|keep(?:\s+${IT})?)\s+(?:at or\s+)?(?:under|below|within|to|at most)\s+${AMOUNT}${ENDS_OR_WORK}`,
  ],
  // limit it to $5, cap it at $5
  [
    /\b(?:limit|cap|restrict)\s/i,
    String.raw`${ORDER}(?:limit|cap|restrict)(?:\s+${IT})?\s+(?:to|at)\s+(?:${AT_MOST}\s+)?${AMOUNT}${ENDS_OR_WORK}`,
  ],
  // with a cap of $5, set a $5 limit
  [
    /\b(?:limit|cap|maximum)\s/i,
    String.raw`${ORDER}(?:${SETTING}|${HAVING})\s+(?:an?|the|my|our)\s+${LIMIT}\s+(?:of|to|at)\s+${AMOUNT}${ENDS_OR_WORK}`,
  ],
  [
    /\b(?:limit|cap|max|maximum|tops|most)\b/i,
    String.raw`${ORDER}(?:${SETTING}|${HAVING})\s+(?:an?\s+)?${AMOUNT}[\s-]${AS_A_LIMIT}${ENDS}`,
  ],
  // with max 300k tokens
  [/\bwith\s/i, String.raw`${ORDER}with\s+${AT_MOST}\s+${AMOUNT}${ENDS_OR_WORK}`],
]);

/** These are said of plans and settings, too: not of a run where they are an item of a list, a label's value or differ. */
const STATEMENTS = patterns([
  // $5 budget, $5 max, 500k tokens max
  [/budget/i, String.raw`${UNLISTED}${ORDER}(?:an?\s+)?${BUDGETED}[\s-]budget${ENDS}`],
  [
    /\b(?:limit|cap|max|maximum|tops|most)\b/i,
    String.raw`${UNLISTED}${ORDER}(?:an?\s+)?${AMOUNT}[\s-]${AS_A_LIMIT}${ENDS}`,
  ],
  // limit: 500k tokens, token limit: 500000
  [
    /\b(?:limit|cap|maximum)\s*[:=]/i,
    String.raw`${UNLISTED}${ORDER}(?:(?:the|my|our|your)\s+)?${LIMIT}\s*[:=]\s*(?:${AT_MOST}\s+)?${AMOUNT}${ENDS}`,
  ],
  [
    /token (?:limit|cap)/i,
    String.raw`${UNLISTED}${ORDER}(?:(?:the|my|our|your)\s+)?token (?:limit|cap)\s*[:=]\s*${PLAIN}${ENDS}`,
  ],
  // cost limit $5
  [
    /\b(?:cost|spending|spend)\s/i,
    String.raw`${UNLISTED}${ORDER}(?:(?:the|my|our|your)\s+)?(?:(?:total|overall)\s+)?(?:cost|spending|spend)\s+(?:limit|cap)\s+(?:of\s+)?(?:${AT_MOST}\s+)?${MONEY}${ENDS}`,
  ],
  // token budget: 10000
  [
    /token budget/i,
    String.raw`${UNLISTED}${ORDER}(?:(?:${SETTING}|with)\s+)?(?:(?:an?|the|my|our)\s+)?token budget(?:\s+(?:of|is|to)|\s*[:=])?\s+${PLAIN}${ENDS}`,
  ],
]);

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

/** A directive, and what stands in every text that holds it: a pattern as long as these is not made ready for nothing. */
interface Pattern {
  readonly needs: RegExp;
  readonly pattern: RegExp;
}

function patterns(sources: readonly (readonly [needs: RegExp, source: string])[]): readonly Pattern[] {
  return sources.map(([needs, source]) => ({ needs, pattern: new RegExp(source, 'giu') }));
}

/** How an amount ends that may have another one behind it, and how that one does. */
function endings(notBefore: string, before: string): readonly [string, string] {
  const ends = (more: string): string => String.raw`(?!${OF_A_PART}${notBefore})(?=\s*(?:${LAST_END}${before}${more}))`;
  const last = `${TAIL}${WHICHEVER}${ends('')}`;
  return [`${TAIL}${ends(`|${ANOTHER}`)}`, last];
}

/** `use a 10k token budget and 3 reviewers`: said whole, whatever comes behind it. */
const SAID_WHOLE = /^(?!an?\s)\p{L}[^]*budget$/iu;
const SEEMS_ANOTHER = new RegExp(String.raw`\s*${ANOTHER}`, 'iuy');
const AND = new RegExp(String.raw`\s+(?:and|or)\s+${AMOUNT}(?:${LAST_ENDS}|${LAST_ENDS_OR_WORK})`, 'iuy');

/**
 * Each with the amount that stands behind it: `at most 10k tokens and $2`. Two of one kind are no limit: prices that
 * something is to have, or a range.
 */
function withOthers(visible: string, found: readonly Found[]): readonly Found[] {
  return found.flatMap((one) => {
    AND.lastIndex = one.end;
    SEEMS_ANOTHER.lastIndex = one.end;
    const seems = SEEMS_ANOTHER.test(visible);
    const match = AND.exec(visible);
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

const SHORT = String.raw`\+(?<plain>${NUMBER})(?<short>[km])(?:\s?tokens?)?`;
const A_PLUS = /\+\d/;
const SHORTHANDS = patterns([
  // First in the prompt, before anything but what there might be so many of.
  [
    A_PLUS,
    String.raw`^\s*${SHORT}(?=$|[\s.,;:!])(?!\s+(?!(?:this|always|focus)\b)(?:\p{L}*[^\Ws]s|loc|usd|eur|of|in|on|per)\b)`,
  ],
  // On a line of its own.
  [A_PLUS, String.raw`(?<=^|\n)[ \t]*${SHORT}[.!]?[ \t]*(?=$|\n|\r)`],
]);
/** What it might be counted by, or a text that reads so. */
const COUNTED = String.raw`by|of|to|from|with|is|be|was|are|were|as|at|about|than|for|in|on|and|or|up|down|got|have|has|had|added|made|earned|costs?|shows?|displays?|prints?|renders?|says?|reads?|becomes?|became|equals?|returns?|(?:text|label|title|caption|badge|value|string)s?:`;
/** Last in the prompt or in its first line, after anything else. */
const LAST = patterns([[A_PLUS, String.raw`(?<!\b(?:${COUNTED}))\s${SHORT}[.!]?\s*$`]]);
const LAST_IN_BRACKETS = patterns([[A_PLUS, String.raw`(?<!\b(?:${COUNTED}))\s\[${SHORT}\]\.?\s*$`]]);
/** `The salary rose +500k`: something else has grown. Of `fix the tests +500k` nobody says so. */
const GROWS =
  /\b(?:rises?|rose|risen|rising|grows?|grew|grown|growing|climbed|jumped|surged|soared|gained|increased|went|hired?)\b[^.!?;:,(\n]*$/i;

function shorthands(visible: string): readonly Found[] {
  const [first = ''] = /^\s*[^\n]*/.exec(visible) ?? [];
  const last = [
    ...LAST.flatMap((pattern) => matches(visible, pattern)),
    ...LAST_IN_BRACKETS.flatMap((pattern) => matches(visible, pattern)).filter(isOfARun),
    ...[...LAST, ...LAST_IN_BRACKETS].flatMap((pattern) => matches(first, pattern)).filter(isOfARun),
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
