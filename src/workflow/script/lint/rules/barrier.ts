import type { AnyNode, CallExpression, Expression } from 'acorn';
import type { Rule } from '../rule.ts';
import type { Binding } from '../scope.ts';
import type { Source } from '../source.ts';
import { memberName } from '../source.ts';
import { mapped } from './fanOut.ts';

export const BARRIER: Rule = {
  code: 'W31-barrier',
  severity: 'warning',
  doc: 'A `parallel()` over the results of another `parallel()` that are used for nothing else: `pipeline()` would let no item wait for the slowest.',
  *find(source) {
    for (const { name, node } of source.calls) {
      if (name !== 'parallel' || !node.arguments[0] || !mapped(source, node.arguments[0])) continue;
      const results = resultsOf(source, node);
      const next = results && onlyFanOut(source, results);
      if (next && isDirectlyAfter(source, node, next))
        yield {
          at: next.callee,
          message: `Nothing here starts before the slowest of \`${results.name}\` is done: \`pipeline(items, first, second)\` sends each item on at once.`,
        };
    }
  },
};

/** The constant that holds what this call resolves to. */
function resultsOf(source: Source, call: CallExpression): Binding | null {
  const wait = source.parent(call);
  const declarator = wait?.type === 'AwaitExpression' ? source.parent(wait) : null;
  if (declarator?.type !== 'VariableDeclarator' || declarator.init !== wait) return null;
  return constantOf(source, declarator.id);
}

function constantOf(source: Source, id: AnyNode): Binding | null {
  const binding = source.declaredBy(id);
  return binding?.kind === 'const' ? binding : null;
}

/** The one fan-out over the results, when they go nowhere else but into it and into lines for a person. */
function onlyFanOut(source: Source, results: Binding): CallExpression | null {
  const fanOuts = new Set<CallExpression>();
  const family = [results];
  for (const member of family) {
    for (const reference of member.references) {
      const use = useOf(source, reference);
      if (use === null) return null;
      if (use === 'shown') continue;
      if ('references' in use) family.push(use);
      else fanOuts.add(use);
    }
  }
  const [only, ...more] = fanOuts;
  return more.length === 0 ? (only ?? null) : null;
}

/** Null: something else, which may need all of them at once. */
function useOf(source: Source, reference: AnyNode): CallExpression | Binding | 'shown' | null {
  for (const ancestor of source.ancestors(reference)) {
    if (source.isCallOf(ancestor, 'log') || isConsole(source, ancestor)) return 'shown';
  }
  const whole = withoutFilter(source, reference);
  const user = source.parent(whole);
  if (user?.type === 'VariableDeclarator' && user.init === whole) return constantOf(source, user.id);
  if (source.isCallOf(user, 'pipeline') && user.arguments[0] === whole) return user;
  if (user?.type !== 'MemberExpression' || memberName(user) !== 'map') return null;
  const map = source.parent(user);
  const call = map && source.parent(map);
  return source.isCallOf(call, 'parallel') && call.arguments[0] === map ? call : null;
}

/** `results.filter(Boolean)` for `results`. */
function withoutFilter(source: Source, node: AnyNode): AnyNode {
  const member = source.parent(node);
  if (member?.type !== 'MemberExpression' || member.object !== node || memberName(member) !== 'filter') return node;
  const call = source.parent(member);
  const test = call?.type === 'CallExpression' && call.callee === member ? call.arguments[0] : undefined;
  return call && test && source.isGlobal(test, 'Boolean') ? call : node;
}

function isConsole(source: Source, node: AnyNode): boolean {
  return node.type === 'CallExpression' && source.apiCall(node)?.startsWith('console.') === true;
}

/** Nothing else is waited for between the two, whose outcome the second might need. */
function isDirectlyAfter(source: Source, first: CallExpression, second: CallExpression): boolean {
  if (second.start < first.end || source.functionAround(first) !== source.functionAround(second)) return false;
  const wait = source.parent(second);
  const between = source.nodes.filter((node) => node.start > first.end && node.end < second.start);
  if (between.some((node) => node.type === 'AwaitExpression') || wait?.type !== 'AwaitExpression') return false;
  return statementsAround(source, first).at(-1) === statementsAround(source, second).at(-1);
}

/** The blocks around it, the nearest last: the same for two nodes that always run one after the other. */
function statementsAround(source: Source, node: Expression): readonly AnyNode[] {
  return [...source.ancestors(node)].filter((ancestor) => BLOCKS.has(ancestor.type)).reverse();
}

const BLOCKS = new Set([
  'BlockStatement',
  'IfStatement',
  'SwitchCase',
  'ForStatement',
  'ForOfStatement',
  'WhileStatement',
  'ConditionalExpression',
  'LogicalExpression',
]);
