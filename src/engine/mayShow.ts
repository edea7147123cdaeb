import { decide } from './decide.ts';
import { isInside } from './insidePath.ts';
import type { PermissionPolicy, PermissionRequest } from './permission.ts';
import { touches } from './permissionRules.ts';

/**
 * May a search that was allowed for the path `asked` show what is in the file `path`? Not what an `ask` rule names unless
 * that rule had the search itself asked about: who allows a search of a folder has not allowed its `.env`.
 */
export function mayShow(policy: PermissionPolicy, path: string, asked: string): boolean {
  const decision = decide(policy, reading(path));
  if (decision.kind !== 'ask') return decision.kind === 'allow';
  const { rules, root } = policy;
  return (
    isInside(asked, path) &&
    rules.ask.every((rule) => !touches([rule], reading(path), root) || touches([rule], reading(asked), root))
  );
}

function reading(subject: string): PermissionRequest {
  return { tool: 'Grep', access: 'read', subject };
}
