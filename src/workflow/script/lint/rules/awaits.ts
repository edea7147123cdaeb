import type { AnyNode, BinaryExpression, CallExpression } from 'acorn';
import type { Found, Rule } from '../rule.ts';
import { isFunction } from '../scope.ts';
import type { Source } from '../source.ts';
import { keyOf, memberName } from '../source.ts';
import { mapped } from './fanOut.ts';
import { ownFunction, PROMISING, promisingFunction } from './promises.ts';

const OF_PROMISES = new Set(['then', 'catch', 'finally', 'constructor']);

export const MISSING_AWAIT: Rule = {
  code: 'W20-missing-await',
  severity: 'warning',
  doc: 'A promise used as if it were the result, or a call that nobody waits for: what still runs when the script returns is cancelled.',
  *find(source) {
    for (const { name, node } of source.calls) {
      if (!PROMISING.includes(name)) continue;
      if (source.parent(node)?.type === 'ExpressionStatement') {
        yield {
          at: node,
          message: `Nobody waits for this ${name}(): write \`await\`, or it is cancelled when the script returns.`,
        };
      }
      const use = [node, ...namesOf(source, node)].find((value) => isUsedAsResult(source, value));
      if (use)
        yield {
          at: use,
          message: `This is the promise of ${name}(), not its result: write \`await\` before the call.`,
        };
    }
    for (const node of source.nodes) yield* lostWork(source, node);
  },
};

const EACH =
  'run them at once with `await parallel(list.map((item) => () => …))`, or one by one in a `for` loop with `await`';
const LIST = 'write `await Promise.all(…)` around it, or `await parallel(list.map((item) => () => …))`';

/** Work of the script's own functions that nobody waits for. */
function* lostWork(source: Source, node: AnyNode): Generator<Found> {
  if (node.type === 'ExpressionStatement') yield* lostStatement(source, node.expression);
  const list = givenList(source, node);
  if (list && promisingFunction(source, mapped(source, list)?.callback))
    yield { at: list, message: `This is a list of promises, which nobody waits for: ${LIST}.` };
}

/** `run(x);` and `list.forEach(async …);` */
function* lostStatement(source: Source, call: AnyNode): Generator<Found> {
  if (call.type !== 'CallExpression') return;
  const started = startedInPlace(call);
  if (started && source.spawns(started.callee) && !isSettledByHand(source, started))
    yield {
      at: started.callee,
      message:
        'Nobody waits for this function, which starts agents: write `await` before it, or they are cancelled when the script returns.',
    };
  const own = promisingFunction(source, ownFunction(source, call));
  if (own && call.callee.type === 'Identifier' && source.spawns(own) && !isWaitedForElsewhere(source, call, own)) {
    const name = call.callee.name;
    yield {
      at: call,
      message: `Nobody waits for this ${name}(), which starts agents: write \`await\`, or they are cancelled when the script returns.`,
    };
  }
  const method = memberName(call.callee);
  if (method !== 'forEach' && method !== 'map') return;
  const callback = promisingFunction(source, call.arguments[0]);
  if (callback && source.spawns(callback))
    yield {
      at: call.callee,
      message: `\`${method}\` does not wait for what its callback starts, and it is cancelled when the script returns: ${EACH}.`,
    };
}

/** The call of `(async () => {…})()`, also with `.catch(…)` behind it. */
function startedInPlace(call: CallExpression): CallExpression | null {
  const { callee } = call;
  if (isFunction(callee)) return callee.async && !callee.generator ? call : null;
  if (callee.type !== 'MemberExpression' || !OF_PROMISES.has(memberName(callee) ?? '')) return null;
  return callee.object.type === 'CallExpression' ? startedInPlace(callee.object) : null;
}

/** It stands in what makes a promise by hand, or the script has such a promise somewhere, which it may settle. */
function isSettledByHand(source: Source, call: CallExpression): boolean {
  if (source.nodes.some((node) => memberName(node) === 'withResolvers')) return true;
  return [...source.ancestors(call)].some(isNewPromise);
}

function isNewPromise(node: AnyNode): boolean {
  return node.type === 'NewExpression' && node.callee.type === 'Identifier' && node.callee.name === 'Promise';
}

/** It goes on with itself, stands in what makes a promise by hand, or puts its promises where somebody waits for all. */
function isWaitedForElsewhere(source: Source, call: CallExpression, own: AnyNode): boolean {
  for (let around = source.parent(call); around; around = source.parent(around)) {
    if (around === own || isNewPromise(around)) return true;
  }
  return source
    .within(own)
    .some((node) => node.type === 'CallExpression' && KEEPING.has(memberName(node.callee) ?? ''));
}

const KEEPING = new Set(['push', 'add', 'set', 'unshift']);

/** What the script returns, or waits for. */
function givenList(source: Source, node: AnyNode): AnyNode | null {
  if (node.type === 'AwaitExpression') return node.argument;
  return node.type === 'ReturnStatement' && source.functionAround(node) === null ? (node.argument ?? null) : null;
}

/** The places that name it, when it is kept in a constant. */
function namesOf(source: Source, call: AnyNode): readonly AnyNode[] {
  const declarator = source.parent(call);
  if (declarator?.type !== 'VariableDeclarator' || declarator.init !== call) return [];
  const binding = source.declaredBy(declarator.id);
  return binding?.kind === 'const' ? binding.references : [];
}

/** In ways in which no promise makes sense. */
function isUsedAsResult(source: Source, value: AnyNode): boolean {
  const parent = source.parent(value);
  switch (parent?.type) {
    case 'TemplateLiteral':
      // A tag may wait for it.
      return source.parent(parent)?.type !== 'TaggedTemplateExpression';
    case 'BinaryExpression':
      return parent.operator === '+' || isComparedText(parent, value);
    case 'UnaryExpression':
      return parent.operator === '!';
    case 'IfStatement':
    case 'WhileStatement':
    case 'ConditionalExpression':
      return parent.test === value;
    case 'CallExpression':
      return memberName(parent.callee) === 'stringify' && parent.arguments[0] === value;
    case 'MemberExpression':
      return parent.object === value && !OF_PROMISES.has(memberName(parent) ?? 'then');
    case 'ForOfStatement':
      return parent.right === value && !parent.await;
    case 'SpreadElement':
      return true;
    case 'VariableDeclarator':
      return parent.init === value && parent.id.type !== 'Identifier';
    default:
      return false;
  }
}

/** Promises may be compared with each other. */
function isComparedText({ left, right, operator }: BinaryExpression, value: AnyNode): boolean {
  const other = left === value ? right : left;
  return COMPARING.has(operator) && (other.type === 'Literal' || other.type === 'TemplateLiteral');
}

const COMPARING = new Set<string>(['===', '!==', '==', '!=', '<', '>', '<=', '>=']);

export const TEXT_AS_LIST: Rule = {
  code: 'W21-text-as-list',
  severity: 'warning',
  doc: 'The text of an agent without a schema taken for a list: it has one item for each character.',
  *find(source) {
    for (const { name, node } of source.calls) {
      const wait = source.parent(node);
      if (name !== 'agent' || wait?.type !== 'AwaitExpression' || mayHaveSchema(node)) continue;
      for (const text of [wait, ...namesOf(source, wait)])
        if (isListed(source, text)) yield { at: text, message: CHARACTERS };
    }
  },
};

const CHARACTERS =
  'Without a schema agent() gives one text, and this goes through its characters: ask for a list with a `schema`, or split it (`.split(…)`).';

/** Options that stand elsewhere may hold one. */
function mayHaveSchema(call: CallExpression): boolean {
  if (call.arguments.some(({ type }) => type === 'SpreadElement')) return true;
  const options = call.arguments[1];
  if (!options) return false;
  if (options.type !== 'ObjectExpression') return true;
  return options.properties.some((property) => property.type === 'SpreadElement' || keyOf(property) === 'schema');
}

function isListed(source: Source, text: AnyNode): boolean {
  const parent = source.parent(text);
  if (parent?.type === 'ForOfStatement') return parent.right === text;
  if (parent?.type === 'SpreadElement') return source.parent(parent)?.type !== 'ObjectExpression';
  return false;
}
