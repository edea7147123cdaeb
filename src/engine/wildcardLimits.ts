import { isInside } from './insidePath.ts';
import { holdsProtected } from './protectedPaths.ts';
import { isWrapper } from './shellParts.ts';
import { shellWords, type ShellWord } from './shellWords.ts';

// A rule that ends in a wildcard, such as `Bash(find:*)`, is meant for what its program is for. Many programs also take
// words that make them start another program, read another's settings or write elsewhere; none of these is covered by
// the wildcard. Whoever wants them writes them out in the rule. This is a net, no wall: what a project's own tests or
// scripts do when they run, no rule can know.

/** Where a command begins, and the folder that its agent works in. Absolute, symlinks resolved. */
export interface CommandFolders {
  readonly root: string;
  readonly cwd: string;
}

/**
 * True when the words that a wildcard stands for do more than the rule says. `named`: how many of the part's first words
 * the rule itself names.
 */
export function goesBeyond(part: string, named: number, { root, cwd }: CommandFolders): boolean {
  const words = shellWords(part);
  const [first] = words;
  if (first === undefined || first.variable || first.globAt !== -1) return true;
  const reads = READERS.has(programOf(first));
  const free = words.slice(Math.max(1, named));
  // What is written to the folder of a command its words need not name: `tar xf ../x.tar`.
  if (!reads && holdsProtected(root, cwd)) return true;
  if (free.some((word) => leadsToSecrets(word) || (!reads && leadsToProtected(word, root, cwd)))) return true;
  const start = programStart(words, named);
  return start === null || limited({ words: words.slice(start), named: named - start, free, root, cwd });
}

/**
 * Where the words begin that say which program runs: behind those of `timeout 60 npm test:*`, null when the rule leaves
 * the program open.
 */
function programStart(words: readonly ShellWord[], named: number): number | null {
  const start = words.findIndex((word) => !isWrapper(programOf(word)) && !/^(?:\d|\w+=)/.test(word.text));
  if (start === 0) return 0;
  // Of an option before it nobody knows whether the next word is its value or the program.
  const optioned = words.slice(1, start + 1).some(({ text }) => text.startsWith('-'));
  return start === -1 || start >= named || optioned ? null : start;
}

function programOf({ text }: ShellWord): string {
  return text.slice(text.lastIndexOf('/') + 1).replace(/\.(?:exe|cmd)$/i, '');
}

function limited(call: Call): boolean {
  const [program] = call.words;
  const limits = program && LIMITS.get(programOf(program));
  return limits !== undefined && (call.free.some(mayBecomeOption) || limits(call));
}

interface Call {
  readonly words: readonly ShellWord[];
  readonly free: readonly ShellWord[];
  readonly named: number;
  readonly root: string;
  readonly cwd: string;
}

type Limits = (call: Call) => boolean;

/** Programs that only show: they may name what others must not write. */
const READERS = new Set(
  'ls cat head tail wc stat file grep egrep fgrep rg find fd tree du diff cmp less more echo pwd basename dirname realpath readlink test ['.split(
    ' ',
  ),
);

/** Where keys lie, in any case of the letters. */
const SECRETS = new RegExp(
  [
    String.raw`(?:^|[/=:~@])\.(?:ssh|aws|gnupg|gpg|kube|azure|docker|password-store)(?:[/:]|$)`,
    String.raw`(?:^|[/=:~@])\.(?:netrc|pgpass|my\.cnf|npmrc|pypirc|git-credentials)(?:$|[^\w])`,
    String.raw`/\.config/(?:gcloud|gh|op)(?:/|$)|(?:^|/)id_(?:rsa|dsa|ecdsa|ed25519)(?:$|\W)`,
    String.raw`/proc/[^/]+/(?:environ|mem|fd|root|cwd|task)|/etc/(?:shadow|gshadow|sudoers)|/dev/tcp|/dev/udp`,
  ].join('|'),
  'i',
);

/** Also where nobody can say which file it becomes. */
function leadsToSecrets({ text, variable, globAt }: ShellWord): boolean {
  const outside = /^(?:[~/]|\.\.(?:\/|$))|\/\.\.(?:\/|$)/.test(text) || variable;
  return SECRETS.test(text) || (globAt !== -1 && outside);
}

/** As it is written, and as it is read from the folder that the command begins in. */
function leadsToProtected({ text, globAt }: ShellWord, root: string, cwd: string): boolean {
  const path = text.replace(/^[\w-]+=/, '');
  const seen = [path, resolved(cwd, path)];
  return seen.some((one) => holdsProtected(root, one)) || (globAt !== -1 && /(?:^|\/)\.[^/]*[*?[{]|[{,]\./.test(path));
}

/** Without `.` and `..`, by name alone; links are for whoever looks at the file system. */
function resolved(cwd: string, path: string): string {
  const windows = /^[A-Za-z]:\\/.test(cwd);
  const absolute = /^[/~]|^[A-Za-z]:[\\/]/.test(path);
  const names: string[] = [];
  for (const name of (absolute ? path : `${cwd}/${path}`).split(windows ? /[\\/]/ : '/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return windows ? names.join('\\') : `/${names.join('/')}`;
}

/** A glob may become the name of a file that was made to look like an option, a variable anything. */
function mayBecomeOption({ text, variable, globAt }: ShellWord): boolean {
  return variable || globAt === 0 || (globAt !== -1 && text.startsWith('-'));
}

/** Long options in full or cut short, as most programs take them, short ones, and words of any other form. */
function options(long: string, short?: RegExp, word?: RegExp): Limits {
  const names = long === '' ? [] : long.split(' ');
  return ({ free }) => {
    if (word && free.some(({ text }) => word.test(text))) return true;
    const end = free.findIndex(({ text }) => text === '--');
    return free.slice(0, end === -1 ? undefined : end).some(({ text }) => {
      const name = /^--([^=]+)/.exec(text)?.[1];
      return name === undefined
        ? short !== undefined && /^-[^-]/.test(text) && short.test(text)
        : names.some((one) => one.startsWith(name));
    });
  };
}

const NODE_PACKAGES = options(
  'script-shell shell prefix dir cwd node-options userconfig globalconfig config init-module call git viewer editor',
  /^-[Cc]/,
);
const MAKE = options('file makefile directory eval include-dir', /^-[A-Za-z]*[fCI]/, /^\w+\s*[:+?!]*=/);
const TAR = options(
  'to-command checkpoint-action use-compress-program info-script new-volume-script rsh-command rmt-command',
  undefined,
  /^-?[A-Za-z]*[IF][A-Za-z]*$/,
);
const SHELL = options('init-file rcfile', /^-\w*c/);
const AWK: Limits = ({ free }) =>
  free.some(({ text }) => /system|getline|[|>@]|^-(?:[fEile]|-(?:file|exec|include|load|source))/.test(text));
const FOLDER: Limits = ({ free, root }) =>
  free.length !== 1 ||
  free.some(({ text }) => !(isInside(root, text) || /^(?!-|~|\/|.*(?:^|\/)\.\.(?:\/|$))/.test(text)));

const SED_SCRIPT = new RegExp(
  String.raw`^(?:(?:\d+|\$|/[^/\\\n]*/)(?:,(?:\+?\d+|\$|/[^/\\\n]*/))?!?)?` +
    String.raw`(?:[pdq=]|s([/|#,:])(?:(?!\1)[^\\\n]|\\.)*\1(?:(?!\1)[^\\\n]|\\.)*\1[gpiI\d]*)$`,
);
const SED: Limits = ({ words, named }) => {
  let script = false;
  let given = false;
  for (const [at, { text }] of words.entries()) {
    if (at === 0) continue;
    const isOption = !script && text.startsWith('-');
    if (
      isOption &&
      !/^-(?:[nErsuz]*e?|-(?:quiet|silent|regexp-extended|separate|unbuffered|null-data|posix))$/.test(text)
    )
      return true;
    if (isOption) script = /^-\w*e$/.test(text);
    else if (script || !given) {
      if (at >= named && !SED_SCRIPT.test(text)) return true;
      [given, script] = [true, false];
    }
  }
  return false;
};

const GIT_LONG = options(
  'output ext-diff textconv open-files-in-pager upload-pack receive-pack exec extcmd tool template config separate-git-dir git-dir work-tree',
  undefined,
  /^(?:ext|fd)::/,
);
/** What changes which programs git starts, or starts them; where the rule does not name it. */
const GIT_COMMANDS =
  /^(?:config|bisect|submodule|filter-branch|difftool|mergetool|daemon|hook|credential|instaweb|send-email|web--browse|maintenance|upload-pack|receive-pack)$/;
const GIT: Limits = (call) => {
  const at = call.words.findIndex(({ text }, index) => index > 0 && !text.startsWith('-'));
  const command = call.words[at]?.text ?? '';
  const before = call.words.slice(Math.max(1, call.named), at === -1 ? undefined : at);
  if (before.some(({ text }) => !/^(?:--no-pager|-P|--version|--help|--no-optional-locks)$/.test(text))) return true;
  if (at >= call.named && GIT_COMMANDS.test(command)) return true;
  const short = { rebase: /^-\w*x/, grep: /^-\w*O/, clone: /^-\w*[cu]/ }[command];
  return GIT_LONG(call) || (short !== undefined && call.free.some(({ text }) => short.test(text)));
};

const LIMITS: ReadonlyMap<string, Limits> = new Map<string, Limits>([
  ['find', options('', undefined, /^-(?:exec(?:dir)?|ok(?:dir)?|delete|fprint0?|fprintf|fls|files0-from)$/)],
  ...named('fd fdfind', options('exec exec-batch', /^-[A-Za-z]*[xX]/)),
  ...named('rg', options('pre hostname-bin')),
  ...named('git', GIT),
  ...named('npm npx pnpm pnpx yarn bun bunx corepack', NODE_PACKAGES),
  ...named('make gmake ninja just', MAKE),
  ...named('cargo', options('config manifest-path', /^-[CZ]/)),
  ...named('go', options('', undefined, /^--?(?:exec|toolexec|overlay|modfile|vettool|C|o|ldflags)(?:=|$)/)),
  ...named('tar bsdtar gtar', TAR),
  ...named('rsync', options('rsh rsync-path', /^-[A-Za-z]*e/)),
  ...named('ssh scp sftp', options('', /^-[A-Za-z]*[oFSJD]/)),
  ...named('sort', options('compress-program output files0-from temporary-directory', /^-[A-Za-z]*[oT]/)),
  ...named('tree', options('output', /^-[A-Za-z]*o/)),
  ...named('zip', options('unzip-command', /^-TT/)),
  ...named('man', options('pager html browser', /^-[A-Za-z]*[PHB]/)),
  ...named('pytest py.test', options('rootdir confcutdir config-file override-ini', /^-[cpo]/)),
  ...named('sed gsed', SED),
  ...named('awk gawk mawk nawk', AWK),
  ...named('sh bash dash zsh ksh fish', SHELL),
  ...named('cd pushd', FOLDER),
]);

function named(programs: string, limits: Limits): readonly (readonly [string, Limits])[] {
  return programs.split(' ').map((program) => [program, limits]);
}
