// How people write amounts and what they say of them. Long, and each piece is used by many: they are put together once, and made
// ready only where a text may hold them.

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
/** A text that is an amount and nothing else. */
export const AMOUNT_ALONE = new RegExp(
  String.raw`^\+?(?:${TOKENS}|(?<plain>${NUMBER})\s?(?<short>[km])?|${MONEY})$`,
  'i',
);

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
/** `at most`, `up to`, and other words for a limit. */
export const AT_MOST = String.raw`(?:at most|up to|no more than|not more than|not exceeding|a max(?:imum)? of|max(?:imum|\.)?(?: of)?:?|under|below|less than)`;
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

/** What stands in every text that `AT_MOST` is found in. */
const A_MOST = /at most|up to|more than|exceeding|\bmax|\bunder|below|less than/i;

/** These are said of a run. */
export const DIRECTIVES = patterns([
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
export const LOOSE_DIRECTIVES = patterns([
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
export const STATEMENTS = patterns([
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

/** Sticky, behind an amount: the beginning of what may be another one, and one that is. */
export const SEEMS_ANOTHER = new RegExp(String.raw`\s*${ANOTHER}`, 'iuy');
export const ANOTHER_AMOUNT = new RegExp(
  String.raw`\s+(?:and|or)\s+${AMOUNT}(?:${LAST_ENDS}|${LAST_ENDS_OR_WORK})`,
  'iuy',
);

const SHORT = String.raw`\+(?<plain>${NUMBER})(?<short>[km])(?:\s?tokens?)?`;
const A_PLUS = /\+\d/;
/** `+500k` where it can be nothing else. */
export const SHORTHANDS = patterns([
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
export const LAST_SHORTHAND = patterns([[A_PLUS, String.raw`(?<!\b(?:${COUNTED}))\s${SHORT}[.!]?\s*$`]]);
export const LAST_IN_BRACKETS = patterns([[A_PLUS, String.raw`(?<!\b(?:${COUNTED}))\s\[${SHORT}\]\.?\s*$`]]);

/** A directive, and what stands in every text that holds it: a pattern as long as these is not made ready for nothing. */
export interface Pattern {
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
