import { canonicalJson, type Json } from '../../protocol/json.ts';
import { patternInstance } from './patternInstance.ts';
import type { Choices } from './choices.ts';
import { integerBetween, type Random } from './random.ts';
import { isSchemaObject, listOf, NoInstance, partsOf, type SchemaObject } from './schemaParts.ts';

export { NoInstance } from './schemaParts.ts';

/** Below this depth lists stay short, optional properties are left out and recursion is avoided. */
const DEEP = 5;
const TOO_DEEP = 40;

const WORDS = ['simulated', 'answer', 'sample', 'module', 'value', 'check', 'result', 'note', 'item', 'case'] as const;
const FORMATS: Readonly<Record<string, string>> = {
  date: '2026-01-31',
  'date-time': '2026-01-31T12:00:00Z',
  time: '12:00:00Z',
  email: 'sample@example.com',
  uri: 'https://example.com/sample',
  uuid: '00000000-0000-4000-8000-000000000001',
};

type Type = 'null' | 'boolean' | 'integer' | 'number' | 'string' | 'array' | 'object';
type Parts = readonly SchemaObject[];

/** Makes one value of a JSON Schema. Not everything is looked at (`not`, `propertyNames`): the caller validates. */
export class InstanceMaker {
  readonly #root: unknown;
  readonly #random: Random;
  readonly #optional: number;
  readonly #choices: Choices;

  /** `optional`: the chance that an optional property is there, from 0 to 1. */
  constructor(root: unknown, random: Random, optional: number, choices: Choices = {}) {
    this.#root = root;
    this.#random = random;
    this.#optional = optional;
    this.#choices = choices;
  }

  /** Throws `NoInstance` where the choices made contradict each other. */
  make(): Json {
    return this.#value([this.#root], 0, '$');
  }

  #value(schemas: readonly unknown[], depth: number, path: string): Json {
    if (depth > TOO_DEEP) throw new NoInstance('too deep');
    const parts = schemas.flatMap((schema) => this.#parts(schema, depth));
    const constant = parts.find((part) => 'const' in part);
    // Schemas are JSON, and so are the values inside them.
    if (constant !== undefined) return constant['const'] as Json;
    const allowed = enumOf(parts);
    if (allowed !== undefined) {
      const chosen = this.#choices.member?.(path, allowed);
      return chosen === undefined ? this.#pick(allowed) : chosen;
    }
    switch (this.#type(parts, depth)) {
      case 'null':
        return null;
      case 'boolean':
        return this.#choices.flag?.(path) ?? this.#random() < 0.5;
      case 'integer':
        return this.#number(parts, true, path);
      case 'number':
        return this.#number(parts, false, path);
      case 'string':
        return this.#string(parts, path);
      case 'array':
        return this.#array(parts, depth, path);
      case 'object':
        return this.#object(parts, depth, path);
    }
  }

  #parts(schema: unknown, depth: number): Parts {
    return partsOf(schema, this.#root, this.#random, depth >= DEEP);
  }

  /** A value says more than null, where both may be. */
  #type(parts: Parts, depth: number): Type {
    const types = typesOf(parts) ?? [impliedType(parts)];
    if (depth >= DEEP && types.includes('null')) return 'null';
    const telling = types.filter((type) => type !== 'null');
    return this.#pick(telling.length > 0 ? telling : types);
  }

  #number(parts: Parts, whole: boolean, path: string): number {
    const above = Math.max(...numbers(parts, 'exclusiveMinimum'));
    const below = Math.min(...numbers(parts, 'exclusiveMaximum'));
    const least = Math.max(above, ...numbers(parts, 'minimum'));
    const most = Math.min(below, ...numbers(parts, 'maximum'));
    const low = Number.isFinite(least) ? least : Number.isFinite(most) ? Math.min(0, most - 100) : 0;
    const high = Number.isFinite(most) ? most : Math.max(100, low + 100);
    const fits = (value: number): boolean => value > above && value < below && value >= low && value <= high;

    const chosen = this.#choices.number?.(path);
    const steps = numbers(parts, 'multipleOf');
    const step = steps.length > 0 ? Math.max(...steps) : 1;
    if (chosen !== undefined && fits(chosen) && chosen % step === 0) return chosen;
    const [first, last] = [Math.ceil(low / step), Math.floor(high / step)];
    for (let n = 0; n < 4 && first <= last; n++) {
      const value = integerBetween(this.#random, first, last) * step;
      if (fits(value) && (!whole || Number.isInteger(value))) return value;
    }
    for (const value of [first * step, last * step, (first + 1) * step, (last - 1) * step])
      if (fits(value)) return value;
    const middle = low + (high - low) * (0.1 + 0.8 * this.#random());
    if (whole || steps.length > 0 || !fits(middle)) throw new NoInstance('number');
    return middle;
  }

  #string(parts: Parts, path: string): string {
    const least = Math.max(0, ...numbers(parts, 'minLength'));
    const most = Math.min(...numbers(parts, 'maxLength'));
    const patterns = parts.flatMap((part) => (typeof part['pattern'] === 'string' ? [part['pattern']] : []));
    if (patterns.length > 0) return this.#patterned(this.#pick(patterns), least, most);
    const format = parts.map((part) => FORMATS[String(part['format'])]).find((text) => text !== undefined);
    if (format !== undefined && format.length >= least && format.length <= most) return format;
    const chosen = this.#choices.text?.(path, descriptionOf(parts));
    if (chosen !== undefined && chosen.length >= least && chosen.length <= most) return chosen;
    let text = `${this.#pick(WORDS)} ${this.#pick(WORDS)}`;
    while (text.length < least) text += ` ${this.#pick(WORDS)}`;
    return text.length <= most ? text : text.slice(0, Math.max(least, most));
  }

  #patterned(pattern: string, least: number, most: number): string {
    let text = '';
    for (const stretch of [2, 0, 5, least, 12, least * 2]) {
      text = patternInstance(pattern, this.#random, stretch);
      if (text.length >= least && text.length <= most) return text;
    }
    return text;
  }

  #array(parts: Parts, depth: number, path: string): readonly Json[] {
    const contains = parts.flatMap((part) =>
      part['contains'] === undefined ? [] : Array<unknown>(Number(part['minContains'] ?? 1)).fill(part['contains']),
    );
    const least = Math.max(0, contains.length, ...numbers(parts, 'minItems'));
    const most = Math.min(
      ...numbers(parts, 'maxItems'),
      ...parts.filter(isClosedTuple).map((part) => listOf(part['prefixItems']).length),
    );
    const unique = parts.some((part) => part['uniqueItems'] === true);
    const free = (): number => integerBetween(this.#random, Math.max(least, 1), Math.max(least, 3));
    const wanted = depth >= DEEP ? least : Math.min(most, Math.max(least, this.#choices.length?.(path) ?? free()));
    const items: Json[] = [];
    const seen = new Set<string>();
    for (let tries = 0; items.length < wanted && tries < wanted + 30; tries++) {
      const extra = contains[items.length];
      const item = this.#value(
        [...itemSchemas(parts, items.length), ...(extra === undefined ? [] : [extra])],
        depth + 1,
        `${path}[]`,
      );
      const text = unique ? canonicalJson(item) : '';
      if (unique && seen.has(text)) continue;
      seen.add(text);
      items.push(item);
    }
    if (items.length < least) throw new NoInstance('unique items');
    return items;
  }

  #object(parts: Parts, depth: number, path: string): Json {
    const required = new Set(parts.flatMap((part) => listOf(part['required']).map(String)));
    const most = Math.min(...numbers(parts, 'maxProperties'));
    const known = new Set([...required, ...parts.flatMap((part) => Object.keys(membersOf(part, 'properties')))]);
    const object: Record<string, Json> = {};
    const put = (key: string): boolean => {
      const schemas = propertySchemas(parts, key);
      if (schemas.includes(false)) return false;
      // Not by assignment, which `__proto__` would take for itself.
      Object.defineProperty(object, key, {
        value: this.#value(schemas, depth + 1, `${path}.${key}`),
        enumerable: true,
        writable: true,
        configurable: true,
      });
      return true;
    };
    for (const key of required) if (!put(key)) throw new NoInstance(`required ${key}`);
    for (const key of known) {
      const there = depth < DEEP && Object.keys(object).length < most && this.#random() < this.#optional;
      if (!required.has(key) && there) put(key);
    }
    this.#dependents(parts, object, put);
    this.#extras(parts, object, put);
    return object;
  }

  /** What `dependentRequired` asks for because of a property that is there. */
  #dependents(parts: Parts, object: Readonly<Record<string, Json>>, put: (key: string) => boolean): void {
    const missing = parts
      .flatMap((part) => Object.entries(membersOf(part, 'dependentRequired')))
      .flatMap(([key, needed]) => (Object.hasOwn(object, key) ? listOf(needed).map(String) : []))
      .filter((key) => !Object.hasOwn(object, key));
    for (const key of new Set(missing)) if (!put(key)) throw new NoInstance(`dependent ${key}`);
  }

  /** Properties with names of our own, as many as `minProperties` still wants. */
  #extras(parts: Parts, object: Readonly<Record<string, Json>>, put: (key: string) => boolean): void {
    const least = Math.max(0, ...numbers(parts, 'minProperties'));
    const optional = parts.flatMap((part) => Object.keys(membersOf(part, 'properties')));
    const patterns = parts.flatMap((part) => Object.keys(membersOf(part, 'patternProperties')));
    const names = [
      ...optional,
      ...patterns.flatMap((pattern) => Array.from({ length: least }, () => patternInstance(pattern, this.#random, 4))),
      ...Array.from({ length: least }, (_, n) => `extra${n + 1}`),
    ];
    for (const name of names) {
      if (Object.keys(object).length >= least) return;
      if (!Object.hasOwn(object, name)) put(name);
    }
  }

  #pick<T>(from: readonly T[]): T {
    const chosen = from[Math.floor(this.#random() * from.length)];
    if (chosen === undefined) throw new NoInstance('nothing to choose from');
    return chosen;
  }
}

/** The values of all `enum`s at once; undefined where there is none. */
function enumOf(parts: Parts): readonly Json[] | undefined {
  const lists = parts.flatMap((part) => (Array.isArray(part['enum']) ? [part['enum'] as readonly Json[]] : []));
  const [first, ...others] = lists;
  const types = typesOf(parts);
  return first?.filter(
    (value) =>
      (types === undefined || types.some((type) => hasType(value, type))) &&
      others.every((list) => list.some((other) => canonicalJson(other) === canonicalJson(value))),
  );
}

function hasType(value: Json, type: Type): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'null' || type === 'array') return type === 'null' ? value === null : Array.isArray(value);
  return typeof value === type && value !== null && !Array.isArray(value);
}

/** The types that all parts allow; undefined where none names any. */
function typesOf(parts: Parts): readonly Type[] | undefined {
  const lists = parts.flatMap(({ type }) => {
    if (type === undefined) return [];
    return [(Array.isArray(type) ? type : [type]) as readonly Type[]];
  });
  const [first, ...others] = lists;
  if (first === undefined) return undefined;
  const all: readonly Type[] = first.includes('number') ? [...first, 'integer'] : first;
  const types = all.filter((type) =>
    others.every((list) => list.includes(type) || (type === 'integer' && list.includes('number'))),
  );
  if (types.length === 0) throw new NoInstance('types');
  // `integer` was only added to be found in the others.
  const added = types.includes('number') && !first.includes('integer');
  return added ? types.filter((type) => type !== 'integer') : types;
}

/** Of a schema that names no type: the one its keywords speak about. */
function impliedType(parts: Parts): Type {
  const has = (...keywords: readonly string[]): boolean =>
    parts.some((part) => keywords.some((keyword) => keyword in part));
  if (has('properties', 'required', 'additionalProperties', 'patternProperties', 'minProperties')) return 'object';
  if (has('items', 'prefixItems', 'minItems', 'maxItems', 'contains', 'uniqueItems')) return 'array';
  if (has('minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf')) return 'number';
  return 'string';
}

/** Infinities where there are none, by `Math.max()` and `Math.min()` of nothing. */
function numbers(parts: Parts, keyword: string): readonly number[] {
  return parts.flatMap((part) => (typeof part[keyword] === 'number' ? [part[keyword]] : []));
}

function descriptionOf(parts: Parts): string {
  return parts.flatMap((part) => (typeof part['description'] === 'string' ? [part['description']] : [])).join(' ');
}

function membersOf(part: SchemaObject, keyword: string): SchemaObject {
  const members = part[keyword];
  return isSchemaObject(members) ? members : {};
}

function isClosedTuple(part: SchemaObject): boolean {
  return part['items'] === false;
}

function itemSchemas(parts: Parts, index: number): readonly unknown[] {
  return parts
    .map((part) => listOf(part['prefixItems'])[index] ?? part['items'])
    .filter((schema) => schema !== undefined);
}

/** All that the parts say about one property; `additionalProperties` speaks where its own part does not name it. */
function propertySchemas(parts: Parts, key: string): readonly unknown[] {
  return parts.flatMap((part) => {
    const properties = membersOf(part, 'properties');
    const named = Object.hasOwn(properties, key) ? [properties[key]] : [];
    const patterned = Object.entries(membersOf(part, 'patternProperties')).filter(([pattern]) => matches(pattern, key));
    const own = [...named, ...patterned.map(([, schema]) => schema)];
    return own.length > 0 || part['additionalProperties'] === undefined ? own : [part['additionalProperties']];
  });
}

function matches(pattern: string, key: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(key);
  } catch {
    return false;
  }
}
