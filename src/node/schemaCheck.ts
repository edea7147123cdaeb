import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import * as z from 'zod';
import { canonicalJson, isJsonObject, type Json, type JsonObject } from '../protocol/json.ts';
import { clip } from '../base/text.ts';
import type { SchemaCheck } from '../engine/ports.ts';

/** A compiled schema costs about 1 ms and some KB; a run uses a handful. */
const KEPT_SCHEMAS = 256;
const SHOWN_ERRORS = 10;
const ERROR_CHARS = 240;

type Compiled =
  { readonly ok: true; readonly validate: ValidateFunction } | { readonly ok: false; readonly problem: string };

/** `SchemaCheck` over ajv: JSON Schema 2020-12 whatever `$schema` says, nothing fetched, nothing of a value changed. */
export function createSchemaCheck(): SchemaCheck {
  const kept = new Map<string, Compiled>();

  function compiled(schema: unknown): Compiled {
    const parsed = z.json().safeParse(schema);
    if (!parsed.success || !isJsonObject(parsed.data)) return { ok: false, problem: 'a schema must be a JSON object' };
    const key = canonicalJson(parsed.data);
    const known = kept.get(key);
    kept.delete(key);
    const found = known ?? compile(parsed.data);
    kept.set(key, found);
    const [oldest] = kept.keys();
    if (kept.size > KEPT_SCHEMAS && oldest !== undefined) kept.delete(oldest);
    return found;
  }

  return {
    problem(schema) {
      const found = compiled(schema);
      if (!found.ok) return found.problem;
      // A tool's input is an object (W22); what a workflow takes as `args` may be anything.
      return rootProblem(schema as JsonObject);
    },
    validate(schema, value) {
      const found = compiled(schema);
      if (!found.ok) return { ok: false, errors: [`the schema itself is wrong: ${found.problem}`] };
      if (found.validate(value)) return { ok: true };
      return { ok: false, errors: described(found.validate.errors ?? []) };
    },
  };
}

function compile(schema: JsonObject): Compiled {
  const problem = unsatisfiable(schema, '');
  if (problem !== null) return { ok: false, problem };
  // An instance of its own for each: two schemas may use the same `$id`, and nothing piles up.
  const ajv = new Ajv2020({
    strict: false,
    validateFormats: false,
    allErrors: true,
    ownProperties: true,
    unicodeRegExp: false,
    logger: false,
  });
  const { $schema: _dialect, ...rest } = schema;
  if (!ajv.validateSchema(rest)) return { ok: false, problem: described(telling(ajv.errors ?? [])).join('; ') };
  try {
    return { ok: true, validate: ajv.compile(rest) };
  } catch (error) {
    // ajv's way to say that a reference leads nowhere or that a pattern is no regular expression.
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, problem: clip(message.replace(NOWHERE, 'the reference $1 leads nowhere'), ERROR_CHARS) };
  }
}

const NOWHERE = /^can't resolve reference (.+) from id .*$/;

/** Without what only repeats that none of several ways fits, where the ways themselves are among the errors. */
function telling(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const places = new Set(errors.filter(({ keyword }) => keyword !== 'anyOf').map(({ instancePath }) => instancePath));
  return errors.filter(({ keyword, instancePath }) => keyword !== 'anyOf' || !places.has(instancePath));
}

function rootProblem(schema: JsonObject): string | null {
  if (schema['type'] === 'object') return null;
  return `the root must be {"type": "object", …}, not ${schema['type'] === undefined ? 'without a type' : canonicalJson(schema['type'])}; put another shape into a property`;
}

/** Keywords whose value is data, not schemas. */
const DATA = new Set(['const', 'enum', 'default', 'examples']);

/** A name that is required and forbidden at once can never be answered, and the model would try until it gives up. */
function unsatisfiable(schema: Json, path: string): string | null {
  if (Array.isArray(schema)) {
    return first((schema as readonly Json[]).map((item, at) => () => unsatisfiable(item, `${path}/${at}`)));
  }
  if (!isJsonObject(schema)) return null;
  const missing = forbiddenNames(schema)[0];
  if (missing !== undefined) {
    return `${path === '' ? 'the root' : path} requires "${missing}", which is not in its properties while additionalProperties is false`;
  }
  return first(
    Object.entries(schema)
      .filter(([keyword]) => !DATA.has(keyword))
      .map(
        ([keyword, value]) =>
          () =>
            unsatisfiable(value, `${path}/${keyword}`),
      ),
  );
}

function forbiddenNames(schema: JsonObject): readonly string[] {
  const { required, properties, additionalProperties, patternProperties } = schema;
  if (additionalProperties !== false || patternProperties !== undefined || !Array.isArray(required)) return [];
  const known = isJsonObject(properties) ? properties : {};
  return (required as readonly Json[])
    .filter((name) => typeof name === 'string')
    .filter((name) => !Object.hasOwn(known, name));
}

function first(steps: readonly (() => string | null)[]): string | null {
  for (const step of steps) {
    const found = step();
    if (found !== null) return found;
  }
  return null;
}

function described(errors: readonly ErrorObject[]): readonly string[] {
  const all = errors.map((error) => {
    const where = error.instancePath === '' ? 'the value' : error.instancePath;
    return clip(`${where} ${wanted(error)}${detail(error)}`, ERROR_CHARS);
  });
  const lines = [...new Set(all)];
  if (lines.length <= SHOWN_ERRORS) return lines;
  return [...lines.slice(0, SHOWN_ERRORS), `and ${lines.length - SHOWN_ERRORS} more`];
}

function wanted({ keyword, message, params }: ErrorObject): string {
  const { type } = params as { readonly type?: unknown };
  const isSchema = keyword === 'type' && Array.isArray(type) && type.join() === 'object,boolean';
  return isSchema ? 'must be a schema, such as {"type": "string"}' : (message ?? keyword);
}

/** What ajv keeps out of its message and one needs in order to repair the value. */
function detail({ params }: ErrorObject): string {
  const { allowedValues, additionalProperty, allowedValue } = params as Record<string, unknown>;
  if (allowedValues !== undefined) return `: ${JSON.stringify(allowedValues)}`;
  if (allowedValue !== undefined) return `: ${JSON.stringify(allowedValue)}`;
  return additionalProperty === undefined ? '' : `: ${JSON.stringify(additionalProperty)} is not among them`;
}
