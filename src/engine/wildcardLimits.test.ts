import { describe, expect, test } from 'vitest';
import { decide } from './decide.ts';

function decided(command: string, allow: readonly string[]): string {
  const policy = { mode: 'default', rules: { deny: [], ask: [], allow }, root: '/w', ownsRoot: true } as const;
  return decide(policy, { tool: 'Bash', access: 'execute', subject: command }).kind;
}

describe('a wildcard stands for nothing that starts another program or writes elsewhere', () => {
  test.each([
    [
      'git',
      [
        'git log --oneline -5',
        'git diff HEAD~1 -- src',
        'git commit -m "a; b"',
        'git push -u origin x',
        'git --no-pager log',
        'git add src/*.js',
      ],
      [
        ...[
          'git -c a.b=c log',
          'git -C /x log',
          'git -C/x log',
          'git log --output=x',
          'git log --outp x',
          'git diff --ext-diff',
          'git config core.pager x',
        ],
        ...[
          'git grep -Ox y',
          'git rebase -x make main',
          'git rebase --exec make',
          'git bisect run x',
          'git submodule foreach x',
          'git difftool -x y',
        ],
        ...[
          'git clone ext::sh%20x',
          'git fetch --upload-pack=x',
          'git clone -c core.sshCommand=x y',
          'git archive --exec=x',
          'git add .git/config',
          'git --git-dir=x log',
        ],
      ],
    ],
    [
      'rg',
      ['rg -n "a|b" src', 'rg --files'],
      ['rg --pre x y', 'rg --pre=x y', 'rg a ~/.ssh', 'rg $X', 'rg --hostname-bin=x a'],
    ],
    [
      'sed',
      ["sed -n '1,20p' a", "sed 's/a/b/g' a", 'sed -e 5d -e "s|a|b|" a', "sed -n '/a/,/b/p' x"],
      [
        ...[
          'sed -i s/a/b/ x',
          "sed -n 'w x' a",
          "sed '1e rm x' a",
          "sed 's/a/rm x/e' a",
          "sed 's/a/b/w x' a",
          'sed --in-place 5d x',
          'sed -ni p x',
          'sed -f x y',
          "sed 'p;e' x",
        ],
        ...["sed '5d\ne rm x' a", "sed -e p -e 'e rm' x", 'sed --expression=e x', "sed 'r /etc/shadow' x"],
      ],
    ],
    [
      'awk',
      ["awk '{print $1}' a", "awk -F, 'NR==2' a"],
      [
        ...[
          `awk 'BEGIN{system("rm x")}'`,
          `awk '{print > "x"}' a`,
          `awk '{print | "sh"}' a`,
          `awk '"x" | getline' a`,
          'awk -f x y',
          'awk @load',
        ],
      ],
    ],
    [
      'sort',
      ['sort -u a', 'sort -k2 -n a'],
      ['sort -o x a', 'sort -uo x a', 'sort --output=x a', 'sort --compress-program=x a', 'sort --outp x'],
    ],
    [
      'tar',
      ['tar -czf a.tgz src', 'tar xf a.tgz'],
      [
        'tar -I x -cf a b',
        'tar --to-command=x -xf a',
        'tar cIf x a',
        'tar --checkpoint=1 --checkpoint-action=exec=x -cf a b',
        'tar -xf a *',
      ],
    ],
    [
      'make',
      ['make test', 'make -j4 all'],
      ['make -f x', 'make -C /x', 'make SHELL=/tmp/x', 'make --eval=x', 'make CC="rm x"'],
    ],
    ['cargo', ['cargo test -q'], ['cargo --config x test', 'cargo test --manifest-path /x', 'cargo -Zx test']],
    ['go', ['go test ./...'], ['go test -exec x ./...', 'go build -toolexec=x', 'go vet -vettool=x', 'go test -o x']],
    ['rsync', ['rsync -a a b'], ['rsync -e x a b:', 'rsync --rsh=x a b:', 'rsync -ave x a b:']],
    ['ssh', ['ssh host ls'], ['ssh -oProxyCommand=x host', 'ssh -o ProxyCommand=x host', 'ssh -F x host']],
    [
      'cd',
      ['cd src', 'cd /w/src', 'cd a/b'],
      ['cd', 'cd /tmp', 'cd ..', 'cd src/../..', 'cd ~', 'cd -', 'cd $X', 'cd /w/../x', 'cd {src,/tmp}', 'cd -P /'],
    ],
    [
      'tee',
      ['tee out.txt'],
      [
        'tee .git/hooks/pre-commit',
        'tee .vscode/tasks.json',
        'tee ~/.bashrc',
        'tee .g{it,x}/config',
        'tee .GIT/config',
        'tee .claude/settings.json',
      ],
    ],
    [
      'cp',
      ['cp src/*.js out/', 'cp a b'],
      ['cp x .husky/pre-commit', 'cp x {.git,y}/config', 'cp ~/.ssh/id x', 'cp ~/.netrc x', 'cp x .m{cp,x}.json'],
    ],
    ['dd', ['dd if=a of=b'], ['dd if=a of=.git/config', 'dd if=/proc/1/mem of=x']],
    ['bash', ['bash scripts/x.sh'], ['bash -c "rm x"', 'bash -lc x', 'bash --rcfile x', 'bash --init-file=x']],
    ['env', [], ['env rm x', 'env A=1 rm x', 'env']],
    ['xargs', [], ['xargs rm', 'xargs -n1 rm']],
    ['xargs grep', ['xargs grep -l a'], ['xargs grep a ~/.ssh/id_rsa']],
    ['xargs find', ['xargs find -name a'], ['xargs find -exec rm x']],
    ['timeout 60 npm test', ['timeout 60 npm test -- a'], ['timeout 60 npm test --prefix=/x', 'timeout 60 npm testx']],
    ['timeout', [], ['timeout 5 rm x', 'timeout -s KILL 5 rm x']],
    ['timeout -s KILL', [], ['timeout -s KILL 5 rm x']],
    ['sudo', [], ['sudo rm x', 'sudo -u root rm x']],
    ['eval', [], ['eval rm x']],
    ['.', [], ['. x']],
  ] as const)('%s', (rule, allowed, asked) => {
    const allow = [`Bash(${rule}:*)`];
    expect(allowed.filter((command) => decided(command, allow) !== 'allow')).toEqual([]);
    expect(asked.filter((command) => decided(command, allow) === 'allow')).toEqual([]);
  });

  test('what a rule writes out it means', () => {
    const allow = [
      'Bash(find . -name a -exec grep x:*)',
      'Bash(git -C sub log:*)',
      'Bash(find . -delete)',
      'Bash(env A=1 make)',
    ];
    expect(decided('find . -name a -exec grep x {} +', allow)).toBe('allow');
    expect(decided('find . -name a -exec grep x {} + -exec rm {} +', allow)).toBe('ask');
    expect(decided('git -C sub log -3', allow)).toBe('allow');
    expect(decided('git -C sub log --output=x', allow)).toBe('ask');
    expect(decided('find . -delete', allow)).toBe('allow');
    expect(decided('env A=1 make', allow)).toBe('allow');
  });

  test('the same for a star elsewhere in a rule', () => {
    expect(decided('npm run lint', ['Bash(npm run *)'])).toBe('allow');
    expect(decided('git log main', ['Bash(git * main)'])).toBe('allow');
    expect(decided('git -c core.pager=x log main', ['Bash(git * main)'])).toBe('ask');
    expect(decided('$X --version', ['Bash(* --version)'])).toBe('ask');
    expect(decided('env x --version', ['Bash(* --version)'])).toBe('ask');
    expect(decided('node --version', ['Bash(* --version)'])).toBe('allow');
  });
});

describe('a command in a folder below the root', () => {
  const decidedIn = (cwd: string, command: string, allow: readonly string[], start?: string): string => {
    const rules = { deny: [], ask: [], allow };
    const policy = { mode: 'default', rules, root: '/w', ownsRoot: true, ...(start && { start }) } as const;
    return decide(policy, { tool: 'Bash', access: 'execute', subject: command, cwd }).kind;
  };
  const wildcards = ['Bash(cd:*)', 'Bash(cp:*)', 'Bash(cat:*)', 'Bash(tar:*)'];

  test.each([
    { cwd: '/w/.claude', command: 'cp ../x settings.local.json', kind: 'ask' },
    { cwd: '/w/.claude', command: 'tar xf ../x.tar', kind: 'ask' },
    { cwd: '/w/.claude', command: 'cat settings.json', kind: 'allow' },
    { cwd: '/w/.claude/agents', command: 'cp ../../x y.md', kind: 'ask' },
    { cwd: '/w/.config', command: 'cp ../x git/config', kind: 'ask' },
    { cwd: '/w/src', command: 'cp ../x ../.claude/a/../settings.json', kind: 'ask' },
    { cwd: '/w/src', command: 'cd ../.claude', kind: 'ask' },
    { cwd: '/w/src', command: 'cp ../x y', kind: 'allow' },
    { cwd: '/w', command: 'cd .claude && cp ../x settings.json', kind: 'ask' },
    { cwd: '/w', command: 'cd ./.claude/', kind: 'ask' },
    { cwd: '/w', command: 'cp settings.json .claude', kind: 'ask' },
    { cwd: '/w', command: 'cp x .claude/./settings.json', kind: 'ask' },
    { cwd: '/w', command: 'cp x .claude//settings.json', kind: 'ask' },
  ])('in $cwd, $command: $kind', ({ cwd, command, kind }) => {
    expect(decidedIn(cwd, command, wildcards)).toBe(kind);
  });

  test('a worktree below the home of this program asks no more than any other', () => {
    const root = '/h/.dynamic-workflows/worktrees/a';
    const policy = { mode: 'default', rules: { deny: [], ask: [], allow: wildcards }, root, ownsRoot: true } as const;
    const request = { tool: 'Bash', access: 'execute', subject: 'cp ../x y', cwd: `${root}/src` } as const;
    expect(decide(policy, request).kind).toBe('allow');
  });

  test('a rule without a wildcard is meant where commands begin', () => {
    const kinds = ['/w', '/w/start', '/w/start/a'].map((cwd) => decidedIn(cwd, 'make', ['Bash(make)'], '/w/start'));
    expect(kinds).toEqual(['allow', 'allow', 'ask']);
    expect(decidedIn('/w/a', 'make', ['Bash(make:*)'])).toBe('allow');
  });
});
