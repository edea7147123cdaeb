import type { AnyNode } from 'acorn';
import type { Binding } from './scope.ts';
import type { Source } from './source.ts';
import { memberName } from './source.ts';

/** Methods that change what they are called on. */
const MUTATING = new Set([
  ...['push', 'pop', 'shift', 'unshift', 'splice', 'sort', 'reverse', 'fill', 'copyWithin'],
  ...['set', 'add', 'delete', 'clear', 'append'],
]);

/** True when the script changes what the name holds, or a part of it, somewhere. */
export function isWritten(source: Source, binding: Binding): boolean {
  return binding.references.some((reference) => isWrite(source, reference));
}

/** True when what is named here is changed here, or a part of it. */
export function isWrite(source: Source, reference: AnyNode): boolean {
  let at = reference;
  for (let parent = source.parent(at); parent; [at, parent] = [parent, source.parent(parent)]) {
    switch (parent.type) {
      case 'MemberExpression':
        if (parent.object !== at) return false;
        if (isMutatingCall(source, parent)) return true;
        break;
      case 'AssignmentExpression':
        return parent.left === at;
      case 'ForOfStatement':
      case 'ForInStatement':
        return parent.left === at;
      case 'UpdateExpression':
        return true;
      case 'UnaryExpression':
        return parent.operator === 'delete';
      // Taken apart on the left of an assignment.
      case 'ArrayPattern':
      case 'ObjectPattern':
      case 'RestElement':
        break;
      case 'AssignmentPattern':
        if (parent.left !== at) return false;
        break;
      case 'Property':
        if (source.parent(parent)?.type !== 'ObjectPattern') return false;
        break;
      default:
        return false;
    }
  }
  return false;
}

function isMutatingCall(source: Source, member: AnyNode): boolean {
  const call = source.parent(member);
  return call?.type === 'CallExpression' && call.callee === member && MUTATING.has(memberName(member) ?? '');
}
