import { type Random } from './random.ts';

export type SchemaObject = { readonly [key: string]: unknown };

/** Nothing satisfies these schemas together, as far as can be seen; another try may choose otherwise. */
export class NoInstance extends Error {}

export function isSchemaObject(value: unknown): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/**
 * The schemas that a value must satisfy together: `schema` itself and, one after the other, what its `$ref` and
 * `allOf` name and the branches chosen of `anyOf`, `oneOf` and `if`. `plain` prefers branches without references,
 * so that a recursive schema comes to its end.
 */
export function partsOf(schema: unknown, root: unknown, random: Random, plain: boolean): readonly SchemaObject[] {
  const parts: SchemaObject[] = [];
  const followed = new Set<unknown>();
  const add = (next: unknown): void => {
    if (next === false) throw new NoInstance('false');
    if (!isSchemaObject(next) || followed.has(next)) return;
    followed.add(next);
    parts.push(next);
    for (const keyword of ['$ref', '$dynamicRef']) {
      const reference = next[keyword];
      if (typeof reference === 'string') add(resolved(reference, root));
    }
    listOf(next['allOf']).forEach(add);
    for (const keyword of ['anyOf', 'oneOf']) add(branch(listOf(next[keyword]), random, plain));
    if (next['if'] !== undefined) addConditional(next);
  };
  const addConditional = (next: SchemaObject): void => {
    if (random() < 0.5 && next['if'] !== false) {
      add(next['if']);
      add(next['then']);
    } else add(next['else']);
  };
  add(schema);
  return parts;
}

function branch(branches: readonly unknown[], random: Random, plain: boolean): unknown {
  const simple = plain ? branches.filter((each) => !JSON.stringify(each).includes('"$ref"')) : [];
  const from = simple.length > 0 ? simple : branches;
  return from[Math.floor(random() * from.length)];
}

/** `#`, `#/a/b`, `#anchor` and an `$id` of the same document; anything else is taken as "whatever". */
function resolved(reference: string, root: unknown): unknown {
  const fragment = reference.startsWith('#') ? decodeURIComponent(reference.slice(1)) : undefined;
  if (fragment === '') return root;
  if (fragment?.startsWith('/') === true) {
    return fragment
      .slice(1)
      .split('/')
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce<unknown>(memberOf, root);
  }
  const named = (schema: unknown): boolean =>
    isSchemaObject(schema) &&
    (fragment === undefined
      ? schema['$id'] === reference
      : schema['$anchor'] === fragment || schema['$dynamicAnchor'] === fragment);
  return descendant(root, named) ?? true;
}

function memberOf(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return (value as readonly unknown[])[Number(key)];
  return isSchemaObject(value) ? value[key] : undefined;
}

function descendant(value: unknown, wanted: (value: unknown) => boolean): unknown {
  if (wanted(value)) return value;
  const members = isSchemaObject(value) ? Object.values(value) : listOf(value);
  for (const member of members) {
    const found = descendant(member, wanted);
    if (found !== undefined) return found;
  }
  return undefined;
}
