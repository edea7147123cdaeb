import { expect, test } from 'vitest';
import type { JsonSchema } from '../protocol/conversation.ts';
import { createSchemaCheck } from '../node/schemaCheck.ts';
import { exampleArgs } from './exampleArgs.ts';

const text = { type: 'string' };

test.each<{ name: string; schema: JsonSchema; example: unknown }>([
  { name: 'defaults win', schema: { properties: { a: { type: 'string', default: 'x' } } }, example: { a: 'x' } },
  {
    name: 'examples, then enums',
    schema: { properties: { a: { examples: [3] }, b: { enum: ['u', 'v'] } } },
    example: { a: 3, b: 'u' },
  },
  {
    name: 'types',
    schema: { properties: { a: text, b: { type: 'boolean' }, c: { type: 'integer', minimum: 5 } } },
    example: { a: '', b: false, c: 5 },
  },
  {
    name: 'lists and objects',
    schema: { properties: { a: { type: 'array', items: text }, b: { type: 'object', properties: { c: text } } } },
    example: { a: [''], b: { c: '' } },
  },
  {
    name: 'the first of several',
    schema: { properties: { a: { anyOf: [{ type: 'array', items: text }, text] } } },
    example: { a: [''] },
  },
  { name: 'a value that is no object', schema: { type: 'number' }, example: 1 },
  { name: 'nothing said', schema: {}, example: '' },
])('$name', ({ schema, example }) => {
  expect(exampleArgs(schema)).toEqual(example);
  const nested = { type: 'object', properties: { args: schema } };
  expect(createSchemaCheck().validate(nested, { args: exampleArgs(schema) })).toEqual({ ok: true });
});
