import type { JsonSchema } from '../protocol/conversation.ts';
import { isJsonObject, type Json } from '../protocol/json.ts';

/** A value in the form that the schema asks for, from its defaults, examples and types: something to write over. */
export function exampleArgs(schema: JsonSchema): Json {
  const { default: given, examples, enum: values, type, properties, items, anyOf } = schema;
  if (given !== undefined) return given;
  for (const list of [examples, values]) if (Array.isArray(list) && list[0] !== undefined) return list[0] as Json;
  if (isJsonObject(properties)) {
    const members = Object.entries(properties).filter(([, member]) => isJsonObject(member));
    return Object.fromEntries(members.map(([name, member]) => [name, exampleArgs(member as JsonSchema)]));
  }
  const [first] = Array.isArray(anyOf) ? (anyOf as readonly Json[]) : [];
  if (isJsonObject(first)) return exampleArgs(first);
  switch (Array.isArray(type) ? (type as readonly Json[])[0] : type) {
    case 'integer':
    case 'number':
      return typeof schema['minimum'] === 'number' ? schema['minimum'] : 1;
    case 'boolean':
      return false;
    case 'array':
      return isJsonObject(items) ? [exampleArgs(items)] : [];
    case 'object':
      return {};
    case 'null':
      return null;
    default:
      return '';
  }
}
