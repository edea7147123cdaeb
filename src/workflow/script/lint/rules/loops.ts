import type { AnyNode, DoWhileStatement, Expression, ForOfStatement, ForStatement, WhileStatement } from 'acorn';
import type { Found, Rule } from '../rule.ts';
import { isFunction } from '../scope.ts';
import type { Binding } from '../scope.ts';
import type { Source } from '../source.ts';
import { memberName, propertyOf } from '../source.ts';
import { isWrite, isWritten } from '../writes.ts';

export const UNBOUNDED_LOOP: Rule = {
  code: 'W35-unbounded-loop',
  severity: 'warning',
  doc: 'A loop that starts agents, asks a person or runs commands, and that nothing ends: no `break`, no `return`, no cap; or one over `budget.remaining()`, which is `Infinity` without a cap.',
  *find(source) {
    for (const loop of source.nodes) {
      if (loop.type !== 'WhileStatement' && loop.type !== 'DoWhileStatement' && loop.type !== 'ForStatement') continue;
      const spawns = source.spawns(loop.body);
      if ((!spawns && !source.asks(loop.body)) || hasExit(source, loop)) continue;
      if (isForever(loop.test)) yield { at: headOf(loop), message: spawns ? ENDLESS : ASKING };
      else if (loop.test && isBudgetAlone(source, loop.test)) yield { at: loop.test, message: BUDGET };
    }
  },
};

const ENDLESS =
  'This loop starts agents and nothing in it ends it: count its rounds, or break when a round brings nothing new.';
const ASKING =
  'Nothing in this loop ends it, and where nobody is there to answer, a question has its default at once: count its rounds, or break when the answer or the result is the one it waits for.';
const BUDGET =
  'Without a cap `budget.remaining()` is Infinity and this loop never ends: write `budget.total && budget.remaining() > …`.';

type Loop = WhileStatement | DoWhileStatement | ForStatement;

function isForever(test: Expression | null | undefined): boolean {
  return !test || (test.type === 'Literal' && Boolean(test.value));
}

/** The condition, or the bare `for`. */
function headOf({ test, loc }: Loop): Found['at'] {
  if (test || !loc) return { loc: test?.loc ?? loc };
  const { line, column } = loc.start;
  return { loc: { start: loc.start, end: { line, column: column + 'for'.length } } };
}

/** One that the loop's own function takes; what a callback returns ends nothing. */
function hasExit(source: Source, loop: Loop): boolean {
  if (source.functionAround(loop)?.generator) return true;
  return source.here(loop).some((node) => {
    if (node.type === 'ReturnStatement' || node.type === 'ThrowStatement') return true;
    return node.type === 'BreakStatement' && leaves(source, node, loop);
  });
}

function leaves(source: Source, node: AnyNode & { type: 'BreakStatement' }, loop: Loop): boolean {
  for (const ancestor of source.ancestors(node)) {
    if (node.label) {
      // A label inside the loop stands below it.
      if (ancestor.type === 'LabeledStatement' && ancestor.label.name === node.label.name)
        return ancestor.start <= loop.start;
    } else if (BREAKABLE.has(ancestor.type)) return ancestor === loop;
  }
  return true;
}

const BREAKABLE = new Set([
  'WhileStatement',
  'DoWhileStatement',
  'ForStatement',
  'ForOfStatement',
  'ForInStatement',
  'SwitchStatement',
]);

function isBudgetAlone(source: Source, test: Expression): boolean {
  const compared = test.type === 'BinaryExpression' ? [test.left, test.right] : [test];
  const asks = compared.some(
    (side) =>
      side.type === 'CallExpression' && memberName(side.callee) === 'remaining' && isBudget(source, side.callee),
  );
  const knowsOfNone = source.nodes.some(
    (node) =>
      memberName(node) === 'total' ||
      (node.type === 'Property' && node.key.type === 'Identifier' && node.key.name === 'total'),
  );
  return asks && !knowsOfNone;
}

function isBudget(source: Source, callee: AnyNode): boolean {
  return callee.type === 'MemberExpression' && source.isGlobal(callee.object, 'budget');
}

export const SEQUENTIAL_LOOP: Rule = {
  code: 'W30-sequential-loop',
  severity: 'info',
  doc: 'A loop in which each agent waits for the one before, though nothing of that one flows into it.',
  *find(source): Generator<Found> {
    for (const loop of source.nodes) {
      if (loop.type !== 'ForOfStatement' || loop.await) continue;
      const call = collectedAgent(source, loop);
      if (call && isIndependent(source, loop)) yield { at: call, message: SEQUENTIAL };
    }
  },
};

const SEQUENTIAL =
  'Each of these agents waits for the one before. If none builds on another, run them at once: `await parallel(list.map((item) => () => agent(…)))`.';

/** The only thing the loop waits for: an agent that reads, and whose answer is kept. */
function collectedAgent(source: Source, loop: ForOfStatement): AnyNode | null {
  const inside = source.here(loop.body);
  if (inside.some((node) => ENDS.has(node.type))) return null;
  if (loop.right.type === 'ArrayExpression' && loop.right.elements.length < 2) return null;
  const waits = inside.filter((node) => node.type === 'AwaitExpression');
  const [only] = waits;
  if (waits.length !== 1 || only?.type !== 'AwaitExpression' || !source.isCallOf(only.argument, 'agent')) return null;
  const options = only.argument.arguments[1];
  const reads =
    options?.type === 'ObjectExpression' && ['schema', 'tools', 'isolation'].some((name) => propertyOf(options, name));
  const others = source.calls.filter(
    ({ name, node }) => node !== only.argument && name !== 'log' && isInside(node, loop),
  );
  const kept = source.parent(only)?.type !== 'ExpressionStatement';
  return reads && kept && others.length === 0 && !namesBudget(source, loop) ? only.argument : null;
}

const ENDS = new Set([
  'ReturnStatement',
  'ThrowStatement',
  'BreakStatement',
  'YieldExpression',
  'ForOfStatement',
  'ForStatement',
  'WhileStatement',
]);

function namesBudget(source: Source, loop: ForOfStatement): boolean {
  return source.within(loop).some((node) => source.isGlobal(node, 'budget'));
}

/** Whatever outlives a round is only added to: no round reads what another has written. */
function isIndependent(source: Source, loop: ForOfStatement): boolean {
  const outer = new Set<Binding>();
  for (const node of source.within(loop)) {
    const binding = source.bindingOf(node);
    if (binding && !isInside(binding.id, loop)) outer.add(binding);
  }
  const changed = [...outer].filter((binding) =>
    binding.references.some((one) => isInside(one, loop) && mayChange(source, binding, one)),
  );
  if (changed.some((binding) => binding.references.some((one) => isInside(one, loop) && !isAddition(source, one))))
    return false;
  // What the script's own functions do to the same names cannot be told from here.
  return [...outer].every(({ value }) => !value || !isFunction(value) || touchesNothing(source, value));
}

/** A write, a method that may be one, or a call that gets the whole. */
function mayChange(source: Source, { kind }: Binding, reference: AnyNode): boolean {
  if (isWrite(source, reference)) return true;
  const parent = source.parent(reference);
  if (parent?.type === 'CallExpression')
    return parent.callee !== reference && kind !== 'function' && source.apiCall(parent) === null;
  const call = parent && source.parent(parent);
  const isMethod = parent?.type === 'MemberExpression' && call?.type === 'CallExpression' && call.callee === parent;
  return isMethod && !READING.has(memberName(parent) ?? '');
}

const READING = new Set([
  ...['map', 'flatMap', 'filter', 'slice', 'join', 'concat', 'includes', 'indexOf', 'find', 'some', 'every', 'at'],
  ...['get', 'has', 'keys', 'values', 'entries', 'toString', 'toLocaleString'],
  ...['trim', 'split', 'replace', 'replaceAll', 'padStart', 'padEnd', 'startsWith', 'endsWith', 'toLowerCase'],
]);

function touchesNothing(source: Source, fn: AnyNode): boolean {
  return source.within(fn).every((node) => {
    const binding = source.bindingOf(node);
    if (!binding || isInside(binding.id, fn)) return true;
    return binding.kind === 'function' || (binding.kind === 'const' && !isWritten(source, binding));
  });
}

/** `list.push(…)` or `map[key] = …` as a statement of its own. */
function isAddition(source: Source, reference: AnyNode): boolean {
  const member = source.parent(reference);
  if (member?.type !== 'MemberExpression' || member.object !== reference) return false;
  const use = source.parent(member);
  if (use === null || source.parent(use)?.type !== 'ExpressionStatement') return false;
  if (use.type === 'CallExpression') return use.callee === member && ADDING.has(memberName(member) ?? '');
  return use.type === 'AssignmentExpression' && use.operator === '=' && use.left === member;
}

const ADDING = new Set(['push', 'set', 'add']);

function isInside(node: { readonly start: number; readonly end: number }, outer: AnyNode): boolean {
  return node.start >= outer.start && node.end <= outer.end;
}
