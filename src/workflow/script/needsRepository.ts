import { parse } from 'acorn';
import { simple } from 'acorn-walk';

const CALLS = new Set(['change', 'land', 'review']);

/**
 * True when the body of a checked script can make worktrees: it calls `change`, `review` or `land`, or writes an
 * `isolation` option. Such a run is refused before it starts where there is no repository.
 */
export function needsRepository(body: string): boolean {
  const tree = parse(body, {
    ecmaVersion: 2025,
    sourceType: 'module',
    allowAwaitOutsideFunction: true,
    allowReturnOutsideFunction: true,
  });
  let needed = false;
  simple(tree, {
    CallExpression(node) {
      if (node.callee.type === 'Identifier' && CALLS.has(node.callee.name)) needed = true;
    },
    Property(node) {
      if (node.key.type === 'Identifier' && node.key.name === 'isolation' && !isUndefined(node.value)) needed = true;
    },
  });
  return needed;
}

function isUndefined(node: { readonly type: string }): boolean {
  return node.type === 'Identifier' && 'name' in node && node.name === 'undefined';
}
