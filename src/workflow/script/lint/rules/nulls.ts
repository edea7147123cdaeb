import type { AnyNode, CallExpression } from 'acorn';
import type { Found, Rule } from '../rule.ts';
import { isFunction } from '../scope.ts';
import type { Binding, FunctionNode } from '../scope.ts';
import type { Source } from '../source.ts';
import { memberName } from '../source.ts';
import { mapped } from './fanOut.ts';

export const UNCHECKED_NULL: Rule = {
  code: 'W23-unchecked-null',
  severity: 'warning',
  doc: 'A property of a result, or a change handed on, without a look whether it is `null`.',
  *find(source) {
    for (const node of source.nodes) {
      if (node.type === 'AwaitExpression' && source.isCallOf(node.argument, ...NULLABLE.keys())) {
        yield* uses(source, node, node.argument);
      }
      if (node.type === 'AwaitExpression' && mayHoldNulls(source, node.argument)) yield* elementUses(source, node);
    }
  },
};

/** Calls that may resolve to null, and when they do. */
const NULLABLE = new Map([
  ['agent', 'its agent was stopped or died'],
  ['change', 'its author was stopped or died'],
  ['check', 'no worktree could be made'],
]);
const DIED = 'its agent was stopped or died';

function message(what: string, why = DIED): string {
  return `${what} is null when ${why}, and this throws: check it first, or write \`?.\`.`;
}

/** Of one awaited call: what is done with its value at once, or by its name. */
function* uses(source: Source, wait: AnyNode, call: CallExpression): Generator<Found> {
  if (isCaught(source, wait)) return;
  const name = source.apiCall(call) ?? 'agent';
  const why = NULLABLE.get(name);
  const parent = source.parent(wait);
  if (isAccess(source, wait)) yield { at: parent ?? wait, message: message(`The result of ${name}()`, why) };
  if (isHandedOn(source, wait)) yield { at: wait, message: message('A change', why) };
  if (parent?.type !== 'VariableDeclarator' || parent.init !== wait) return;
  if (parent.id.type === 'ObjectPattern' || parent.id.type === 'ArrayPattern')
    yield { at: parent.id, message: message(`The result of ${name}()`, why) };
  const binding = parent.id.type === 'Identifier' ? source.declaredBy(parent.id) : null;
  const use = binding && uncheckedUse(source, binding);
  if (use) yield { at: use, message: message(`\`${binding.name}\``, why) };
}

/** The first access to a name that nothing checks, anywhere. */
function uncheckedUse(source: Source, binding: Binding): AnyNode | null {
  if (binding.references.some((reference) => isCheck(source, reference))) return null;
  const use = binding.references.find(
    (reference) => !isCaught(source, reference) && (isAccess(source, reference) || isHandedOn(source, reference)),
  );
  return use ? (isAccess(source, use) ? (source.parent(use) ?? use) : use) : null;
}

/** `node.x`, but not `node?.x`. */
function isAccess(source: Source, node: AnyNode): boolean {
  const parent = source.parent(node);
  return parent?.type === 'MemberExpression' && parent.object === node && !parent.optional;
}

function isHandedOn(source: Source, node: AnyNode): boolean {
  const parent = source.parent(node);
  return source.isCallOf(parent, 'review', 'land') && parent.arguments[0] === node;
}

/** Anything that may depend on whether there is a value, an assignment included. */
function isCheck(source: Source, reference: AnyNode): boolean {
  const parent = source.parent(reference);
  switch (parent?.type) {
    case 'MemberExpression':
      return parent.object === reference && parent.optional;
    case 'IfStatement':
    case 'ConditionalExpression':
    case 'WhileStatement':
    case 'DoWhileStatement':
    case 'ForStatement':
      return parent.test === reference;
    case 'UnaryExpression':
      return parent.operator === '!' || parent.operator === 'typeof';
    case 'BinaryExpression':
      return /^[!=]==?$|^instanceof$|^in$/.test(parent.operator);
    case 'CallExpression':
      // `check(result)`, `Boolean(result)`: whatever it is, it may look. Our own calls and lines for a person do not.
      return parent.callee !== reference && source.apiCall(parent) === null && !isPureTextCall(source, parent);
    case 'LogicalExpression':
    case 'AssignmentExpression':
    case 'SwitchStatement':
      return true;
    default:
      return false;
  }
}

function isPureTextCall(source: Source, call: CallExpression): boolean {
  const { callee } = call;
  return callee.type === 'MemberExpression' && source.isGlobal(callee.object, 'JSON');
}

/** Inside a `try` with a `catch`, in the same function: somebody expects it. */
function isCaught(source: Source, node: AnyNode): boolean {
  let below = node;
  for (const ancestor of source.ancestors(node)) {
    if (isFunction(ancestor)) return false;
    if (ancestor.type === 'TryStatement' && ancestor.block === below && ancestor.handler) return true;
    below = ancestor;
  }
  return false;
}

// ── Lists of results ─────────────────────────────────────────────────────────────────────────────────────────────────

/** `parallel(list.map(() => () => agent(…)))` and `pipeline(list, () => agent(…))`: a slot is null when its agent died. */
function mayHoldNulls(source: Source, node: AnyNode): boolean {
  if (node.type !== 'CallExpression') return false;
  const [list, ...stages] = node.arguments;
  if (source.apiCall(node) === 'pipeline') return stages.some((stage) => isAgentFunction(source, stage));
  if (source.apiCall(node) !== 'parallel' || !list) return false;
  const thunk = mapped(source, list)?.callback;
  if (thunk && isFunction(thunk)) return isAgentFunction(source, thunk.body);
  const elements = source.valueOf(list);
  return (
    elements.type === 'ArrayExpression' &&
    elements.elements.some((element) => element && isAgentFunction(source, element))
  );
}

/** `() => agent(…)` */
function isAgentFunction(source: Source, node: AnyNode): boolean {
  const fn = source.valueOf(node);
  return isFunction(fn) && source.isCallOf(fn.body, 'agent', 'change');
}

const EACH = new Set(['map', 'flatMap', 'forEach', 'filter', 'some', 'every', 'find', 'findIndex', 'sort']);

function* elementUses(source: Source, wait: AnyNode): Generator<Found> {
  const parent = source.parent(wait);
  const isNamed = parent?.type === 'VariableDeclarator' && parent.init === wait && parent.id.type === 'Identifier';
  const binding = isNamed && parent.id.type === 'Identifier' ? source.declaredBy(parent.id) : null;
  if (binding && binding.kind !== 'const') return;
  for (const list of binding ? binding.references : [wait]) {
    const element = elementOf(source, list);
    const use = element && !isCaught(source, list) ? uncheckedUse(source, element) : null;
    if (use) yield { at: use, message: message(`\`${element?.name ?? 'It'}\``) };
  }
}

/** The name of one element in `list.map((element) => …)` and `for (const element of list)`. */
function elementOf(source: Source, list: AnyNode): Binding | null {
  const parent = source.parent(list);
  if (parent?.type === 'ForOfStatement' && parent.right === list && parent.left.type === 'VariableDeclaration') {
    const id = parent.left.declarations[0]?.id;
    return id?.type === 'Identifier' ? source.declaredBy(id) : null;
  }
  if (parent?.type !== 'MemberExpression' || parent.object !== list || !EACH.has(memberName(parent) ?? '')) return null;
  const call = source.parent(parent);
  const callback = call?.type === 'CallExpression' && call.callee === parent ? call.arguments[0] : undefined;
  const param = callback && isFunction(callback) ? firstParam(callback) : null;
  return param && source.declaredBy(param);
}

function firstParam(callback: FunctionNode): AnyNode | null {
  const [first] = callback.params;
  return first?.type === 'Identifier' ? first : null;
}
