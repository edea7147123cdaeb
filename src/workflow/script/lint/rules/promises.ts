import type { AnyNode } from 'acorn';
import { SCRIPT_API } from '../../api.ts';
import { isFunction } from '../scope.ts';
import type { FunctionNode } from '../scope.ts';
import type { Source } from '../source.ts';

/** Calls of the API that give promises. */
export const PROMISING: readonly string[] = [
  ...['agent', 'change', 'review', 'land', 'workflow', 'parallel', 'pipeline', 'ask', 'check'],
  ...SCRIPT_API.filter(({ name }) => name === 'patterns').flatMap(({ members = [] }) =>
    members.map((member) => `patterns.${member.name}`),
  ),
];

/** A function that gives a promise, as `async` ones and `() => agent(…)` do; names of functions are followed. */
export function promisingFunction(source: Source, node: AnyNode | null | undefined): FunctionNode | null {
  const fn = node ? source.valueOf(node) : null;
  if (!fn || !isFunction(fn) || fn.generator) return null;
  return fn.async || givesPromise(source, fn) ? fn : null;
}

function givesPromise(source: Source, fn: FunctionNode): boolean {
  if (fn.body.type !== 'BlockStatement') return isPromise(source, fn.body);
  const returns = source.here(fn).filter((inner) => inner.type === 'ReturnStatement');
  return returns.length > 0 && returns.every(({ argument }) => argument && isPromise(source, argument));
}

/** A call of the API that gives one, or of an own `async` function. */
function isPromise(source: Source, node: AnyNode): boolean {
  if (source.isCallOf(node, ...PROMISING)) return true;
  return ownFunction(source, node)?.async ?? false;
}

/** The script's own function that this calls. */
export function ownFunction(source: Source, node: AnyNode): FunctionNode | null {
  if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier') return null;
  const fn = source.valueOf(node.callee);
  return isFunction(fn) ? fn : null;
}
