import { describe, expect, test } from 'vitest';
import { decide } from './decide.ts';
import { fittingRules } from './fittingRules.ts';
import type { Access, PermissionPolicy } from './permission.ts';

const POLICY: PermissionPolicy = {
  mode: 'default',
  rules: { deny: ['Bash(rm:*)'], ask: ['Bash(git push:*)', 'WebFetch(domain:ask.org)'], allow: ['Bash(ls:*)'] },
  root: '/w',
  ownsRoot: false,
};

describe('rules that allow exactly what is asked', () => {
  test.each<[Access, string, string, readonly string[]]>([
    ['execute', 'Bash', 'npm test', ['Bash(npm test)']],
    ['execute', 'Bash', '  npm   test 2>&1 | ls', ['Bash(npm test)']],
    ['execute', 'Bash', 'make a && make b; make a', ['Bash(make a)', 'Bash(make b)']],
    ['execute', 'Bash', "git commit -m 'a (b)'", ["Bash(git commit -m 'a (b)')"]],
    ['execute', 'Bash', 'A=1 make', ['Bash(A=1 make)']],
    ['read', 'Grep', '/etc/hosts', ['Read(//etc/hosts)']],
    ['read', 'Read', '/x/a[1]{b}*\\.js', ['Read(//x/a\\[1\\]\\{b\\}\\*\\\\.js)']],
    ['write', 'Write', '/w/a b.js', ['Edit(//w/a b.js)']],
    ['network', 'WebFetch', 'https://docs.example.com/a?b', ['WebFetch(domain:docs.example.com)']],
    ['network', 'Other', 'example.com:443', ['WebFetch(domain:example.com)']],
    ['tool', 'mcp__db__query', '', ['mcp__db__query']],
    ['tool', 'Agent', 'Explore', ['Agent(Explore)']],
  ])('%s by %s: %s', (access, tool, subject, rules) => {
    const request = { access, tool, subject };
    expect(fittingRules(POLICY, request)).toEqual(rules);
    const allow = [...POLICY.rules.allow, ...rules];
    expect(decide({ ...POLICY, rules: { ...POLICY.rules, allow } }, request).kind).toBe('allow');
  });

  test('a rule for a file is for no other', () => {
    const [rule = ''] = fittingRules(POLICY, { access: 'write', tool: 'Write', subject: '/w/a[b]*.js' });
    const policy = { ...POLICY, rules: { ...POLICY.rules, allow: [rule] } };
    const written = (subject: string) => decide(policy, { access: 'write', tool: 'Write', subject }).kind;
    expect(['/w/a[b]*.js', '/w/ab.js', '/w/a[b]x.js', '/x/w/a[b]*.js'].map(written)).toEqual([
      ...['allow', 'ask', 'ask', 'ask'],
    ]);
  });
});

describe('no rule fits', () => {
  test.each<[Access, string, string]>([
    ['execute', 'Bash', 'make $X'],
    ['execute', 'Bash', 'make "$X"'],
    ['execute', 'Bash', 'make *.js'],
    ['execute', 'Bash', 'make {a,b}'],
    ['execute', 'Bash', 'make > x'],
    ['execute', 'Bash', 'make $(x)'],
    ['execute', 'Bash', 'make\u00a0'],
    ['execute', 'Bash', 'make \u202e'],
    ['execute', 'Bash', 'make\\ '],
    ['execute', 'Bash', 'rm x'],
    ['execute', 'Bash', 'git push'],
    ['execute', 'Bash', `make ${'x'.repeat(300)}`],
    ['execute', 'Bash', 'a; b; c; d; e'],
    ['write', 'Edit', '/w/.git/config'],
    ['write', 'Edit', '/w/.claude/settings.local.json'],
    ['write', 'Edit', '/w/a\nb'],
    ['write', 'Edit', '/w/a '],
    ['network', 'WebFetch', 'https://a@b.org/'],
    ['network', 'WebFetch', 'https://ask.org/'],
    ['tool', 'Agent', 'what (ever) *'],
    ['tool', 'odd tool', ''],
  ])('%s by %s: %j', (access, tool, subject) => expect(fittingRules(POLICY, { access, tool, subject })).toEqual([]));

  test('where nothing may be asked or changed', () => {
    const request = { access: 'execute', tool: 'Bash', subject: 'make' } as const;
    expect(fittingRules({ ...POLICY, mode: 'plan' }, request)).toEqual([]);
  });
});
