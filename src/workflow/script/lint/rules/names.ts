import type { AnyNode, Identifier } from 'acorn';
import { SCRIPT_API } from '../../api.ts';
import { ABSENT, REFUSED_CALLS } from '../../api/absent.ts';
import { LANGUAGE_GLOBALS } from '../../api/language.ts';
import { didYouMean } from '../nearest.ts';
import type { Rule } from '../rule.ts';
import type { Source } from '../source.ts';
import { memberName } from '../source.ts';

const PRESENT = new Set([...SCRIPT_API.map(({ name }) => name), ...LANGUAGE_GLOBALS, 'arguments']);

export const ABSENT_NAME: Rule = {
  code: 'W07-absent',
  severity: 'warning',
  doc: 'A global that other places have and workflow scripts do not.',
  *find(source) {
    for (const node of missingNames(source)) {
      const advice = Object.hasOwn(ABSENT, node.name) ? ABSENT[node.name] : undefined;
      if (advice !== undefined) yield { at: node, message: `\`${node.name}\` is not available: ${advice}.` };
    }
  },
};

export const UNKNOWN_NAME: Rule = {
  code: 'W07-unknown-name',
  severity: 'warning',
  doc: 'A name that nothing declares.',
  *find(source) {
    for (const node of missingNames(source)) {
      if (!Object.hasOwn(ABSENT, node.name))
        yield { at: node, message: `Nothing declares \`${node.name}\`.${didYouMean(node.name, PRESENT)}` };
    }
  },
};

export const UNKNOWN_MEMBER: Rule = {
  code: 'W07-unknown-member',
  severity: 'warning',
  doc: 'A member that one of our globals does not have.',
  *find(source) {
    for (const node of source.nodes) {
      const name = memberName(node);
      if (node.type !== 'MemberExpression' || node.object.type !== 'Identifier' || name === null) continue;
      const members = source.bindingOf(node.object) === null ? MEMBERS.get(node.object.name) : undefined;
      if (!members || members.includes(name) || name in Object.prototype || !isUsed(source, node)) continue;
      const near = didYouMean(name, members) || ` It has ${members.map((member) => `\`${member}\``).join(', ')}.`;
      yield { at: node.property, message: `\`${node.object.name}\` has no \`${name}\`.${near}` };
    }
  },
};

/** By the name of the global that is an object. */
const MEMBERS = new Map(
  SCRIPT_API.flatMap(({ name, members }) => (members ? [[name, members.map((member) => member.name)] as const] : [])),
);

/** Called, or used as a value in ways that do not ask whether it is there. */
function isUsed(source: Source, node: AnyNode): boolean {
  const parent = source.parent(node);
  switch (parent?.type) {
    case 'CallExpression':
      return !parent.optional;
    case 'BinaryExpression':
      return /^[-+*/%<>]=?$/.test(parent.operator);
    case 'VariableDeclarator':
    case 'TemplateLiteral':
    case 'ReturnStatement':
    case 'AwaitExpression':
      return true;
    default:
      return false;
  }
}

/** The first place of each name that is neither declared nor global, unless the script asks by `typeof` whether it is. */
function missingNames(source: Source): readonly Identifier[] {
  const missing = new Map<string, Identifier>();
  const excused = new Set<string>();
  for (const node of source.nodes) {
    // `globalThis.x = …`, after which `x` is there.
    if (node.type === 'MemberExpression' && source.isGlobal(node.object, 'globalThis'))
      excused.add(memberName(node) ?? '');
    if (node.type !== 'Identifier' || source.bindingOf(node) !== null || PRESENT.has(node.name)) continue;
    const parent = source.parent(node);
    if (parent?.type === 'UnaryExpression' && parent.operator === 'typeof') excused.add(node.name);
    else if (!missing.has(node.name)) missing.set(node.name, node);
  }
  return [...missing.values()].filter(({ name }) => !excused.has(name));
}

export const CLOCK_OR_CHANCE: Rule = {
  code: 'W06-clock',
  severity: 'warning',
  doc: 'The time of day or a random number: both throw, since a resumed run must take the same path again.',
  *find(source) {
    for (const node of source.nodes) {
      const call = refusedCall(source, node);
      const advice = call === null ? undefined : REFUSED_CALLS[call];
      if (advice !== undefined)
        yield {
          at: node,
          message: `\`${call}\` throws, since a resumed run must take the same path again: ${advice}.`,
        };
    }
  },
};

function refusedCall(source: Source, node: AnyNode): string | null {
  if (node.type === 'NewExpression')
    return node.arguments.length === 0 && source.isGlobal(node.callee, 'Date') ? 'new Date()' : null;
  if (node.type !== 'CallExpression') return null;
  if (source.isGlobal(node.callee, 'Date')) return 'Date()';
  const { callee } = node;
  if (callee.type !== 'MemberExpression' || callee.object.type !== 'Identifier') return null;
  return source.bindingOf(callee.object) === null ? `${callee.object.name}.${memberName(callee) ?? ''}()` : null;
}
