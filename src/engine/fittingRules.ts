import { decide } from './decide.ts';
import { hostOf } from './hostRules.ts';
import type { PermissionPolicy, PermissionRequest, RuleText } from './permission.ts';
import { covered, exactPath, ruleProblem } from './permissionRules.ts';
import { simpleParts } from './shellParts.ts';

/** More rules, or longer ones, nobody reads before saying yes. */
const MAX_RULES = 4;
const MAX_CHARS = 300;

/**
 * The rules that allow exactly this request and what is the same again, for an answer that holds for longer than once.
 * Empty where no such rule can be written, or where one would not help: what is protected, or what an `ask` rule names.
 */
export function fittingRules(policy: PermissionPolicy, request: PermissionRequest): readonly RuleText[] {
  const rules = [...new Set(candidates(policy, request))];
  if (rules.length === 0 || rules.length > MAX_RULES || !rules.every(isPlain)) return [];
  const allow = [...policy.rules.allow, ...rules];
  return decide({ ...policy, rules: { ...policy.rules, allow } }, request).kind === 'allow' ? rules : [];
}

function isPlain(rule: RuleText): boolean {
  return rule.length <= MAX_CHARS && !/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(rule) && ruleProblem(rule) === null;
}

function candidates(policy: PermissionPolicy, request: PermissionRequest): readonly RuleText[] {
  const { access, subject, tool } = request;
  switch (access) {
    case 'read':
      return [`Read(${exactPath(subject)})`];
    case 'write':
      return [`Edit(${exactPath(subject)})`];
    case 'execute':
      return (simpleParts(subject) ?? [])
        .filter((part) => !covered(policy.rules.allow, { ...request, subject: part }, policy))
        .map((part) => (isExact(part) ? `${tool}(${part})` : ''));
    case 'network': {
      const host = hostOf(subject);
      return host === null ? [] : [`WebFetch(domain:${host})`];
    }
    case 'tool':
      if (subject === '') return [tool];
      return /^[\w:@./-]+$/.test(subject) ? [`${tool}(${subject})`] : [];
  }
}

/** What a command does whose words depend on variables or on the files that are there, its text does not say. */
function isExact(part: string): boolean {
  return !/[$*?[{]|\\$/.test(part);
}
