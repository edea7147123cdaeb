import { assertNever } from '../base/assertNever.ts';
import type { Decision, PermissionPolicy, PermissionRequest } from './permission.ts';
import { covered, touches } from './permissionRules.ts';

/**
 * May this call run? In this order: `deny` rules, what holds for a worktree whatever the mode, the mode's own answer
 * with `ask` rules before `allow` rules. `dontAsk` turns every question into a denial.
 */
export function decide(policy: PermissionPolicy, request: PermissionRequest): Decision {
  const denied = touches(policy.rules.deny, request, policy.root);
  if (denied !== undefined) return deny(`the rule ${denied} forbids it.`);
  const confined = outsideWorktree(policy, request);
  if (confined !== null) return confined;
  if (policy.mode === 'plan' && request.access !== 'read')
    return deny('this agent plans only; it may read, not write or run commands.');
  if (policy.mode === 'bypass') return ALLOW;
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
  if (!inside(policy.root, request.subject)) return deny(`you may write inside your own worktree ${policy.root} only.`);
  if (policy.mode === 'bypass' && protection(policy.root, request.subject) === 'git')
    return deny('.git belongs to the worktree; use git commands instead.');
  return null;
}

function byAccess(policy: PermissionPolicy, request: PermissionRequest): Decision {
  const within = request.access !== 'execute' && inside(policy.root, request.subject);
  switch (request.access) {
    case 'read': {
      const folders = [...(policy.outputs === undefined ? [] : [policy.outputs]), ...(policy.readable ?? [])];
      return within || folders.some((folder) => inside(folder, request.subject)) ? ALLOW : byRules(policy, request);
    }
    case 'write':
      if (protection(policy.root, request.subject) !== null) return ASK;
      return within && (policy.ownsRoot || policy.mode === 'acceptEdits') ? ALLOW : byRules(policy, request);
    case 'execute':
      return byRules(policy, request);
    default:
      return assertNever(request.access);
  }
}

function byRules(policy: PermissionPolicy, request: PermissionRequest): Decision {
  return covered(policy.rules.allow, request, policy.root) ? ALLOW : ASK;
}

function whatAsks(request: PermissionRequest): string {
  switch (request.access) {
    case 'read':
      return 'reading this path needs a question or an allow rule';
    case 'write':
      return 'writing this path needs a question or an allow rule';
    case 'execute':
      return 'this command is not covered by an allow rule';
    default:
      return assertNever(request.access);
  }
}

function inside(root: string, path: string): boolean {
  const folder = root.replace(/[\\/]+$/, '');
  if (path === root || path === folder) return true;
  // A tool resolves its paths; one that did not is not trusted to stay inside.
  return /[\\/]\.\.(?:[\\/]|$)/.test(path)
    ? false
    : path.startsWith(folder) && /^[\\/]/.test(path.slice(folder.length));
}

/** What a person should see before it is written: it decides what git or the editor runs, or what agents may do. */
function protection(root: string, path: string): 'git' | 'settings' | null {
  const relative = (inside(root, path) ? path.slice(root.replace(/[\\/]+$/, '').length) : path)
    .toLowerCase()
    .replaceAll('\\', '/');
  const segments = relative.split('/');
  if (segments.includes('.git')) return 'git';
  const settings = segments.includes('.vscode') || /\/\.claude\/settings[^/]*\.json$/.test(relative);
  return settings ? 'settings' : null;
}
