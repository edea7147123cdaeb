import { describe, expect, test } from 'vitest';
import { createSchemaCheck } from './schemaCheck.ts';

const check = createSchemaCheck();
const object = (properties: unknown, more: object = {}): unknown => ({ type: 'object', properties, ...more });

describe('W22 a schema that cannot be satisfied', () => {
  test.each([
    { name: 'no object', schema: 'string', problem: /JSON object/ },
    { name: 'a list', schema: [], problem: /JSON object/ },
    {
      name: 'required outside properties',
      schema: object({ a: {} }, { required: ['b'], additionalProperties: false }),
      problem: /root requires "b"/,
    },
    {
      name: 'the same, deeper',
      schema: object({ a: { type: 'array', items: { type: 'object', required: ['c'], additionalProperties: false } } }),
      problem: /\/properties\/a\/items requires "c"/,
    },
    { name: 'an unknown type', schema: object({ a: { type: 'strng' } }), problem: /\/properties\/a\/type/ },
    {
      name: 'a keyword of the wrong type',
      schema: object({ a: { minLength: 'x' } }),
      problem: /minLength must be integer/,
    },
    { name: 'a pattern that is none', schema: object({ a: { pattern: '(' } }), problem: /regular expression/i },
    { name: 'a reference to nowhere', schema: object({ a: { $ref: '#/$defs/b' } }), problem: /#\/\$defs\/b/ },
    {
      name: 'a reference to another place',
      schema: object({ a: { $ref: 'http://localhost:1/x.json' } }),
      problem: /localhost:1/,
    },
  ])('$name', ({ schema, problem }) => {
    expect(check.problem(schema)).toMatch(problem);
    expect(check.validate(schema, {}).ok).toBe(false);
  });
});

test.each([
  {
    name: 'a part that is no schema, once',
    schema: object({ a: 'string' }),
    says: '/properties/a must be a schema, such as {"type": "string"}',
  },
  {
    name: 'a list of schemas for items, once',
    schema: object({ a: { items: [{}, {}] } }),
    says: '/properties/a/items must be a schema, such as {"type": "string"}',
  },
  {
    name: 'a type that there is not',
    schema: object({ a: { type: 'text' } }),
    says: '/properties/a/type must be equal to one of the allowed values: ["array","boolean","integer","null","number","object","string"]; /properties/a/type must be array',
  },
  {
    name: 'a reference that leads nowhere',
    schema: object({ a: { $ref: '#/$defs/b' } }),
    says: 'the reference #/$defs/b leads nowhere',
  },
])('W22 $name is named plainly', ({ schema, says }) => expect(check.problem(schema)).toBe(says));

describe('W22 a root that is no object', () => {
  test.each([
    { name: 'an array', schema: { type: 'array' }, fits: [], not: {} },
    { name: 'no type', schema: {}, fits: 1, not: undefined },
    { name: 'a choice of types', schema: { type: ['object', 'null'] }, fits: null, not: 1 },
    { name: 'a string, as W34 lets args be', schema: { type: 'string' }, fits: 'text', not: 1 },
  ])('$name: nothing an agent can answer by, but values can be held to it', ({ schema, fits, not }) => {
    expect(check.problem(schema)).toMatch(/root must be/);
    expect(check.validate(schema, fits).ok).toBe(true);
    if (not !== undefined) expect(check.validate(schema, not).ok).toBe(false);
  });
});

describe('W22 a schema that is usable', () => {
  test.each([
    { name: 'required in properties', schema: object({ a: {} }, { required: ['a'], additionalProperties: false }) },
    {
      name: 'required by a pattern',
      schema: object({}, { required: ['a'], additionalProperties: false, patternProperties: { '^a': {} } }),
    },
    { name: 'another dialect by name', schema: object({}, { $schema: 'http://json-schema.org/draft-07/schema#' }) },
    { name: 'keywords nobody knows', schema: object({ a: { widget: 'big' } }) },
    { name: 'a format nobody knows', schema: object({ a: { type: 'string', format: 'moon' } }) },
    { name: 'a pattern without the unicode flag', schema: object({ a: { pattern: '^[\\w\\-]+$' } }) },
    {
      name: 'data that looks like a schema',
      schema: object({ a: { const: { required: ['x'], additionalProperties: false } } }),
    },
    { name: 'a reference inside', schema: object({ a: { $ref: '#/$defs/b' } }, { $defs: { b: { type: 'string' } } }) },
    { name: 'the same $id', schema: object({ a: {} }, { $id: 'https://x.test/s' }) },
    { name: 'the same $id again', schema: object({ b: {} }, { $id: 'https://x.test/s' }) },
  ])('$name', ({ schema }) => expect(check.problem(schema)).toBeNull());
});

describe('W22 validation', () => {
  const schema = object(
    {
      n: { type: 'integer' },
      level: { enum: ['low', 'high'] },
      items: { type: 'array', items: object({ name: { type: 'string' } }, { required: ['name'] }) },
    },
    { required: ['n'], additionalProperties: false },
  );
  test.each([
    { name: 'a good value', value: { n: 1 }, errors: null },
    { name: 'a missing name', value: {}, errors: ["the value must have required property 'n'"] },
    {
      name: 'a name too many',
      value: { n: 1, m: 1 },
      errors: ['the value must NOT have additional properties: "m" is not among them'],
    },
    { name: 'a wrong type, not coerced', value: { n: '1' }, errors: ['/n must be integer'] },
    {
      name: 'a wrong choice',
      value: { n: 1, level: 'mid' },
      errors: ['/level must be equal to one of the allowed values: ["low","high"]'],
    },
    {
      name: 'a deep one',
      value: { n: 1, items: [{ name: 'a' }, {}] },
      errors: ["/items/1 must have required property 'name'"],
    },
    { name: 'no object', value: null, errors: ['the value must be object'] },
  ])('$name', ({ value, errors }) =>
    expect(check.validate(schema, value)).toEqual(errors === null ? { ok: true } : { ok: false, errors }),
  );

  test('a format is not checked', () => {
    expect(check.validate(object({ a: { type: 'string', format: 'email' } }), { a: 'nobody' })).toEqual({ ok: true });
  });

  test('a name that every object inherits does not count as there', () => {
    expect(check.validate(object({}, { required: ['constructor'] }), {}).ok).toBe(false);
  });

  test('many errors are told in few lines', () => {
    const verdict = check.validate(schema, { n: 1, items: Array.from({ length: 500 }, () => ({})) });
    expect(verdict).toMatchObject({ ok: false });
    expect(verdict.ok ? [] : verdict.errors).toHaveLength(11);
    expect(verdict.ok ? '' : verdict.errors.at(-1)).toBe('and 490 more');
  });
});
