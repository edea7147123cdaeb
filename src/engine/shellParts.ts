// Reading shell commands for permission rules, without a full grammar: whatever is not plainly a list of simple
// commands is not understood, so that it is asked about instead of allowed.

/**
 * The simple commands of a list joined by `&&`, `||`, `;`, `|` and newlines, blanks collapsed and harmless redirections
 * removed; null when the command is anything else: substitutions, expansions that do more than name a variable, files
 * as redirections, `&`, groups, open quotes, signs that cannot be seen.
 */
export function simpleParts(command: string): readonly string[] | null {
  if (UNSEEN.test(command)) return null;
  const { parts, simple } = scan(command);
  return simple && parts.length > 0 ? parts : null;
}

/** What a person who reads the command does not see, or sees in another place. */
const UNSEEN = /(?![\t\n])[\p{Cc}\p{Cf}\u2028\u2029]/u;

/** Words before a command that only say how to run it. */
const WRAPPERS =
  /^(?:!|\{|if|then|elif|else|while|until|do|time|exec|command|builtin|nohup|env|sudo|doas|nice|ionice|setsid|stdbuf|unbuffer|watch|xargs|parallel|busybox|strace)$/;
/** Those that may take a word of their own before the command: a name, a file, a user, a number. */
const WRAPPERS_WITH_A_WORD = /^(?:coproc|timeout|chroot|flock|chrt|taskset|setarch|su|runuser)$/;
/** True for a program whose own words are followed by the command that it runs. */
export function isWrapper(program: string): boolean {
  return (
    WRAPPERS.test(program) || WRAPPERS_WITH_A_WORD.test(program) || /^(?:eval|source|\.|trap|alias)$/.test(program)
  );
}

/** What follows them is a command, as in `find -exec rm {} +`. */
const COMMAND_OPTION = /^--?(?:exec|execdir|ok|okdir)$/;
const SHELLS = /^(?:sh|bash|dash|zsh|ksh|eval)$/;

/** Shells within shells that are looked into; bounds against commands made to keep us busy. */
const MAX_TEXTS = 50;
const MAX_CHARS = 20_000;
/** Programs that start one another in a row, as in `sudo env nice make`. */
const MAX_STARTS = 30;

/** There is more in it than anybody writes; thrown and caught in this file. */
class TooMuch extends Error {}

/**
 * Everything in a command that might run, in several spellings, for rules that forbid: substitutions, groups, text
 * given to another shell, without wrappers such as `sudo` and assignments, without quotes, without the program's
 * folder. Generous on purpose, and still no boundary: a program can start another under any name. Null when there is too
 * much in it to be read: then it may be anything.
 */
export function partsThatMayRun(command: string): readonly string[] | null {
  if (command.length > MAX_CHARS) return null;
  try {
    return allParts(command);
  } catch (error) {
    if (error instanceof TooMuch) return null;
    throw error;
  }
}

function allParts(command: string): readonly string[] {
  const spellings = new Set([command.trim()]);
  const texts = new Set([command]);
  // A set may grow while it is walked: what one text gives to another shell is read in its turn.
  for (const text of texts) {
    const { parts, simple } = scan(text);
    const found = simple ? parts : [...parts, ...[text, joined(text), unescaped(text)].flatMap(rawParts)];
    for (const part of found) {
      for (const spelling of spellingsOf(part)) spellings.add(spelling);
      for (const nested of textsForShells(part)) if (texts.size < MAX_TEXTS) texts.add(nested);
    }
  }
  return [...spellings];
}

/** Split at every operator whether quoted or not, for a text whose quotes and comments may not be what they seem. */
function rawParts(text: string): readonly string[] {
  return text.split(/\$\(|[<>]\(|&&|\|\||[;|&\n`(){}]/);
}

function spellingsOf(part: string): readonly string[] {
  const written = part.trim();
  const command = written.replace(REDIRECTION, ' ');
  const expanded = [
    command,
    command.replace(EXPANSION, ''),
    command.replace(EXPANSION, ' '),
    written.replace(EXPANSION, '').replace(REDIRECTION, ' '),
  ];
  const spellings = expanded.flatMap((text) => {
    const words = wordsOf(text);
    const commands = commandsIn(words).flatMap((command) => [command, named(command)]);
    return [words, ...commands].map((spelling) => spelling.join(' '));
  });
  return [written, ...spellings].filter((spelling) => spelling !== '');
}

/** What a variable holds is not known: often nothing, or blanks as `$IFS` does. */
const EXPANSION = /\$(?:\w+|[@*#?$!-]|\{[^{}]*\}|(?=['"]))/g;

/** An operator and the file, stream or end mark it names; it may stand anywhere in a command. */
const REDIRECTION = /(?:\d{1,3}|&)?(?:>>|<<<|<<-?|<>|>\||[<>])&?[ \t]*(?:'[^']*'|"[^"]*"|\\[\s\S]|[^\s<>'"\\])*/g;

function wordsOf(text: string): readonly string[] {
  return unquoted(text)
    .split(/\s+/)
    .filter((word) => word !== '');
}

/** What the words may run: past wrappers and assignments; a word after an option may be its value or the program. */
function commandsIn(words: readonly string[]): readonly (readonly string[])[] {
  const starts = new Set(words.flatMap((word, at) => (COMMAND_OPTION.test(word) ? [at + 1] : [])));
  let wrapped = false;
  let mayBeValue = false;
  for (const [at, word] of words.entries()) {
    const program = lastName(word);
    const takesWord = WRAPPERS_WITH_A_WORD.test(program);
    if (takesWord || WRAPPERS.test(program)) {
      starts.add(at);
      wrapped = true;
      mayBeValue = takesWord;
    } else if (wrapped && word.startsWith('-')) {
      mayBeValue = true;
    } else if (!/^\w+\+?=/.test(word) && !(wrapped && /^\d/.test(word))) {
      starts.add(at);
      if (!mayBeValue) break;
      mayBeValue = false;
    }
  }
  if (starts.size > MAX_STARTS) throw new TooMuch();
  return [...starts].map((start) => words.slice(start));
}

function named([program = '', ...rest]: readonly string[]): readonly string[] {
  return [lastName(program), ...rest];
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** What `bash -c '…'` or `eval …` would run. */
function textsForShells(part: string): readonly string[] {
  return commandsIn(wordsOf(part)).flatMap(([program = '', ...rest]) => {
    if (!SHELLS.test(lastName(program))) return [];
    const starts = [
      rest.findIndex((word) => !word.startsWith('-')),
      rest.findIndex((word) => /^-\w*c$/.test(word)) + 1,
    ];
    return [...new Set(starts)].filter((start) => start !== -1).map((start) => rest.slice(start).join(' '));
  });
}

function joined(text: string): string {
  return text.replaceAll('\\\n', '');
}

function unescaped(text: string): string {
  return text.replace(/\\([\s\S])/g, '$1');
}

function unquoted(text: string): string {
  return unescaped(text).replace(/["']/g, '');
}

interface Scan {
  readonly parts: readonly string[];
  readonly simple: boolean;
}

/** Redirections that write no file, in bash as in dash: to another stream, or to nowhere. */
const HARMLESS_REDIRECTION = /^(?:\d?>&[12]|\d?>>?[ \t]*\/dev\/null)(?=$|[ \t\n;|&])/;
const OPERATOR = /^(?:&&|\|\||\|&|;|\||\n)/;
/** A variable's plain value, or a `$` that is only itself. Every other form can run what its text or a value says. */
const PLAIN_DOLLAR = /^\$(?:\w+|[@*#?!$-]|\{(?:\w+|[@*#?!$-])\}|(?=[ \t\n;|&]|$))/;
/** Builtins that read their words once more, as a variable's subscript or as code: `test -v 'a[$(rm x)]'` runs `rm`. */
const READS_TWICE =
  /^(?:test|\[\[?|printf|read|declare|typeset|local|export|readonly|unset|let|wait|mapfile|readarray|getopts|compgen|trap)(?:[ \t]|$)/;

/** One pass over the characters; `simple` turns false at the first thing that is more than a list of commands. */
function scan(text: string): Scan {
  const parts: string[] = [];
  let part = '';
  let simple = true;
  let quotesDollar = false;
  let at = 0;
  const startsWord = (): boolean => part === '' || part.endsWith(' ');
  const endPart = (): void => {
    const whole = withoutBlanks(part);
    if (quotesDollar && READS_TWICE.test(whole)) simple = false;
    if (whole !== '') parts.push(whole);
    part = '';
    quotesDollar = false;
  };

  while (at < text.length) {
    const rest = text.slice(at, at + 64);
    const char = rest.charAt(0);
    const operator = OPERATOR.exec(rest)?.[0];
    const redirection = startsWord() || /^[>&]/.test(rest) ? HARMLESS_REDIRECTION.exec(rest)?.[0] : undefined;
    let taken = 1;
    if (char === "'" || char === '"') {
      const quote = quoted(text, at);
      part += quote.text;
      simple &&= quote.simple;
      quotesDollar ||= quote.dollar;
      taken = quote.text.length;
    } else if (char === '\\') {
      if (rest.charAt(1) !== '\n') part += rest.slice(0, 2);
      simple &&= rest.length > 1;
      quotesDollar ||= /^\\[$`]/.test(rest);
      taken = 2;
    } else if (redirection !== undefined) {
      taken = redirection.length;
    } else if (operator !== undefined) {
      endPart();
      taken = operator.length;
    } else if (char === ' ' || char === '\t') {
      if (!startsWord()) part += ' ';
    } else {
      const plain = char === '$' ? plainDollar(text, at) : '';
      if (/[&<>`()]/.test(char) || plain === null || (char === '#' && startsWord())) simple = false;
      part += plain || char;
      taken = plain?.length || 1;
    }
    at += taken;
  }
  endPart();
  return { parts, simple };
}

/** The expansion that starts at `from` when it is a plain one, else null. */
function plainDollar(text: string, from: number): string | null {
  return PLAIN_DOLLAR.exec(text.slice(from, from + 256))?.[0] ?? null;
}

/** Only what a shell takes for a blank: trimming more would let a different word pass for the one in a rule. */
function withoutBlanks(part: string): string {
  return part.replace(/^[ \t]+|[ \t]+$/g, '');
}

interface Quoted {
  /** Its quotes included. */
  readonly text: string;
  /** False when it never ends, or does more than name variables. */
  readonly simple: boolean;
  /** True when it holds a `$` or a backtick that stands for itself. */
  readonly dollar: boolean;
}

function quoted(text: string, from: number): Quoted {
  const single = text.charAt(from) === "'";
  const whole = single ? /'[^']*'/y : /"(?:[^"\\]|\\[\s\S])*"/y;
  whole.lastIndex = from;
  const found = whole.exec(text)?.[0];
  if (found === undefined) return { text: text.slice(from), simple: false, dollar: true };
  if (single) return { text: found, simple: true, dollar: /[$`]/.test(found) };
  // A line that is continued is one: `"$\` and `(x)"` on the next line are a substitution.
  const read = found.slice(1, -1).replace(/\\([\s\S])/g, (_, char: string) => (char === '\n' ? '' : '\\'));
  const simple =
    !read.includes('`') && [...read.matchAll(/\$/g)].every(({ index }) => plainDollar(read, index) !== null);
  return { text: found, simple, dollar: /\\[$`]/.test(found) };
}
