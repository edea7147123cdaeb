import type { ArrayExpression, Expression, Literal, Node, ObjectExpression, Property, SpreadElement } from 'acorn';
import type { Json } from '../../protocol/json.ts';
import type { Diagnostic } from './check.ts';
import { errorAt } from './errorAt.ts';

export interface Member {
  readonly key: string;
  /** Where the member starts. */
  readonly at: Node;
  readonly value: Expression;
}

/** The value of a pure literal (W02). What is none is reported to `errors`, and null stands in its place. */
export function literalValue(node: Expression, errors: Diagnostic[]): Json {
  switch (node.type) {
    case 'Literal':
      return primitive(node, errors);
    case 'TemplateLiteral':
      if (node.expressions.length === 0) return node.quasis[0]?.value.cooked ?? '';
      return refuse(node, 'a template with `${…}`', errors);
    case 'UnaryExpression':
      if (node.operator === '-' && node.argument.type === 'Literal' && typeof node.argument.value === 'number')
        return -node.argument.value;
      return refuse(node, 'an expression', errors);
    case 'ArrayExpression':
      return elements(node, errors);
    case 'ObjectExpression':
      return Object.fromEntries(members(node, errors).map(({ key, value }) => [key, literalValue(value, errors)]));
    case 'Identifier':
      return refuse(node, node.name === 'undefined' ? '`undefined`' : `the variable \`${node.name}\``, errors);
    case 'CallExpression':
    case 'NewExpression':
      return refuse(node, 'a call', errors);
    default:
      return refuse(node, 'an expression', errors);
  }
}

/** The members of an object literal that are plain `key: value`; the others are reported. */
export function members(node: ObjectExpression, errors: Diagnostic[]): readonly Member[] {
  return node.properties.flatMap((property) => {
    const key = property.type === 'Property' ? keyOf(property, errors) : spread(property, errors);
    return key === null || property.type !== 'Property' ? [] : [{ key, at: property, value: property.value }];
  });
}

function keyOf(property: Property, errors: Diagnostic[]): string | null {
  if (property.computed) return refuse(property, 'a computed key', errors);
  if (property.kind !== 'init' || property.method) return refuse(property, 'a method', errors);
  if (property.shorthand) return refuse(property, 'a variable', errors);
  if (property.key.type === 'Identifier') return property.key.name;
  if (property.key.type === 'Literal') return String(property.key.value);
  return refuse(property, 'a computed key', errors);
}

function elements(node: ArrayExpression, errors: Diagnostic[]): Json {
  return node.elements.map((element) => {
    if (element === null) return refuse(node, 'an array with a hole', errors);
    if (element.type === 'SpreadElement') return spread(element, errors);
    return literalValue(element, errors);
  });
}

function primitive(node: Literal, errors: Diagnostic[]): Json {
  const { value } = node;
  if (node.regex) return refuse(node, 'a regular expression', errors);
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null)
    return value;
  return refuse(node, 'a BigInt', errors);
}

function spread(node: SpreadElement, errors: Diagnostic[]): null {
  return refuse(node, 'a spread', errors);
}

function refuse(node: Node, what: string, errors: Diagnostic[]): null {
  const message = `\`meta\` is read without running the script, so ${what} cannot stand in it: write the plain value.`;
  errors.push(errorAt(node, 'W02-meta-literal', message));
  return null;
}
