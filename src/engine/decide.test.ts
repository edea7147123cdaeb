import { describe, expect, test } from 'vitest';
import { decide } from './decide.ts';
import type { Access, Decision, PermissionPolicy, PermissionRules } from './permission.ts';

type Kind = Decision['kind'];
type Row = readonly [access: `${Access} ${string}`, kind: Kind];

const NONE: PermissionRules = { deny: [], ask: [], allow: [] };
const TOOLS: Record<Access, string> = { read: 'Read', write: 'Write', execute: 'Bash', network: 'WebFetch', tool: '' };

function decided(policy: Partial<PermissionPolicy>, row: string): Kind {
  const [access, ...subject] = row.split(' ') as [Access, ...string[]];
  const whole: PermissionPolicy = { mode: 'default', rules: NONE, root: '/w', ownsRoot: false, ...policy };
  if (access !== 'tool') return decide(whole, { tool: TOOLS[access], access, subject: subject.join(' ') }).kind;
  const [tool = '', ...words] = subject;
  const readOnly = words.at(-1) === 'readOnly';
  return decide(whole, { tool, access, subject: words.slice(0, readOnly ? -1 : undefined).join(' '), readOnly }).kind;
}

function table(name: string, policy: Partial<PermissionPolicy>, rows: readonly Row[]): void {
  describe(name, () => {
    test.each(rows)('%j is %s', (row, kind) => expect(decided(policy, row)).toBe(kind));
  });
}

table('default, the session’s folder', {}, [
  ['read /w/a.js', 'allow'],
  ['read /w', 'allow'],
  ['read /wider/a.js', 'ask'],
  ['read /w/../etc/passwd', 'ask'],
  ['read /home/me/.ssh/id_ed25519', 'ask'],
  ['write /w/a.js', 'ask'],
  ['write /tmp/a.js', 'ask'],
  ['execute ls', 'ask'],
  ['execute ', 'ask'],
]);

table('default, a worktree of its own', { ownsRoot: true }, [
  ['write /w/a.js', 'allow'],
  ['write /w/src/.gitignore', 'allow'],
  ['write /tmp/a.js', 'deny'],
  ['write /wider/a.js', 'deny'],
  ['write /w/../other/a.js', 'deny'],
  ['write /w/.git', 'ask'],
  ['write /w/.git/hooks/pre-commit', 'ask'],
  ['write /w/vendor/lib/.GIT/config', 'ask'],
  ['write /w/.claude/settings.json', 'ask'],
  ['write /w/.claude/settings.local.json', 'ask'],
  ['write /w/.claude/agents/a.md', 'ask'],
  ['write /w/.claude/workflows/a.js', 'allow'],
  ['write /w/.vscode/tasks.json', 'ask'],
  ['execute make', 'ask'],
]);

table('X01 a worktree of its own and a scope', { ownsRoot: true, mode: 'bypass', writes: ['src/**', 'a.md'] }, [
  ['write /w/src/a.js', 'allow'],
  ['write /w/a.md', 'allow'],
  ['write /w/b.md', 'deny'],
  ['write /w/src', 'deny'],
  ['write /w', 'deny'],
  ['write /tmp/src/a.js', 'deny'],
  ['read /w/b.md', 'allow'],
  ['execute make', 'allow'],
]);

table('W40 its own long outputs, a worktree of its own', { ownsRoot: true, outputs: '/runs/r/outputs/a1' }, [
  ['read /runs/r/outputs/a1/bash-1.txt', 'allow'],
  ['read /runs/r/outputs/a2/bash-1.txt', 'ask'],
  ['read /runs/r/outputs/a1/../../run.json', 'ask'],
  ['write /runs/r/outputs/a1/bash-1.txt', 'deny'],
]);

table('plan', { mode: 'plan', ownsRoot: true, rules: { ...NONE, allow: ['Bash', 'Edit'] } }, [
  ['read /w/a.js', 'allow'],
  ['read /etc/passwd', 'ask'],
  ['write /w/a.js', 'deny'],
  ['execute ls', 'deny'],
]);

table('acceptEdits', { mode: 'acceptEdits' }, [
  ['write /w/a.js', 'allow'],
  ['write /tmp/a.js', 'ask'],
  ['write /w/.vscode/settings.json', 'ask'],
  ['execute ls', 'ask'],
]);

table(
  'dontAsk',
  { mode: 'dontAsk', rules: { ...NONE, ask: ['Bash(git push:*)'], allow: ['Bash(npm test)', 'Bash(git:*)'] } },
  [
    ['read /w/a.js', 'allow'],
    ['read /etc/passwd', 'deny'],
    ['write /w/a.js', 'deny'],
    ['execute npm test', 'allow'],
    ['execute npm start', 'deny'],
    ['execute git push origin', 'deny'],
    ['execute git status', 'allow'],
  ],
);

table(
  'bypass',
  { mode: 'bypass', rules: { deny: ['Bash(rm:*)', 'Read(~/.ssh/**)'], ask: ['Bash(git push:*)'], allow: [] } },
  [
    ['read /etc/passwd', 'allow'],
    ['read /home/me/.ssh/id', 'deny'],
    ['write /tmp/a.js', 'allow'],
    ['write /w/.git/config', 'ask'],
    ['write /home/me/.bashrc', 'ask'],
    ['execute git push', 'allow'],
    ['network https://example.com/', 'allow'],
    ['tool mcp__any__thing', 'allow'],
    ['execute make $(cat x) &', 'allow'],
    ['execute make; rm -r x', 'deny'],
  ],
);

table('bypass, a worktree of its own', { mode: 'bypass', ownsRoot: true }, [
  ['write /w/a.js', 'allow'],
  ['write /tmp/a.js', 'deny'],
  ['write /w/.git', 'deny'],
  ['write /w/.vscode/tasks.json', 'ask'],
]);

table('what is protected is asked about, whatever the rules', { rules: { ...NONE, allow: ['Edit'] } }, [
  ['write /w/a.js', 'allow'],
  ['write /w/.gitignore', 'allow'],
  ['write /w/.github/workflows/ci.yml', 'allow'],
  ['write /w/claude/settings.json', 'allow'],
  ['write /w/CLAUDE.md', 'allow'],
  ...[
    '/w/.git/hooks/pre-commit',
    '/w/.GIT/config',
    '/w/.git./config',
    '/w/.g\u200dit/config',
    '/w/GIT~1/config',
    '/w/.git::$INDEX_ALLOCATION/config',
    '/w/.gitmodules',
    '/home/me/.gitconfig',
    '/home/me/.config/git/config',
    '/w/.vscode/tasks.json',
    '/w/sub/.VSCode/settings.json',
    '/w/.v\u017fcode/tasks.json',
    '/w/.idea/workspace.xml',
    '/w/.devcontainer/devcontainer.json',
    '/w/.husky/pre-commit',
    '/w/.envrc',
    '/w/.npmrc',
    '/w/.mcp.json',
    '/w/.Mcp.JSON',
    '/w/.claude/settings.json',
    '/w/.claude/settings.local.json',
    '/w/.Claude/Settings.json',
    '/w/.claude/settings.json~',
    '/w/.claude/agents/a.md',
    '/w/.claude/hooks/check.sh',
    '/w/.claude/skills/x/SKILL.md',
    '/home/me/.claude.json',
    '/home/me/.ssh/config',
    '/home/me/.ssh/authorized_keys',
    '/home/me/.bashrc',
    '/home/me/.bash_profile',
    '/home/me/.profile',
    '/home/me/.zshenv',
    '/home/me/.config/fish/config.fish',
    'C:\\Users\\me\\Documents\\PowerShell\\Microsoft.PowerShell_profile.ps1',
    '/home/me/.dynamic-workflows/projects/p/runs/r/state.json',
  ].map((path): Row => [`write ${path}`, 'ask']),
]);

table('a root that itself lies in such a folder is not protected', { root: '/h/.vscode/w', ownsRoot: true }, [
  ['write /h/.vscode/w/a.js', 'allow'],
  ['write /h/.vscode/w/.vscode/a.json', 'ask'],
]);

table('folders that a person counts as the session’s', { mode: 'acceptEdits', directories: ['/docs'] }, [
  ['read /docs/a.md', 'allow'],
  ['write /docs/a.md', 'allow'],
  ['write /docs/.git/config', 'ask'],
  ['read /docs/../etc/passwd', 'ask'],
  ['read /docsx/a.md', 'ask'],
]);

table('a worktree agent reads there and does not write there', { ownsRoot: true, directories: ['/docs'] }, [
  ['read /docs/a.md', 'allow'],
  ['write /docs/a.md', 'deny'],
]);

table(
  'allow rules for commands',
  { rules: { ...NONE, allow: ['Bash(npm test)', 'Bash(npm run test:*)', 'Bash(echo *)', 'Bash(wc)'] } },
  [
    ['execute npm test', 'allow'],
    ['execute   npm   test  ', 'allow'],
    ['execute npm test --watch', 'ask'],
    ['execute npm tests', 'ask'],
    ['execute npm run test', 'allow'],
    ['execute npm run test -- -u', 'allow'],
    ['execute npm run test:unit', 'ask'],
    ['execute npm run tester', 'ask'],
    ['execute echo', 'allow'],
    ['execute echo "a; rm -r b" && npm test', 'allow'],
    ['execute echo a | wc', 'allow'],
    ['execute echo a || npm test; npm test\nnpm test', 'allow'],
    ['execute npm test 2>&1', 'allow'],
    ['execute npm test >/dev/null 2>&1 && echo ok', 'allow'],
    ['execute npm test 2> /dev/null', 'allow'],
    ['execute npm run \\\n test', 'allow'],
    ['execute npm test && rm -r x', 'ask'],
    ['execute npm test; rm -r x', 'ask'],
    ['execute npm test\nrm -r x', 'ask'],
    ['execute npm test | sh', 'ask'],
    ['execute npm test |& sh', 'ask'],
    ['execute npm test & rm -r x', 'ask'],
    ['execute npm test &', 'ask'],
    ['execute echo $(rm -r x)', 'ask'],
    ['execute echo "$(rm -r x)"', 'ask'],
    ['execute echo "`rm -r x`"', 'ask'],
    ['execute echo `rm -r x`', 'ask'],
    ["execute echo '$(rm -r x)'", 'allow'],
    ['execute echo <(rm -r x)', 'ask'],
    ['execute echo a > file', 'ask'],
    ['execute echo a >/dev/null/../file', 'ask'],
    ['execute echo a >>file', 'ask'],
    ['execute echo < file', 'ask'],
    ['execute echo "a', 'ask'],
    ["execute echo $'\\''; rm -r x '", 'ask'],
    ["execute echo a # it's\nrm -r x '", 'ask'],
    ['execute (npm test)', 'ask'],
    ['execute LD_PRELOAD=x npm test', 'ask'],
    ['execute npm test\u00a0', 'ask'],
    ['execute echo a \\; npm test', 'allow'],
    ['execute echo \\', 'ask'],
  ],
);

table('`Bash` allows every command', { rules: { ...NONE, allow: ['Bash'] } }, [
  ['execute make $(cat x) > y &', 'allow'],
  ['write /w/a.js', 'ask'],
]);

table('deny rules for commands', { mode: 'bypass', rules: { ...NONE, deny: ['Bash(rm:*)', 'Bash(git push)'] } }, [
  ['execute rm', 'deny'],
  ['execute rm -rf /', 'deny'],
  ['execute rmdir x', 'allow'],
  ['execute echo rm', 'allow'],
  ['execute echo "x; rm y"', 'allow'],
  ['execute a && rm x', 'deny'],
  ['execute a | xargs -0 rm', 'deny'],
  ['execute echo $(rm x)', 'deny'],
  ['execute echo "$(rm x)"', 'deny'],
  ['execute a & rm x', 'deny'],
  ['execute (cd x; rm y)', 'deny'],
  ['execute if a; then rm x; fi', 'deny'],
  ['execute { rm x; }', 'deny'],
  ['execute sudo -n rm x', 'deny'],
  ['execute A=1 rm x', 'deny'],
  ['execute /bin/rm x', 'deny'],
  ['execute "rm" x', 'deny'],
  ['execute r\\m x', 'deny'],
  ['execute bash -c "a; rm x"', 'deny'],
  ['execute rm x > y', 'deny'],
  ["execute echo 'x\nrm y", 'deny'],
  ['execute git push', 'deny'],
  ['execute git push origin', 'allow'],
]);

const pathRules: PermissionRules = {
  deny: ['Read(.env)', 'Edit(//etc/**)', 'Edit(secrets)', 'Edit(*.{pem,key})', 'Edit(broken'],
  ask: ['Read(private/**)'],
  allow: [
    'Edit(src/**)',
    'Edit(docs/*.md)',
    'Read(//usr/share/**)',
    'Read(~/notes/**)',
    'Edit(a[bc].txt)',
    'Edit(sub)',
  ],
};

table('rules for paths', { mode: 'acceptEdits', rules: { ...pathRules, deny: pathRules.deny.slice(0, -1) } }, [
  ['read /w/.env', 'deny'],
  ['read /w/deep/.env', 'deny'],
  ['read /w/.env.example', 'allow'],
  ['write /w/secrets/a/b', 'deny'],
  ['write /w/deep/x.pem', 'deny'],
  ['write /etc/passwd', 'deny'],
  ['read /w/private/a', 'ask'],
  ['read /usr/share/doc/x', 'allow'],
  ['read /usr/sharex', 'ask'],
  ['read /home/me/notes/a', 'ask'],
]);

table('allow rules for paths', { rules: { ...pathRules, deny: [] } }, [
  ['write /w/src/a/b.js', 'allow'],
  ['write /w/srcx/a.js', 'ask'],
  ['write /other/src/a.js', 'ask'],
  ['write /w/docs/a.md', 'allow'],
  ['write /w/docs/deep/a.md', 'ask'],
  ['write /w/docs/a.md/b', 'ask'],
  ['write /w/ab.txt', 'allow'],
  ['write /w/ad.txt', 'ask'],
  ['write /w/sub/x', 'allow'],
  ['write /w/src/.git/config', 'ask'],
  ['write /w/src/\nx', 'allow'],
]);

table('a deny rule that cannot be read stands for its tool', { mode: 'bypass', rules: pathRules }, [
  ['write /w/a.js', 'deny'],
  ['read /w/a.js', 'allow'],
]);

table('a root with signs that globs use', { root: '/w[1]{a,b}*', rules: { ...NONE, allow: ['Edit(src/**)'] } }, [
  ['write /w[1]{a,b}*/src/a.js', 'allow'],
  ['write /w1a/src/a.js', 'ask'],
]);

table('Windows', { root: 'C:\\w', rules: { ...NONE, allow: ['Edit(src/**)'] } }, [
  ['read C:\\w\\a.js', 'allow'],
  ['read C:\\wider\\a.js', 'ask'],
  ['write C:\\w\\src\\a.js', 'allow'],
  ['write C:\\w\\.git\\config', 'ask'],
]);

test('rules for Read hold for every tool that reads', () => {
  const policy: PermissionPolicy = {
    mode: 'default',
    rules: { ...NONE, deny: ['Read(secrets/**)'] },
    root: '/w',
    ownsRoot: false,
  };
  expect(decide(policy, { tool: 'Grep', access: 'read', subject: '/w/secrets' }).kind).toBe('deny');
  expect(decide(policy, { tool: 'Grep', access: 'read', subject: '/w/secrets/a' }).kind).toBe('deny');
  expect(decide(policy, { tool: 'Grep', access: 'read', subject: '/w/secret' }).kind).toBe('allow');
});

test('a denial says what is not allowed', () => {
  const policy: PermissionPolicy = {
    mode: 'default',
    rules: { ...NONE, deny: ['Bash(rm:*)'] },
    root: '/w',
    ownsRoot: true,
  };
  expect(decide(policy, { tool: 'Bash', access: 'execute', subject: 'rm x' })).toEqual({
    kind: 'deny',
    reason: 'the rule Bash(rm:*) forbids it.',
  });
  expect(decide(policy, { tool: 'Edit', access: 'write', subject: '/x' })).toEqual({
    kind: 'deny',
    reason: 'you may write inside your own worktree /w only.',
  });
});

describe('a command that is confined, where a person lets such run', () => {
  test.each([
    { name: 'runs without a question', policy: {}, kind: 'allow' },
    { name: 'runs where nobody may be asked', policy: { mode: 'dontAsk' }, kind: 'allow' },
    { name: 'asks by a rule', policy: { rules: { ...NONE, ask: ['Bash(make:*)'] } }, kind: 'ask' },
    { name: 'is denied by a rule', policy: { rules: { ...NONE, deny: ['Bash(make:*)'] } }, kind: 'deny' },
    { name: 'is denied to who plans', policy: { mode: 'plan' }, kind: 'deny' },
  ] as const)('$name', ({ policy, kind }) => {
    const whole: PermissionPolicy = { mode: 'default', rules: NONE, root: '/w', ownsRoot: true, ...policy };
    const request = { tool: 'Bash', access: 'execute', subject: 'make all', confined: true } as const;
    expect(decide(whole, request).kind).toBe(kind);
  });
});
