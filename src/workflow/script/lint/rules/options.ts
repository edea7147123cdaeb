import type { AnyNode, Property } from 'acorn';
import { optionsOf } from '../../api.ts';
import type { ApiOption } from '../../api.ts';
import { wordsFor } from '../../api/description.ts';
import type { Kind } from '../../api/description.ts';
import { didYouMean } from '../nearest.ts';
import type { Rule } from '../rule.ts';
import type { Source } from '../source.ts';
import { keyOf, propertyOf } from '../source.ts';

export const UNKNOWN_OPTION: Rule = {
  code: 'W28-unknown-option',
  severity: 'warning',
  doc: 'An option that the call does not know and ignores.',
  *find(source) {
    for (const { call, name, property, known, fate } of writtenOptions(source)) {
      if (known.some((option) => option.name === name)) continue;
      const names = known.map((option) => option.name);
      yield {
        at: property.key,
        message: `${call}() has no option \`${name}\`, ${fate}.${didYouMean(name, names)}`,
      };
    }
  },
};

export const OPTION_TYPE: Rule = {
  code: 'W28-option-type',
  severity: 'warning',
  doc: 'An option with a value that makes the call throw.',
  *find(source) {
    for (const { call, name, property, known } of writtenOptions(source)) {
      const holds = known.find((option) => option.name === name)?.holds;
      if (holds && !fits(source, property.value, holds))
        yield { at: property.value, message: `${call}() throws here: \`${name}\` must be ${wordsFor(holds)}.` };
    }
  },
};

interface WrittenOption {
  readonly call: string;
  readonly name: string;
  readonly property: Property;
  readonly known: readonly ApiOption[];
  /** What becomes of an unknown one. */
  readonly fate: string;
}

/** Of options that stand in the call itself: an object with a name may serve others too. */
function* writtenOptions(source: Source): Generator<WrittenOption> {
  for (const { name: call, node } of source.calls) {
    const options = optionsOf(call);
    const written = options && node.arguments[options.at];
    if (!options || written?.type !== 'ObjectExpression') continue;
    const fate = options.unknown === 'throws' ? 'and throws' : 'it is ignored';
    for (const property of written.properties) {
      const name = property.type === 'Property' ? keyOf(property) : null;
      if (name !== null && property.type === 'Property') yield { call, name, property, known: options.list, fate };
    }
  }
}

/** True as well when only the run will tell. */
function fits(source: Source, node: AnyNode, kind: Kind): boolean {
  const given = shapeOf(source.valueOf(node));
  if (given === null || kind.kind === 'typed') return true;
  switch (kind.kind) {
    case 'text':
      return typeof given.value === 'string' && !(kind.filled === true && given.value === '');
    case 'count':
      return isCount(given.value, kind.max ?? Infinity);
    case 'oneOf':
      return typeof given.value === 'string' && kind.values.includes(given.value);
    case 'texts':
      return given.elements !== undefined && given.elements.every((element) => fits(source, element, { kind: 'text' }));
    case 'schema':
      return given.isObject === true && isOfObjects(source, node);
    case 'flag':
      return typeof given.value === 'boolean';
  }
}

/** A schema's root describes an object (W22), as far as its type stands there. */
function isOfObjects(source: Source, node: AnyNode): boolean {
  const schema = source.valueOf(node);
  const type = schema.type === 'ObjectExpression' ? propertyOf(schema, 'type')?.value : undefined;
  const given = type ? shapeOf(source.valueOf(type)) : null;
  return given === null || given.value === 'object' || given.elements !== undefined;
}

function isCount(value: unknown, max: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max;
}

interface Shape {
  readonly value?: unknown;
  readonly elements?: readonly AnyNode[];
  readonly isObject?: boolean;
}

/** What a literal is; null for what is none. */
function shapeOf(node: AnyNode): Shape | null {
  switch (node.type) {
    case 'Literal':
      return { value: node.value };
    case 'UnaryExpression':
      return node.operator === '-' && node.argument.type === 'Literal' && typeof node.argument.value === 'number'
        ? { value: -node.argument.value }
        : null;
    case 'TemplateLiteral':
      return node.expressions.length === 0 ? { value: node.quasis[0]?.value.cooked } : null;
    case 'ArrayExpression':
      return {
        elements: node.elements.flatMap((element) => (element && element.type !== 'SpreadElement' ? [element] : [])),
      };
    case 'ObjectExpression':
      return { isObject: true };
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
      return {};
    default:
      return null;
  }
}
