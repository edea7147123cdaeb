import { expect, test } from 'vitest';
import type { PermissionMode } from '../../protocol/run.ts';
import type { Decision, PermissionRequest, PermissionRules } from '../permission.ts';
import { hookedDecision } from './hookedDecision.ts';
import type { BeforeTool } from './toolHooks.ts';

interface Row {
  readonly name: string;
  readonly says: BeforeTool['permission'];
  readonly mode?: PermissionMode;
  readonly rules?: Partial<PermissionRules>;
  readonly request?: PermissionRequest;
  readonly kind: Decision['kind'];
}

const command: PermissionRequest = { tool: 'Bash', access: 'execute', subject: 'npm test' };

test.each<Row>([
  { name: 'nothing said: as it is', says: undefined, kind: 'ask' },
  { name: 'allow: as a rule would', says: 'allow', kind: 'allow' },
  { name: 'allow never beats a deny rule', says: 'allow', rules: { deny: ['Bash(npm:*)'] }, kind: 'deny' },
  { name: 'allow never beats an ask rule', says: 'allow', rules: { ask: ['Bash(npm:*)'] }, kind: 'ask' },
  { name: 'allow never beats plan', says: 'allow', mode: 'plan', kind: 'deny' },
  { name: 'allow never beats dontAsk', says: 'allow', mode: 'dontAsk', kind: 'deny' },
  {
    name: 'allow never beats what is protected',
    says: 'allow',
    request: { tool: 'Write', access: 'write', subject: '/w/.claude/settings.json' },
    kind: 'ask',
  },
  { name: 'ask beats an allow rule', says: 'ask', rules: { allow: ['Bash'] }, kind: 'ask' },
  { name: 'ask beats bypass', says: 'ask', mode: 'bypass', kind: 'ask' },
  { name: 'ask is a denial in dontAsk', says: 'ask', mode: 'dontAsk', rules: { allow: ['Bash'] }, kind: 'deny' },
  { name: 'ask never beats a deny rule', says: 'ask', rules: { deny: ['Bash'] }, kind: 'deny' },
])('$name', ({ says, mode = 'default', rules = {}, request = command, kind }) => {
  const policy = { mode, rules: { deny: [], ask: [], allow: [], ...rules }, root: '/w', ownsRoot: false };
  expect(hookedDecision(policy, request, says).kind).toBe(kind);
});
