import type { AnyNode, Node, Program } from 'acorn';
import { full } from 'acorn-walk';
import type { Diagnostic } from './check.ts';
import { errorAt } from './errorAt.ts';
import { typeScriptMessage } from './syntaxProblem.ts';

const NO_MODULES =
  'a workflow script is one file with no modules: use the globals (agent, parallel, pipeline, …), and let an agent do what needs a library';

/** W05, on the tree, so that the same words in texts and comments do not matter. `meta` is the one export allowed. */
export function refusedSyntax(program: Program, meta: Node | null): readonly Diagnostic[] {
  const errors: Diagnostic[] = [];
  const requires: Node[] = [];
  const typed: TypeArgument[] = [];
  const declared = new Set<string>();
  const classes = new Set<string>();
  full(program, (node, _state, type) => {
    const refused = node === meta ? null : refusal(node);
    if (refused) errors.push(errorAt(node, refused.code, refused.message));
    // The walker calls a name that is being declared or assigned a pattern.
    if (type === 'VariablePattern' && node.type === 'Identifier') declared.add(node.name);
    if (node.type === 'ClassDeclaration' && node.id) classes.add(node.id.name);
    const types = typeArgument(node);
    if (types) typed.push(types);
    if (isRequireCall(node)) requires.push(node);
  });
  for (const { name, at } of typed)
    if (!declared.has(name) || classes.has(name))
      errors.push(errorAt(at, 'W05-typescript', typeScriptMessage('a type argument')));
  const message = `\`require\` cannot be used: ${NO_MODULES}.`;
  return declared.has('require')
    ? errors
    : [...errors, ...requires.map((node) => errorAt(node, 'W05-require', message))];
}

/** `name` is empty where it is no plain name. A variable of that name makes two comparisons of it after all. */
interface TypeArgument {
  readonly name: string;
  readonly at: Node;
}

function refusal(node: AnyNode): { readonly code: string; readonly message: string } | null {
  switch (node.type) {
    case 'ImportDeclaration':
      return { code: 'W05-import', message: `\`import\` cannot be used: ${NO_MODULES}.` };
    case 'ImportExpression':
      return { code: 'W05-import', message: `\`import()\` cannot be used: ${NO_MODULES}.` };
    case 'MetaProperty':
      if (node.meta.name !== 'import') return null;
      return {
        code: 'W05-import',
        message: '`import.meta` cannot be used: a workflow script does not know its file; pass paths through args.',
      };
    case 'ExportDefaultDeclaration':
      return {
        code: 'W05-export',
        message: 'Only `meta` is exported: remove `export default` and end with `return result`.',
      };
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return {
        code: 'W05-export',
        message: 'Only `meta` is exported: remove this `export`; the result is what the script returns.',
      };
    default:
      return null;
  }
}

function isRequireCall(node: AnyNode): boolean {
  return node.type === 'CallExpression' && node.callee.type === 'Identifier' && node.callee.name === 'require';
}

/**
 * `agent<string>('x')` reads as two comparisons: of what nobody compares, and written without a space. So does
 * `agent<Array<string>>('x')`, the last of whose names it shifts.
 */
function typeArgument(node: AnyNode): TypeArgument | null {
  if (node.type !== 'BinaryExpression') return null;
  const { left, right, operator } = node;
  if (left.type !== 'BinaryExpression' || left.operator !== '<') return null;
  const isNested = operator === '<' && right.type === 'BinaryExpression' && right.operator === '>>';
  if (operator !== '>' && !isNested) return null;
  const called = left.left.type === 'AwaitExpression' ? left.left.argument : left.left;
  const isCalled = called.type === 'Identifier' || called.type === 'MemberExpression';
  const isClosed = isNested
    ? right.start === left.end + 1 && right.right.start === right.left.end + 3
    : right.start === left.end + 2;
  const isTight = left.right.start === left.left.end + 1 && isClosed;
  if (!isCalled || !isTight || !left.loc || !left.left.loc) return null;
  const name = left.right.type === 'Identifier' ? left.right.name : '';
  return { name, at: { ...left, loc: { start: left.left.loc.end, end: left.loc.end } } };
}
