// Reading shell commands for permission rules, without a full grammar: whatever is not plainly a list of simple
// commands is not understood, so that it is asked about instead of allowed.

/**
 * The simple commands of a list joined by `&&`, `||`, `;`, `|` and newlines, blanks collapsed and harmless redirections
 * removed; null when the command is anything else: substitutions, files as redirections, `&`, groups, open quotes.
 */
export function simpleParts(command: string): readonly string[] | null {
  const { parts, simple } = scan(command);
  return simple && parts.length > 0 ? parts : null;
}

/** Words before a command that only say how to run it. */
const WRAPPERS =
  /^(?:!|\{|if|then|elif|else|while|until|do|time|exec|command|builtin|nohup|env|sudo|doas|nice|setsid|xargs|timeout)$/;
const SHELLS = /^(?:sh|bash|dash|zsh|ksh|eval)$/;

/** Shells within shells that are looked into; a bound against commands made to keep us busy. */
const MAX_TEXTS = 50;

/**
 * Everything in a command that might run, in several spellings, for rules that forbid: substitutions, groups, text
 * given to another shell, without wrappers such as `sudo` and assignments, without quotes, without the program's
 * folder. Generous on purpose, and still no boundary: a program can start another under any name.
 */
export function partsThatMayRun(command: string): readonly string[] {
  const spellings = new Set([command.trim()]);
  const texts = new Set([command]);
  // A set may grow while it is walked: what one text gives to another shell is read in its turn.
  for (const text of texts) {
    const { parts, simple } = scan(text);
    const found = simple ? parts : [...parts, ...rawParts(text), ...rawParts(text.replaceAll('\\\n', ''))];
    for (const part of found) {
      for (const spelling of spellingsOf(part)) spellings.add(spelling);
      const nested = textForShell(part);
      if (nested !== null && texts.size < MAX_TEXTS) texts.add(nested);
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
    const bare = withoutWrappers(words);
    const [program = '', ...rest] = bare;
    const named = [program.slice(program.lastIndexOf('/') + 1), ...rest];
    return [words.join(' '), bare.join(' '), named.join(' ')];
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

function withoutWrappers(words: readonly string[]): readonly string[] {
  let at = 0;
  let wrapped = false;
  for (; at < words.length - 1; at += 1) {
    const word = words[at] ?? '';
    if (WRAPPERS.test(word.slice(word.lastIndexOf('/') + 1))) wrapped = true;
    else if (!/^\w+\+?=/.test(word) && !(wrapped && /^(?:-|\d)/.test(word))) break;
  }
  return words.slice(at);
}

/** What `bash -c '…'` or `eval …` would run. */
function textForShell(part: string): string | null {
  const words = withoutWrappers(wordsOf(part));
  const [program = '', ...rest] = words;
  if (!SHELLS.test(program.slice(program.lastIndexOf('/') + 1))) return null;
  const firstText = rest.findIndex((word) => !word.startsWith('-'));
  return firstText === -1 ? null : rest.slice(firstText).join(' ');
}

function unquoted(text: string): string {
  return text.replace(/\\([\s\S])/g, '$1').replace(/["']/g, '');
}

interface Scan {
  readonly parts: readonly string[];
  readonly simple: boolean;
}

/** Redirections that write no file: to another stream, or to nowhere. */
const HARMLESS_REDIRECTION = /^(?:\d?>&[12]|(?:\d|&)?>>?[ \t]*\/dev\/null)(?=$|[ \t\n;|&])/;
const OPERATOR = /^(?:&&|\|\||\|&|;|\||\n)/;

/** One pass over the characters; `simple` turns false at the first thing that is more than a list of commands. */
function scan(text: string): Scan {
  const parts: string[] = [];
  let part = '';
  let simple = true;
  let at = 0;
  const startsWord = (): boolean => part === '' || part.endsWith(' ');

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
      taken = quote.text.length;
    } else if (char === '\\') {
      if (rest.charAt(1) !== '\n') part += rest.slice(0, 2);
      simple &&= rest.length > 1;
      taken = 2;
    } else if (redirection !== undefined) {
      taken = redirection.length;
    } else if (operator !== undefined) {
      parts.push(part);
      part = '';
      taken = operator.length;
    } else if (char === ' ' || char === '\t') {
      if (!startsWord()) part += ' ';
    } else {
      if (/[&<>`()]/.test(char) || /^\$['"]/.test(rest) || (char === '#' && startsWord())) simple = false;
      part += char;
    }
    at += taken;
  }
  parts.push(part);
  return { parts: parts.map(withoutBlanks).filter((found) => found !== ''), simple };
}

/** Only what a shell takes for a blank: trimming more would let a different word pass for the one in a rule. */
function withoutBlanks(part: string): string {
  return part.replace(/^[ \t]+|[ \t]+$/g, '');
}

/** The quoted text that starts at `from`, its quotes included; not simple when it never ends or holds a substitution. */
function quoted(text: string, from: number): { readonly text: string; readonly simple: boolean } {
  const single = text.charAt(from) === "'";
  const whole = single ? /'[^']*'/y : /"(?:[^"\\]|\\[\s\S])*"/y;
  whole.lastIndex = from;
  const found = whole.exec(text)?.[0];
  if (found === undefined) return { text: text.slice(from), simple: false };
  return { text: found, simple: single || !/`|\$\(/.test(found) };
}
