import { assertNever } from '../base/assertNever.ts';
import { isInside, relativeTo } from './insidePath.ts';
import { isInScope } from './pathScope.ts';
import type { Decision, PermissionPolicy, PermissionRequest } from './permission.ts';
import { covered, touches } from './permissionRules.ts';
import { protection } from './protectedPaths.ts';

/**
 * May this call run? In this order: `deny` rules, what holds for a worktree whatever the mode, the mode's own answer
 * with `ask` rules before `allow` rules. `dontAsk` turns every question into a denial. What is protected is asked about
 * in every mode, since a write there may outlive the run.
 */
export function decide(policy: PermissionPolicy, request: PermissionRequest): Decision {
  const denied = touches(policy.rules.deny, request, policy.root);
  if (denied !== undefined) return deny(`the rule ${denied} forbids it.`);
  const confined = outsideWorktree(policy, request);
  if (confined !== null) return confined;
  if (policy.mode === 'plan' && changes(request))
    return deny('this agent plans only; it may read, not write, run commands or use tools that change something.');
  if (policy.mode === 'bypass') return isProtected(policy, request) ? ASK : ALLOW;
  const decision = touches(policy.rules.ask, request, policy.root) === undefined ? byAccess(policy, request) : ASK;
  return decision.kind === 'ask' && policy.mode === 'dontAsk'
    ? deny(`nobody may be asked, and ${whatAsks(request)}.`)
    : decision;
}

const ALLOW: Decision = { kind: 'allow' };
const ASK: Decision = { kind: 'ask' };

function deny(reason: string): Decision {
  return { kind: 'deny', reason };
}

/** No mode and no rule lets the owner of a worktree write elsewhere; without questions, not its git link either. */
function outsideWorktree(policy: PermissionPolicy, request: PermissionRequest): Decision | null {
  if (!policy.ownsRoot || request.access !== 'write') return null;
  if (!isInside(policy.root, request.subject))
    return deny(`you may write inside your own worktree ${policy.root} only.`);
  if (policy.writes && !isInScope(policy.writes, pathIn(policy.root, request.subject)))
    return deny(`your task may write ${policy.writes.join(', ')} only, from the top of the repository.`);
  if (policy.mode === 'bypass' && protection(policy.root, request.subject) === 'git')
    return deny('.git belongs to the worktree; use git commands instead.');
  return null;
}

/** As git names it; on other systems than Windows a backslash belongs to the name. */
function pathIn(root: string, path: string): string {
  const relative = relativeTo(root, path).replace(/^[\\/]+/, '');
  return /^[A-Za-z]:/.test(root) ? relative.replaceAll('\\', '/') : relative;
}

function changes({ access, readOnly }: PermissionRequest): boolean {
  return access === 'write' || access === 'execute' || (access === 'tool' && readOnly !== true);
}

function isProtected(policy: PermissionPolicy, { access, subject }: PermissionRequest): boolean {
  return access === 'write' && protection(policy.root, subject) !== null;
}

function byAccess(policy: PermissionPolicy, request: PermissionRequest): Decision {
  switch (request.access) {
    case 'read': {
      const folders = [...(policy.outputs === undefined ? [] : [policy.outputs]), ...(policy.readable ?? [])];
      const own = folders.some((folder) => isInside(folder, request.subject));
      return own || within(policy, request.subject) ? ALLOW : byRules(policy, request);
    }
    case 'write':
      if (isProtected(policy, request)) return ASK;
      return (policy.ownsRoot || policy.mode === 'acceptEdits') && within(policy, request.subject)
        ? ALLOW
        : byRules(policy, request);
    case 'execute':
      return request.confined === true ? ALLOW : byRules(policy, request);
    case 'network':
    case 'tool':
      return byRules(policy, request);
    default:
      return assertNever(request.access);
  }
}

function within({ root, directories = [] }: PermissionPolicy, path: string): boolean {
  return [root, ...directories].some((folder) => isInside(folder, path));
}

function byRules(policy: PermissionPolicy, request: PermissionRequest): Decision {
  return covered(policy.rules.allow, request, policy) ? ALLOW : ASK;
}

function whatAsks(request: PermissionRequest): string {
  switch (request.access) {
    case 'read':
      return 'reading this path needs a question or an allow rule';
    case 'write':
      return 'writing this path needs a question or an allow rule';
    case 'execute':
      return 'this command is not covered by an allow rule';
    case 'network':
      return 'no allow rule names this address';
    case 'tool':
      return `no allow rule names the tool ${request.tool}`;
    default:
      return assertNever(request.access);
  }
}
