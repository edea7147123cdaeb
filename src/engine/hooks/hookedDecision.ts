import { decide } from '../decide.ts';
import type { Decision, PermissionPolicy, PermissionRequest } from '../permission.ts';
import type { BeforeTool } from './toolHooks.ts';

/**
 * May this call run, when a hook has a say? Its `allow` is worth an allow rule for this one call: `deny` and `ask` rules
 * and what is protected hold, and where nobody may be asked it is worth nothing. Its `ask` asks whatever would allow.
 */
export function hookedDecision(
  policy: PermissionPolicy,
  request: PermissionRequest,
  says: BeforeTool['permission'],
): Decision {
  const decision = decide(policy, request);
  if (says === 'ask' && decision.kind === 'allow') {
    return policy.mode === 'dontAsk'
      ? { kind: 'deny', reason: 'nobody may be asked, and a hook wants a person to be.' }
      : { kind: 'ask' };
  }
  if (says !== 'allow' || decision.kind !== 'ask') return decision;
  const allow = [...policy.rules.allow, request.tool];
  return decide({ ...policy, rules: { ...policy.rules, allow } }, request);
}
