import type { AnyNode, ObjectPattern } from 'acorn';
import { isJsonObject } from '../../../../protocol/json.ts';
import { didYouMean } from '../nearest.ts';
import type { Rule } from '../rule.ts';
import type { Source } from '../source.ts';
import { keyOf, memberName, propertyOf } from '../source.ts';

export const UNKNOWN_ARG: Rule = {
  code: 'W34-unknown-arg',
  severity: 'warning',
  doc: 'A property of `args` that `meta.args` does not describe.',
  *find(source) {
    const described = describedArgs(source);
    if (!described || source.nodes.some((node) => isTypeCheck(source, node))) return;
    for (const { name, at } of readArgs(source).names)
      if (!described.includes(name))
        yield { at, message: `\`meta.args\` describes no \`${name}\`.${didYouMean(name, described)}` };
  },
};

export const UNUSED_ARG: Rule = {
  code: 'W34-unused-arg',
  severity: 'warning',
  doc: 'A property that `meta.args` describes and that the script never reads.',
  *find(source) {
    const described = describedArgs(source);
    const read = readArgs(source);
    if (!described || !read.all) return;
    const at = (name: string): AnyNode | null => {
      const schema = source.metaObject && propertyOf(source.metaObject, 'args')?.value;
      const properties = schema?.type === 'ObjectExpression' ? propertyOf(schema, 'properties')?.value : null;
      return properties?.type === 'ObjectExpression' ? (propertyOf(properties, name)?.key ?? null) : null;
    };
    for (const name of described) {
      const place = read.names.some((one) => one.name === name) ? null : at(name);
      if (place)
        yield {
          at: place,
          message: `The script never reads \`args.${name}\`: use it, or take it out of \`meta.args\`.`,
        };
    }
  },
};

/** What the script reads of its arguments by name. */
export function readArgNames(source: Source): readonly string[] {
  return [...new Set(readArgs(source).names.map(({ name }) => name))];
}

/** The names in `meta.args`, if those are all there can be. */
function describedArgs({ meta }: Source): readonly string[] | null {
  const schema = meta.args;
  if (!schema || (schema['type'] !== undefined && schema['type'] !== 'object')) return null;
  const isOpen = OPENING.some((keyword) => schema[keyword] !== undefined && schema[keyword] !== false);
  const properties = schema['properties'];
  return isOpen || properties === undefined || !isJsonObject(properties) ? null : Object.keys(properties);
}

const OPENING = [
  'additionalProperties',
  'patternProperties',
  'anyOf',
  'oneOf',
  'allOf',
  '$ref',
  'if',
  'unevaluatedProperties',
];

/** A script that looks at what `args` is takes them in other forms too. */
function isTypeCheck(source: Source, node: AnyNode): boolean {
  return node.type === 'UnaryExpression' && node.operator === 'typeof' && source.isGlobal(node.argument, 'args');
}

interface ReadArgs {
  readonly names: { readonly name: string; readonly at: AnyNode }[];
  /** False when they go where nobody sees what is read. */
  all: boolean;
}

function readArgs(source: Source): ReadArgs {
  const read: ReadArgs = { names: [], all: true };
  for (const node of source.nodes) if (source.isGlobal(node, 'args')) follow(source, node, read);
  return read;
}

/** `args`, `args ?? {}` and constants that hold them. */
function follow(source: Source, node: AnyNode, read: ReadArgs): void {
  const parent = source.parent(node);
  if (parent?.type === 'MemberExpression' && parent.object === node && memberName(parent) !== null) {
    read.names.push({ name: memberName(parent) ?? '', at: parent.property });
  } else if (parent?.type === 'VariableDeclarator') {
    if (parent.id.type === 'ObjectPattern') takeApart(parent.id, read);
    else followName(source, parent.id, read);
  } else if (isPassedOn(parent, node)) {
    follow(source, parent, read);
  } else if (!isTest(parent, node)) {
    read.all = false;
  }
}

/** `args ?? {}`, `x ? args : y` */
function isPassedOn(parent: AnyNode | null, node: AnyNode): parent is AnyNode {
  if (parent?.type === 'ConditionalExpression') return parent.test !== node;
  return parent?.type === 'LogicalExpression' && !(parent.operator === '&&' && parent.left === node);
}

/** `!args`, `typeof args`, `if (args)`, `args && …`, `args === undefined`: nothing of it is read. */
function isTest(parent: AnyNode | null, node: AnyNode): boolean {
  switch (parent?.type) {
    case 'UnaryExpression':
    case 'LogicalExpression':
      return true;
    case 'IfStatement':
    case 'ConditionalExpression':
      return parent.test === node;
    case 'BinaryExpression':
      return /^[!=]==?$/.test(parent.operator);
    default:
      return false;
  }
}

function followName(source: Source, id: AnyNode, read: ReadArgs): void {
  const binding = source.declaredBy(id);
  if (binding?.kind !== 'const') read.all = false;
  else for (const reference of binding.references) follow(source, reference, read);
}

function takeApart(pattern: ObjectPattern, read: ReadArgs): void {
  for (const property of pattern.properties) {
    const name = property.type === 'Property' ? keyOf(property) : null;
    if (name === null || property.type !== 'Property') read.all = false;
    else read.names.push({ name, at: property.key });
  }
}
