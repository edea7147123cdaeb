import type { AnyNode, CallExpression } from 'acorn';
import type { Rule } from '../rule.ts';
import type { Source } from '../source.ts';
import { memberName } from '../source.ts';

const CALLS = ['agent', 'change', 'review', 'land', 'workflow', 'parallel', 'pipeline'] as const;
const OF_PROMISES = new Set(['then', 'catch', 'finally', 'constructor']);

export const MISSING_AWAIT: Rule = {
  code: 'W20-missing-await',
  severity: 'warning',
  doc: 'A promise used as if it were the result, or a call that nobody waits for: what still runs when the script returns is cancelled.',
  *find(source) {
    for (const { name, node } of source.calls) {
      if (!CALLS.some((call) => call === name)) continue;
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
  },
};

/** The places that name it, when it is kept in a constant. */
function namesOf(source: Source, call: CallExpression): readonly AnyNode[] {
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
      return parent.operator === '+';
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
