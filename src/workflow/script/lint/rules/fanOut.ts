import type { AnyNode, CallExpression } from 'acorn';
import type { Rule } from '../rule.ts';
import { isFunction } from '../scope.ts';
import type { Source } from '../source.ts';
import { memberName } from '../source.ts';
import { PROMISING } from './promises.ts';

const MANY = 25;

export const FAN_OUT: Rule = {
  code: 'W38-fan-out',
  severity: 'warning',
  doc: `More than ${MANY} agents at one place, over a list whose length stands in the script.`,
  *find(source) {
    for (const { name, node } of fanOuts(source)) {
      const [list] = node.arguments;
      const count = list ? lengthOf(source, name === 'pipeline' ? list : (mapped(source, list)?.list ?? list)) : null;
      if (count !== null && count > MANY && node.arguments.some((argument) => source.spawns(argument)))
        yield {
          at: node.callee,
          message: `This starts ${count} agents or more: give each agent several items, or try a slice of the list first.`,
        };
    }
  },
};

function fanOuts(source: Source): readonly { readonly name: string; readonly node: CallExpression }[] {
  const joined = source.nodes.flatMap((node) => (isPromiseAll(source, node) ? [{ name: 'Promise.all', node }] : []));
  return [...source.calls.filter(({ name }) => name === 'parallel' || name === 'pipeline'), ...joined];
}

function isPromiseAll(source: Source, node: AnyNode): node is CallExpression {
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return false;
  return source.isGlobal(node.callee.object, 'Promise') && /^all/.test(memberName(node.callee) ?? '');
}

/** The elements of a list that is written out, and of `Array.from({ length: 30 })`. */
function lengthOf(source: Source, node: AnyNode): number | null {
  const list = source.valueOf(node);
  if (list.type === 'ArrayExpression')
    return list.elements.some((element) => element?.type === 'SpreadElement') ? null : list.elements.length;
  if (list.type !== 'CallExpression' || list.callee.type !== 'MemberExpression') return null;
  if (!source.isGlobal(list.callee.object, 'Array') || memberName(list.callee) !== 'from') return null;
  const shape = list.arguments[0];
  const length = shape?.type === 'ObjectExpression' ? shape.properties[0] : undefined;
  if (length?.type !== 'Property' || length.key.type !== 'Identifier' || length.key.name !== 'length') return null;
  const value = source.valueOf(length.value);
  return value.type === 'Literal' && typeof value.value === 'number' ? value.value : null;
}

/** `list.map(callback)`, if this is one. */
export function mapped(
  source: Source,
  node: AnyNode,
): { readonly list: AnyNode; readonly callback: AnyNode | null } | null {
  const call = source.valueOf(node);
  if (call.type !== 'CallExpression' || memberName(call.callee) !== 'map' || call.callee.type !== 'MemberExpression')
    return null;
  const callback = call.arguments[0];
  return { list: call.callee.object, callback: callback ? source.valueOf(callback) : null };
}

export const PROMISE_IN_PARALLEL: Rule = {
  code: 'W30-promise-in-parallel',
  severity: 'warning',
  doc: 'Promises handed to `parallel()`, which takes functions: they have all begun already, and one that fails may go unseen.',
  *find(source) {
    for (const { name, node } of source.calls) {
      const [list] = node.arguments;
      if (name !== 'parallel' || !list) continue;
      const elements = source.valueOf(list);
      if (elements.type === 'ArrayExpression') {
        for (const element of elements.elements)
          if (element && source.isCallOf(element, ...PROMISING))
            yield { at: element, message: promised(source, element) };
      }
      const call = promiseOf(source, mapped(source, list)?.callback ?? null);
      if (call) yield { at: call, message: promised(source, call) };
    }
  },
};

function promised(source: Source, call: AnyNode): string {
  const name = source.apiCall(call) ?? 'agent';
  return `parallel() takes functions, and ${name}(…) is a promise that runs at once: write \`() => ${name}(…)\`.`;
}

/** The call whose promise the callback returns where it should return a function. */
function promiseOf(source: Source, callback: AnyNode | null): AnyNode | null {
  if (!callback || !isFunction(callback)) return null;
  if (callback.body.type !== 'BlockStatement')
    return source.isCallOf(callback.body, ...PROMISING) ? callback.body : null;
  const returns = source.here(callback).filter((node) => node.type === 'ReturnStatement');
  const given = returns.length === 1 ? returns[0]?.argument : null;
  return given && source.isCallOf(given, ...PROMISING) ? given : null;
}
