import { expect, test } from 'vitest';
import { PERMISSION_MODES, type PermissionMode } from '../protocol/run.ts';
import { decide } from '../engine/decide.ts';
import type { PermissionRequest } from '../engine/permission.ts';
import { narrowed, type Permits } from './permits.ts';

const REQUESTS: readonly PermissionRequest[] = [
  { tool: 'Read', access: 'read', subject: '/repo/a' },
  { tool: 'Read', access: 'read', subject: '/else/a' },
  { tool: 'Edit', access: 'write', subject: '/repo/a' },
  { tool: 'Edit', access: 'write', subject: '/else/a' },
  { tool: 'Bash', access: 'execute', subject: 'npm test' },
];
/** From the widest. */
const DECISIONS = ['allow', 'ask', 'deny'] as const;

function decisionOf({ mode, readOnly }: Permits, request: PermissionRequest): number {
  if (readOnly && request.access !== 'read') return DECISIONS.indexOf('deny');
  const rules = { deny: [], ask: [], allow: [] };
  return DECISIONS.indexOf(decide({ mode, rules, root: '/repo', ownsRoot: false }, request).kind);
}

const pairs = PERMISSION_MODES.flatMap((run) => PERMISSION_MODES.map((type) => ({ run, type })));

test.each(pairs)('W26 a type with $type never widens a run with $run', ({ run, type }) => {
  const of = (mode: PermissionMode): Permits => ({ mode, readOnly: false });
  const both = narrowed(of(run), of(type));
  for (const request of REQUESTS) {
    const widest = Math.max(decisionOf(of(run), request), decisionOf(of(type), request));
    expect(DECISIONS[decisionOf(both, request)]).toBe(DECISIONS[widest]);
  }
});

test('W26 what only reads stays so', () => {
  expect(narrowed({ mode: 'bypass', readOnly: false }, { readOnly: true })).toEqual({ mode: 'bypass', readOnly: true });
  expect(narrowed({ mode: 'bypass', readOnly: true }, {})).toEqual({ mode: 'bypass', readOnly: true });
});
