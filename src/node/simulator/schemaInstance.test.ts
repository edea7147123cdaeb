import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { schemaInstance } from './schemaInstance.ts';

type Schema = Record<string, unknown>;

const ajv = new Ajv2020({ strict: false, validateFormats: false });

function problems(schema: Schema, value: unknown): unknown {
  return ajv.validate(schema, value) ? [] : ajv.errors;
}

const tree = {
  $defs: {
    node: {
      type: 'object',
      required: ['name'],
      properties: { name: { type: 'string' }, children: { type: 'array', items: { $ref: '#/$defs/node' } } },
    },
  },
  $ref: '#/$defs/node',
};

const list = {
  type: 'object',
  required: ['head', 'tail'],
  properties: { head: { type: 'integer' }, tail: { anyOf: [{ $ref: '#' }, { type: 'null' }] } },
  additionalProperties: false,
};

describe('a schema gets an instance that satisfies it', () => {
  test.each<{ name: string; schema: Schema }>([
    { name: 'nothing said', schema: {} },
    { name: 'const', schema: { const: { a: [1, null] } } },
    { name: 'enum', schema: { enum: ['x', 3, null] } },
    { name: 'enum cut down by its type', schema: { type: 'integer', enum: ['x', 3, 2.5] } },
    { name: 'nullable', schema: { type: ['null', 'string'] } },
    { name: 'integer in a narrow range', schema: { type: 'integer', minimum: 7, exclusiveMaximum: 8 } },
    { name: 'integer below zero', schema: { type: 'integer', maximum: -1000 } },
    {
      name: 'number between two that exclude themselves',
      schema: { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 },
    },
    { name: 'multiple', schema: { type: 'integer', multipleOf: 7, minimum: 50, maximum: 60 } },
    { name: 'number and integer together', schema: { type: 'number', allOf: [{ type: 'integer' }] } },
    { name: 'long string', schema: { type: 'string', minLength: 200, maxLength: 210 } },
    { name: 'short string', schema: { type: 'string', maxLength: 1 } },
    { name: 'pattern: a version', schema: { type: 'string', pattern: '^v?\\d+\\.\\d+(?:\\.\\d{1,3})?(-[a-z]+)*$' } },
    { name: 'pattern: a path', schema: { type: 'string', pattern: '^(src|test)/[\\w./-]+\\.(?:ts|js)$' } },
    {
      name: 'pattern: with a length',
      schema: { type: 'string', pattern: '^[A-Z][a-z]*$', minLength: 12, maxLength: 14 },
    },
    { name: 'pattern: negated class and escapes', schema: { type: 'string', pattern: '^[^\\s"]{3}\\u0041\\x42\\/$' } },
    {
      name: 'tuple',
      schema: { type: 'array', prefixItems: [{ type: 'string' }, { type: 'boolean' }], items: false, minItems: 2 },
    },
    {
      name: 'unique items of an enum',
      schema: { type: 'array', items: { enum: [1, 2, 3] }, minItems: 3, uniqueItems: true },
    },
    {
      name: 'contains',
      schema: { type: 'array', items: { type: 'integer' }, contains: { minimum: 1000 }, minContains: 2 },
    },
    {
      name: 'closed object',
      schema: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false },
    },
    {
      name: 'required outside of properties',
      schema: { type: 'object', required: ['z'], additionalProperties: { type: 'integer' } },
    },
    {
      name: 'least number of properties',
      schema: { type: 'object', minProperties: 3, additionalProperties: { type: 'boolean' } },
    },
    { name: 'most properties', schema: { type: 'object', properties: { a: {}, b: {}, c: {} }, maxProperties: 1 } },
    {
      name: 'pattern properties',
      schema: {
        type: 'object',
        patternProperties: { '^x-[a-z]+$': { type: 'null' } },
        additionalProperties: false,
        minProperties: 2,
      },
    },
    {
      name: 'dependent property',
      schema: { type: 'object', properties: { a: {} }, required: ['a'], dependentRequired: { a: ['b'] } },
    },
    {
      name: 'a property called __proto__',
      schema: JSON.parse(
        '{"type":"object","properties":{"__proto__":{"type":"integer"}},"required":["__proto__"]}',
      ) as Schema,
    },
    {
      name: 'allOf',
      schema: {
        allOf: [
          { type: 'object', required: ['a'] },
          { properties: { a: { type: 'integer' } } },
          { properties: { a: { minimum: 5 } } },
        ],
      },
    },
    {
      name: 'oneOf whose branches overlap',
      schema: {
        oneOf: [
          { type: 'integer', minimum: 0 },
          { type: 'integer', maximum: 10 },
        ],
      },
    },
    {
      name: 'tagged union',
      schema: {
        type: 'object',
        required: ['kind'],
        oneOf: [
          { properties: { kind: { const: 'a' } } },
          { properties: { kind: { const: 'b' }, n: { type: 'integer' } }, required: ['n'] },
        ],
      },
    },
    { name: 'not', schema: { type: 'integer', minimum: 0, maximum: 3, not: { enum: [0, 1, 2] } } },
    {
      name: 'if then else',
      schema: {
        type: 'object',
        properties: { ok: { type: 'boolean' } },
        required: ['ok'],
        if: { properties: { ok: { const: false } } },
        then: { required: ['why'] },
      },
    },
    { name: 'recursion by list', schema: tree },
    { name: 'recursion by union', schema: list },
    {
      name: 'anchor',
      schema: {
        $defs: { x: { $anchor: 'here', type: 'integer' } },
        type: 'array',
        items: { $ref: '#here' },
        minItems: 1,
      },
    },
  ])('$name', ({ schema }) => {
    for (let seed = 0; seed < 30; seed++) expect(problems(schema, schemaInstance(schema, seed))).toEqual([]);
  });
});

test('the same seed gives the same instance, another seed another', () => {
  const schema = { type: 'array', items: { type: 'integer', maximum: 1_000_000, minimum: 0 }, minItems: 5 };
  expect(schemaInstance(schema, 7)).toEqual(schemaInstance(schema, 7));
  expect(schemaInstance(schema, 7)).not.toEqual(schemaInstance(schema, 8));
});

test('the first choice is generous: optional properties are there, lists have something in them', () => {
  const schema = {
    type: 'object',
    properties: { findings: { type: 'array', items: { type: 'object', properties: { file: { type: 'string' } } } } },
  };
  expect(schemaInstance(schema, 3)).toHaveProperty('findings.0.file');
});

test.each<{ name: string; schema: Schema }>([
  { name: 'nothing satisfies it', schema: { type: 'integer', minimum: 2, maximum: 1 } },
  { name: 'it contradicts itself', schema: { allOf: [{ type: 'string' }, { type: 'object' }] } },
  { name: 'endless', schema: { type: 'object', required: ['again'], properties: { again: { $ref: '#' } } } },
  { name: 'it is no schema', schema: { type: 'colour', pattern: '(', properties: 3 } },
])('a hopeless schema still gets some value: $name', ({ schema }) => {
  expect(() => schemaInstance(schema, 1)).not.toThrow();
});

const leaf: fc.Arbitrary<Schema> = fc.oneof(
  fc.constantFrom<Schema>({ type: 'boolean' }, { type: 'null' }, { type: ['string', 'null'] }, {}),
  fc
    .record({ low: fc.integer({ min: -1000, max: 1000 }), width: fc.nat(50) })
    .map(({ low, width }) => ({ type: 'integer', minimum: low, maximum: low + width })),
  fc
    .record({
      low: fc.double({ min: -10, max: 10, noNaN: true }),
      width: fc.double({ min: 0.01, max: 5, noNaN: true }),
    })
    .map(({ low, width }) => ({ type: 'number', exclusiveMinimum: low, exclusiveMaximum: low + width })),
  fc
    .record({ minLength: fc.nat(30), more: fc.nat(5) })
    .map(({ minLength, more }) => ({ type: 'string', minLength, maxLength: minLength + more })),
  fc
    .constantFrom('^[a-f0-9]{8}$', '^\\w+@\\w+\\.(com|org)$', '^(?:a|b)+c?$', 'x{2,}')
    .map((pattern) => ({ type: 'string', pattern })),
  fc
    .uniqueArray(fc.jsonValue({ maxDepth: 1 }), {
      minLength: 1,
      maxLength: 4,
      selector: (value) => JSON.stringify(value),
    })
    .map((values) => ({ enum: values })),
  fc.jsonValue({ maxDepth: 1 }).map((value) => ({ const: value })),
);

const { schema: anySchema } = fc.letrec<{ schema: Schema }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc
      .record({ items: tie('schema'), minItems: fc.nat(3), more: fc.nat(3) })
      .map(({ items, minItems, more }) => ({ type: 'array', items, minItems, maxItems: minItems + more })),
    fc
      .record({
        properties: fc.dictionary(fc.string({ maxLength: 6 }), tie('schema'), { maxKeys: 4 }),
        closed: fc.boolean(),
        every: fc.boolean(),
      })
      .map(({ properties, closed, every }) => ({
        type: 'object',
        properties,
        ...(every && { required: Object.keys(properties) }),
        ...(closed && { additionalProperties: false }),
      })),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
    tie('schema').map((inner) => ({ allOf: [inner, { title: 'more words' }] })),
    tie('schema')
      .map((inner) => ({ $defs: { inner }, $ref: '#/$defs/inner' }))
      .map((inner) => ({ $defs: inner.$defs, anyOf: [{ $ref: '#/$defs/inner' }, { type: 'null' }] })),
  ),
}));

test('whatever schema is put together from satisfiable parts, the instance validates', () => {
  // A reference is relative to the document, so only the outermost may have one.
  const selfContained = anySchema.filter(
    (schema) =>
      !JSON.stringify(schema).slice(1).includes('"$ref"') ||
      ('$defs' in schema && !JSON.stringify(schema['$defs']).includes('"$ref"')),
  );
  fc.assert(
    fc.property(selfContained, fc.nat(), (schema, seed) => {
      expect(problems(schema, schemaInstance(schema, seed))).toEqual([]);
    }),
    { numRuns: 400 },
  );
});

describe('X08 what is chosen for an instance is done where the schema allows it', () => {
  const chosen = { length: () => 7, flag: () => true, member: () => 'b', text: (path: string) => `at ${path}` };
  const answer = {
    type: 'object',
    required: ['items'],
    properties: {
      items: {
        type: 'array',
        items: {
          type: 'object',
          required: ['done', 'kind', 'name', 'code'],
          properties: {
            done: { type: 'boolean' },
            kind: { enum: ['a', 'b', null] },
            name: { type: 'string' },
            code: { type: 'string', pattern: '^[0-9]{3}$' },
          },
        },
      },
    },
  };

  test('lengths, flags, members and texts, each by its place', () => {
    const { items } = schemaInstance(answer, 1, chosen) as { items: Record<string, unknown>[] };
    expect(items).toHaveLength(7);
    expect(items[6]).toMatchObject({ done: true, kind: 'b', name: 'at $.items[].name' });
    expect(items[6]?.['code']).toMatch(/^[0-9]{3}$/);
    expect(schemaInstance({ enum: ['a', null] }, 1, { member: () => null })).toBeNull();
  });

  test.each<{ name: string; schema: Schema }>([
    { name: 'fewer items', schema: { type: 'array', maxItems: 2, items: {} } },
    { name: 'more items', schema: { type: 'array', minItems: 9, items: {} } },
    { name: 'a short text', schema: { type: 'string', maxLength: 2 } },
    { name: 'one flag only', schema: { type: 'boolean', not: { const: true } } },
    { name: 'a text that is not it', schema: { type: 'string', not: { const: 'at $' } } },
  ])('but not against it: $name', ({ schema }) => {
    expect(problems(schema, schemaInstance(schema, 3, chosen))).toEqual([]);
  });
});
