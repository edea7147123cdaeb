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

table(
  'rules for hosts',
  {
    mode: 'acceptEdits',
    rules: {
      deny: ['WebFetch(domain:bad.example.com)'],
      ask: ['WebFetch(domain:ask.example.com)'],
      allow: ['WebFetch(domain:example.com)', 'WebFetch(domain:*.below.org)', 'WebFetch(domain:[::1])'],
    },
  },
  [
    ['network https://example.com/a?b=c#d', 'allow'],
    ['network http://EXAMPLE.com:8080', 'allow'],
    ['network example.com', 'allow'],
    ['network example.com:443', 'allow'],
    ['network https://example.com./', 'allow'],
    ['network https://docs.example.com/', 'allow'],
    ['network https://a.b.example.com/', 'allow'],
    ['network http://[::1]:80/', 'allow'],
    ['network https://x.below.org/', 'allow'],
    ['network https://below.org/', 'ask'],
    ['network https://notexample.com/', 'ask'],
    ['network https://example.com.evil.net/', 'ask'],
    ['network https://example.community/', 'ask'],
    ['network https://evil.net/example.com', 'ask'],
    ['network https://evil.net/?https://example.com', 'ask'],
    ['network https://evil.net#example.com', 'ask'],
    ['network https://bad.example.com/', 'deny'],
    ['network https://x.BAD.example.com./', 'deny'],
    ['network https://ask.example.com/', 'ask'],
    ['network ', 'deny'],
  ],
);

table('an address that reads in two ways', { rules: { ...NONE, allow: ['WebFetch(domain:example.com)'] } }, [
  ['network https://example.com@evil.net/', 'ask'],
  ['network https://example.com:x@evil.net/', 'ask'],
  ['network https://evil.net\\.example.com/', 'ask'],
  ['network https://evil.net\\@example.com/', 'ask'],
  ['network https://example.com\n.evil.net/', 'ask'],
  ['network https:/example.com/', 'ask'],
  ['network //example.com/', 'ask'],
  ['network https://example%2ecom/', 'ask'],
  ['network https://exаmple.com/', 'ask'],
  ['network file://example.com/etc/passwd', 'ask'],
  ['network javascript:example.com', 'ask'],
  ['network https://', 'ask'],
]);

table(
  'a host that cannot be read is meant by every rule that forbids one',
  { mode: 'bypass', rules: { ...NONE, deny: ['WebFetch(domain:bad.org)'] } },
  [
    ['network https://x@bad.org/', 'deny'],
    ['network https://good.org/', 'allow'],
  ],
);

table(
  'rules for other tools',
  {
    rules: {
      deny: ['mcp__db__drop', 'Agent(Plan)', 'mcp__files__write_*', 'Skill(x)'],
      ask: ['mcp__db__update'],
      allow: ['mcp__db', 'mcp__git__log', 'mcp__files__*', 'Task(Explore)', 'Agent(team:*)', 'WebSearch'],
    },
  },
  [
    ['tool mcp__db__query', 'allow'],
    ['tool mcp__db__drop', 'deny'],
    ['tool mcp__db__update', 'ask'],
    ['tool mcp__dbx__query', 'ask'],
    ['tool mcp__git__log', 'allow'],
    ['tool mcp__git__log_all', 'ask'],
    ['tool mcp__git__push', 'ask'],
    ['tool mcp__files__read', 'allow'],
    ['tool mcp__files__write_all', 'deny'],
    ['tool Agent Explore', 'allow'],
    ['tool Agent Explorer', 'ask'],
    ['tool Agent Plan', 'deny'],
    ['tool Agent team:a', 'allow'],
    ['tool WebSearch', 'allow'],
    ['tool Other', 'ask'],
    ['network https://example.com/', 'ask'],
  ],
);

table(
  'plan: tools that change nothing may pass by a rule',
  { mode: 'plan', rules: { ...NONE, allow: ['mcp__db', 'WebFetch(domain:a.org)'] } },
  [
    ['tool mcp__db__query readOnly', 'allow'],
    ['tool mcp__db__query', 'deny'],
    ['tool mcp__git__log readOnly', 'ask'],
    ['network https://a.org/', 'allow'],
    ['network https://b.org/', 'ask'],
  ],
);

table('dontAsk, hosts and tools', { mode: 'dontAsk', rules: { ...NONE, allow: ['mcp__db'] } }, [
  ['tool mcp__db__query', 'allow'],
  ['tool mcp__git__log', 'deny'],
  ['network https://a.org/', 'deny'],
]);

table(
  'rules that forbid, in any spelling',
  { mode: 'bypass', rules: { ...NONE, deny: ['Read(.env)', 'Write(out/**)'] } },
  [
    ['read /w/.ENV', 'deny'],
    ['write /w/out/a', 'deny'],
  ],
);

table(
  'rules whose brackets say nothing for their tool',
  { rules: { ...NONE, deny: ['mcp__a(x)'], allow: ['mcp__b(x)', 'WebFetch(a.org)'] } },
  [
    ['tool mcp__a__b', 'deny'],
    ['tool mcp__b__c', 'ask'],
    ['network https://a.org/', 'ask'],
  ],
);
