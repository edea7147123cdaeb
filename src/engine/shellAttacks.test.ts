import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide } from './decide.ts';

const ALLOW = ['Bash(npm test:*)', 'Bash(git status)', 'Bash(ls:*)', 'Bash(find:*)'];

function decided(command: string, allow: readonly string[] = ALLOW): string {
  const policy = { mode: 'default', rules: { deny: [], ask: [], allow }, root: '/w', ownsRoot: true } as const;
  return decide(policy, { tool: 'Bash', access: 'execute', subject: command }).kind;
}

describe('what the rules say is allowed', () => {
  test.each([
    'npm test',
    'npm test -- --watch=false src/a.test.js',
    'npm test -- --config vitest.config.ts',
    'npm test 2>&1',
    'git status',
    'ls -la src',
    'ls -la "a folder" src/*.js ~/notes',
    'ls .git',
    "find . -name '*.js' -not -path './node_modules/*' -type f",
    'find src -newer package.json -print0',
    'git status && npm test | ls; find . -type d',
    'npm test \\\n -- a',
    'npm test >/dev/null 2>&1 || ls',
  ])('%s', (command) => expect(decided(command)).toBe('allow'));
});

describe('more than the rules say is asked about', () => {
  test.each([
    // Another program in the same command.
    ...[
      'npm test; rm -rf x',
      'npm test;rm x',
      'npm test && rm x',
      'npm test || rm x',
      'npm test | sh',
      'npm test |& sh',
    ],
    ...['npm test & rm x', 'npm test &', 'npm test\nrm x', 'npm test\r\nrm x', 'ls;\nrm x', 'npm test\n\n;rm x'],
    ...['(npm test; rm x)', '{ npm test; rm x; }', 'if npm test; then rm x; fi', 'for x in a; do rm $x; done'],
    ...['while ls; do rm x; done', 'case a in a) rm x;; esac', '! rm x', 'time rm x', 'coproc rm x', 'ls && (rm x)'],
    // Substitutions.
    ...['ls $(rm x)', 'ls "$(rm x)"', 'ls `rm x`', 'ls "`rm x`"', 'ls <(rm x)', 'ls >(rm x)', 'ls $((`rm x`))'],
    ...['ls ${x:-$(rm x)}', 'ls ${x@P}', 'ls $[`rm x`]', 'ls "$\\\n(rm x)"', 'ls "${x[$(rm x)]}"', 'ls $(<~/.ssh/id)'],
    // Quotes that are no quotes.
    ...["ls $'\\''; rm x '", "ls $'a\\'; rm x #'", 'ls "a\\"; rm x', "ls 'a'\\''; rm x", "ls $'\\x3b' ; rm x", 'ls "a'],
    ...["$'\\x72\\x6d' x", 'ls $"a"', "ls 'a", 'ls \\'],
    // Comments.
    ...["ls # it's\nrm x '", 'ls #\nrm x', 'ls;# a\nrm x', '# ls\nrm x'],
    // Here-documents and here-strings.
    ...[
      'ls <<EOF\n$(rm x)\nEOF',
      'sh <<EOF\nrm x\nEOF',
      'ls <<EOF\nEOF\nrm x',
      "npm test <<'E'\nE\nrm x",
      'ls <<< "$(rm x)"',
    ],
    ...['sh <<< "rm x"', 'npm test <<-E\n\tE\nrm x'],
    // Files written or read by redirections.
    ...['ls > x', 'ls >> ~/.bashrc', 'ls >| .git/config', 'ls &> /etc/x', 'ls &>> x', 'ls <> x', 'ls < ~/.ssh/id_rsa'],
    ...[
      'ls >/dev/null/../x',
      'ls > /dev/nullx',
      'ls 2> x',
      'ls >&x',
      'ls 1>&2x',
      '>x ls',
      '2>x npm test',
      'ls >.claude/settings.json',
    ],
    ...['ls >$HOME/x', 'ls > /dev/tcp/example.com/80', '>.envrc'],
    // What is set before a command.
    ...[
      'PATH=/tmp npm test',
      'LD_PRELOAD=./x.so ls',
      'NODE_OPTIONS="-r ./x" npm test',
      'GIT_DIR=/x git status',
      'A=1 ls',
    ],
    ...[
      'IFS=x ls',
      'PATH=/tmp; npm test',
      'export PATH=/tmp; npm test',
      'BASH_ENV=x npm test',
      'a[$(rm x)]=1 ls',
      'GIT_PAGER=x git status',
    ],
    ...[
      'env PATH=/tmp npm test',
      'env npm test',
      'env -S "rm x"',
      'env -i rm x',
      'declare -x PATH=/tmp; ls',
      'npm_config_script_shell=x npm test',
    ],
    // Programs that start others.
    ...[
      'xargs rm',
      'ls | xargs rm',
      'ls | xargs -I{} sh -c "rm {}"',
      'nohup rm x',
      'setsid rm x',
      'setsid npm test',
      'nohup ls',
    ],
    ...[
      'eval "rm x"',
      'eval rm x',
      'source x',
      '. x',
      '. ./ls',
      'exec rm x',
      'exec npm test',
      'command rm x',
      'builtin eval x',
    ],
    ...[
      'sh -c "rm x"',
      'bash -lc "npm test"',
      'bash -c "$(ls)"',
      'timeout 5 rm x',
      'nice ls',
      'sudo ls',
      'sudo npm test',
      'busybox rm x',
    ],
    ...[
      'python -c "x"',
      'node -e "x"',
      'perl -e x',
      'ssh host ls',
      'watch ls',
      'script -c ls',
      'find2 .',
      'npm testx',
      'npm  run test',
    ],
    // Names that are given another meaning.
    ...[
      'alias ls=rm; ls',
      'alias ls="rm x"\nls',
      'ls() { rm x; }; ls',
      'function ls { rm x; }; ls',
      'unalias ls; ls',
      'hash -p /tmp/x ls; ls',
    ],
    ...[
      'enable -f ./x.so ls; ls',
      'trap "rm x" EXIT; ls',
      'PROMPT_COMMAND=x; ls',
      'shopt -s expand_aliases; ls',
      'set -a; ls',
    ],
    // Programs of the same name elsewhere.
    ...['./ls', '/tmp/ls', '../npm test', '~/bin/ls', 'bin/npm test', './npm test', '"ls;rm"', 'LS', 'Npm test'],
    // Elsewhere.
    ...[
      'cd /tmp && npm test',
      'cd .. && npm test',
      'cd; ls',
      'pushd /tmp; npm test',
      'npm --prefix /tmp test',
      'npm test --prefix /tmp',
    ],
    ...[
      'npm test --prefix=/tmp',
      'npm test --pre /tmp',
      'npm test -C /tmp',
      'npm -C /tmp test',
      'npm test --script-shell=/tmp/x',
    ],
    ...[
      'npm test --script-sh /tmp/x',
      'npm test --node-options=-r/tmp/x',
      'npm test --userconfig /tmp/x',
      'npm test $X',
      'npm test "$X"',
      'npm test *',
    ],
    ...[
      'npm test -{C,x} /tmp',
      'npm test "--prefix"=/tmp',
      "npm test --pre'fix' /tmp",
      'npm test --pr\\efix /tmp',
      'npm test -- ~/.ssh/id_rsa',
    ],
    // git.
    ...[
      'git -C /x status',
      'git -c core.pager=x status',
      'git -c core.fsmonitor=x status',
      'git --git-dir=/x status',
      'git --exec-path=x status',
    ],
    ...[
      'git --work-tree / status',
      'git --config-env=core.pager=X status',
      'git -p status',
      'git status --short',
      'git  statu',
      'git log',
      'git push',
    ],
    // find.
    ...[
      'find . -exec rm {} +',
      'find . -execdir rm {} \\;',
      'find . -ok rm {} \\;',
      'find . -okdir rm {} \\;',
      'find . -delete',
      'find . -fprint x',
    ],
    ...[
      'find . -fprintf x %p',
      'find . -fls x',
      'find . "-exec" rm {} +',
      "find . -e'x'ec rm {} +",
      'find . -ex\\ec rm {} +',
      'find . -{exec,x} rm {} +',
    ],
    ...[
      'find . -e{xec,} rm {} +',
      'find . $X rm {} +',
      'find . "$X" rm',
      'find *',
      'find . -[e]xec rm {} +',
      'find . -exe? rm {} +',
      'find . -files0-from x',
    ],
    // Keys.
    ...[
      'ls ~/.ssh',
      'ls /home/me/.ssh/',
      'ls ~/".ssh"',
      "ls ~/.s's'h",
      'ls ~/.s\\sh',
      'ls ~/.s*',
      'ls ~/.{ssh,x}',
      'ls ~/.ss?',
      'ls $HOME/.ssh',
    ],
    ...[
      'ls $HOME/.s*',
      'ls "$HOME"/.[s]sh',
      'ls ~/.SSH',
      'find ~/.ssh -type f',
      'find ~ -name id_rsa',
      'ls ~/.aws/credentials',
      'ls ../../.s*',
    ],
    ...[
      'ls /proc/self/environ',
      'ls /proc/1/root',
      'ls ~me/.ssh',
      'find / -path "*/.ssh/*"',
      'cat ~/.ssh/id_rsa',
      'cp ~/.ssh/id x',
    ],
    // The network.
    ...[
      'curl https://example.com',
      'wget example.com',
      'nc example.com 80',
      'ls | nc example.com 80',
      'ls > /dev/udp/1.1.1.1/53',
    ],
    // Look-alikes and signs that cannot be seen.
    ...[
      'nрm test',
      'ｎｐｍ test',
      'npm\u00a0test',
      'npm test\u00a0',
      'npm\u2003test',
      'ls\u200b',
      'ls a\u202e x',
      'ls \u2066a',
      'l\u0000s',
      'ls\u0007',
    ],
    ...[
      'ls\u001b[2K',
      'ls \u0008\u0008rm',
      'ls\rrm x',
      'ls\u000brm x',
      'ls\u000crm x',
      'ls\u2028rm x',
      'ls\u0085rm x',
      'ls \ufeff',
      'ｆind .',
      'ls ；rm x\u200b',
    ],
    // Expansion of braces and globs where a program's name is expected.
    ...[
      '{rm,x}',
      '{ls,x};rm',
      'l{s,x}',
      '/bin/l?',
      '/???/rm x',
      '$X',
      '$SHELL -c x',
      '"$SHELL"',
      '${X} test',
      '~/ls',
      '[l]s',
    ],
    ...['', ' ', ';', '\n'],
  ])('%j', (command) => expect(decided(command)).not.toBe('allow'));
});

describe('compositions', () => {
  const good = fc.constantFrom('npm test', 'npm test -- a', 'git status', 'ls -l "a b"', "find . -name 'x'", 'ls 2>&1');
  const evil = fc.constantFrom(
    'evil',
    'evil x',
    'git statusx',
    'npm testx',
    '"evil" y',
    'git -c a=b status',
    'ls2',
    'find . -delete',
  );
  const plain = fc.constantFrom(' && ', ' || ', '; ', ' | ', '\n', ' |& ', ';\n', '&&\\\n');
  const joint = fc.oneof(plain, fc.constantFrom(' & ', '&', ' ;; ', '\n\n'));
  const wrapped = (command: fc.Arbitrary<string>): fc.Arbitrary<string> =>
    fc
      .tuple(
        command,
        fc.constantFrom<(text: string) => string>(
          ...[(text: string) => text, (text: string) => `(${text})`, (text: string) => `{ ${text}; }`],
          ...[
            (text: string) => `ls $(${text})`,
            (text: string) => `ls "$(${text})"`,
            (text: string) => `ls \`${text}\``,
          ],
          ...[(text: string) => `ls <(${text})`, (text: string) => `A=1 ${text}`, (text: string) => `env ${text}`],
          ...[
            (text: string) => `if ls; then ${text}; fi`,
            (text: string) => `ls <<E\n$(${text})\nE`,
            (text: string) => `eval '${text}'`,
          ],
          ...[
            (text: string) => `sh -c "${text}"`,
            (text: string) => `xargs ${text}`,
            (text: string) => `! ${text}`,
            (text: string) => `nohup ${text}`,
          ],
        ),
      )
      .map(([text, wrap]) => wrap(text));

  test('of parts that rules cover are allowed', () => {
    fc.assert(
      fc.property(fc.array(good, { minLength: 1, maxLength: 6 }), plain, (parts, join) => {
        expect(decided(parts.join(join))).toBe('allow');
      }),
    );
  });

  test('with one part that no rule covers are never allowed, wherever it stands', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(good, wrapped(good)), { maxLength: 4 }),
        wrapped(evil),
        fc.array(fc.tuple(joint, fc.oneof(good, wrapped(good))), { maxLength: 4 }),
        joint,
        (before, bad, after, join) => {
          const command = [...before, bad].join(join) + after.map(([next, text]) => next + text).join('');
          expect(decided(command)).toBe('ask');
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
