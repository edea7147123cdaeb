import type { Node } from 'acorn';
import type { Diagnostic } from './check.ts';

export function errorAt(node: Node, code: string, message: string): Diagnostic {
  return { severity: 'error', code, message, ...positionOf(node) };
}

export function warningAt(node: Node, code: string, message: string): Diagnostic {
  return { severity: 'warning', code, message, ...positionOf(node) };
}

/** acorn counts columns from 0; an empty program has no place of its own. */
function positionOf(node: Node): { line: number; column: number } {
  const start = node.loc?.start;
  return { line: start?.line ?? 1, column: (start?.column ?? 0) + 1 };
}
