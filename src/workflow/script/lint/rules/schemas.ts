import type { AnyNode, ObjectExpression } from 'acorn';
import type { Found, Rule } from '../rule.ts';
import type { Source } from '../source.ts';
import { keyOf, propertyOf } from '../source.ts';

export const SCHEMA: Rule = {
  code: 'W22-schema',
  severity: 'warning',
  doc: 'A schema with a `required` that names what it does not describe, or that stands where it requires nothing, and parts that are no schemas.',
  *find(source) {
    const seen = new Set<AnyNode>();
    for (const { name, node } of source.calls) {
      const options = name === 'agent' && node.arguments[1] ? source.valueOf(node.arguments[1]) : null;
      const schema = options?.type === 'ObjectExpression' ? propertyOf(options, 'schema')?.value : undefined;
      if (schema) yield* lookInto(source, schema, seen, true);
    }
  },
};

/** Keywords that hold a schema, a list of schemas, or schemas by name. */
const ONE = ['items', 'additionalProperties', 'contains'];
const NAMED = ['properties', '$defs', 'definitions', 'patternProperties'];
/** What these hold speaks of the same value, so that its names may be described elsewhere. */
const SAME = ['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else'];

/** `isWhole`: no other part of the schema speaks of the same value. */
function* lookInto(source: Source, node: AnyNode, seen: Set<AnyNode>, isWhole: boolean): Generator<Found> {
  const schema = source.valueOf(node);
  if (schema.type !== 'ObjectExpression' || seen.has(schema)) return;
  seen.add(schema);
  yield* typeFound(source, schema);
  const items = propertyOf(schema, 'items');
  if (items && source.valueOf(items.value).type === 'ArrayExpression')
    yield { at: items.key, message: 'agent() throws here: one schema for each place is `prefixItems`, not `items`.' };
  yield* requiredFound(source, schema, isWhole);
  for (const keyword of ONE) yield* part(source, schema, keyword, seen, true);
  for (const keyword of SAME) yield* part(source, schema, keyword, seen, false);
  for (const keyword of NAMED) {
    const named = valueFor(source, schema, keyword);
    if (named?.type === 'ObjectExpression') yield* namedParts(source, named, keyword, seen);
  }
}

function* part(
  source: Source,
  schema: ObjectExpression,
  keyword: string,
  seen: Set<AnyNode>,
  isWhole: boolean,
): Generator<Found> {
  const value = valueFor(source, schema, keyword);
  const parts = value?.type === 'ArrayExpression' ? value.elements : [value];
  for (const inner of parts) if (inner && inner.type !== 'SpreadElement') yield* lookInto(source, inner, seen, isWhole);
}

function* namedParts(source: Source, named: ObjectExpression, keyword: string, seen: Set<AnyNode>): Generator<Found> {
  for (const property of named.properties) {
    if (property.type !== 'Property') continue;
    const value = source.valueOf(property.value);
    const name = keyOf(property) ?? '…';
    if (value.type === 'ArrayExpression' && name === 'required' && keyword === 'properties')
      yield { at: property, message: 'agent() throws here: `required` stands beside `properties`, not in it.' };
    else if (value.type === 'ArrayExpression' || (value.type === 'Literal' && typeof value.value !== 'boolean'))
      yield {
        at: property.value,
        message: `agent() throws here: \`${name}\` must be a schema, such as { type: 'string' }.`,
      };
    else yield* lookInto(source, value, seen, true);
  }
}

const TYPES = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'];

function* typeFound(source: Source, schema: ObjectExpression): Generator<Found> {
  for (const { at, text } of typesOf(source, schema))
    if (!TYPES.includes(text))
      yield { at, message: `agent() throws here: a schema knows no type '${text}', only ${TYPES.join(', ')}.` };
}

interface Text {
  readonly at: AnyNode;
  readonly text: string;
}

function typesOf(source: Source, schema: ObjectExpression): readonly Text[] {
  const type = valueFor(source, schema, 'type');
  return type ? textsIn(source, type.type === 'ArrayExpression' ? type.elements : [type]) : [];
}

function textsIn(source: Source, nodes: readonly (AnyNode | null)[]): readonly Text[] {
  return nodes.flatMap((at) => {
    const text = at ? source.textOf(at) : null;
    return at === null || text === null ? [] : [{ at, text }];
  });
}

function* requiredFound(source: Source, schema: ObjectExpression, isWhole: boolean): Generator<Found> {
  const required = propertyOf(schema, 'required');
  if (!required) return;
  const names = source.valueOf(required.value);
  if (names.type === 'Literal') {
    const message = 'agent() throws here: `required` is a list of names and stands beside `properties`.';
    yield { at: required, message };
  }
  if (names.type !== 'ArrayExpression') return;
  const types = typesOf(source, schema).map(({ text }) => text);
  if (types.length > 0 && !types.includes('object')) {
    const place = types.includes('array') ? '`items`' : 'the object that has these names';
    yield { at: required, message: `\`required\` requires nothing of type '${types[0]}': move it into ${place}.` };
    return;
  }
  const known = isWhole ? knownNames(source, schema) : null;
  if (!known) return;
  const isClosed = propertyOf(schema, 'additionalProperties') !== null;
  for (const { at, text } of textsIn(source, names.elements)) {
    if (known.has(text)) continue;
    const what = `\`required\` names \`${text}\`, which is not in \`properties\``;
    yield {
      at,
      message: isClosed ? `agent() throws here: ${what}.` : `${what}, so that anything fits: describe it there.`,
    };
  }
}

/** Null when the names are not all here. */
function knownNames(source: Source, schema: ObjectExpression): ReadonlySet<string> | null {
  const isAll = (object: ObjectExpression) =>
    object.properties.every((property) => property.type === 'Property' && keyOf(property) !== null);
  const elsewhere = ['$ref', 'patternProperties', ...SAME].some((keyword) => propertyOf(schema, keyword));
  const properties = valueFor(source, schema, 'properties');
  const others = valueFor(source, schema, 'additionalProperties');
  if (others && !(others.type === 'Literal' && others.value === false)) return null;
  if (!isAll(schema) || elsewhere || properties?.type !== 'ObjectExpression' || !isAll(properties)) return null;
  return new Set(
    properties.properties.map((property) => (property.type === 'Property' ? (keyOf(property) ?? '') : '')),
  );
}

function valueFor(source: Source, schema: ObjectExpression, keyword: string): AnyNode | null {
  const property = propertyOf(schema, keyword);
  return property && source.valueOf(property.value);
}
