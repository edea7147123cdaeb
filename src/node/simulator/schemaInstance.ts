import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Json } from '../../protocol/json.ts';
import type { Choices } from './choices.ts';
import { InstanceMaker, NoInstance } from './instanceMaker.ts';
import { seededRandom } from './random.ts';

/** Different tries for one schema; what conflicts with itself in every one of them has most likely no instance. */
const TRIES = 60;

/** Compiled schemas kept; then all are dropped at once. */
const KEPT = 300;

/**
 * A value that satisfies a JSON Schema (2020-12), the same one for the same seed. The first try is generous (all
 * optional properties, lists that are not empty), so that whoever reads the value finds something in it. Where no
 * try is valid, the first one that could be made, or null.
 */
export function schemaInstance(schema: unknown, seed: number, choices: Choices = {}): Json {
  const valid = validatorOf(schema);
  let fallback: Json | undefined;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    // What was chosen may be what conflicts.
    const candidate = tryOnce(schema, seed, attempt, attempt < TRIES / 2 ? choices : {});
    if (candidate === undefined) continue;
    if (valid === undefined || valid(candidate)) return candidate;
    fallback ??= candidate;
  }
  return fallback ?? null;
}

/** False also for a schema that is unusable itself. */
export function isInstance(schema: unknown, value: unknown): boolean {
  return validatorOf(schema)?.(value) === true;
}

function tryOnce(schema: unknown, seed: number, attempt: number, choices: Choices): Json | undefined {
  const random = seededRandom(seed + attempt * 0x9e3779b9);
  // Ever less, since what is left out cannot conflict.
  const optional = attempt === 0 ? 1 : attempt < TRIES / 2 ? 0.7 : 0.15;
  try {
    return new InstanceMaker(schema, random, optional, choices).make();
  } catch (error) {
    if (error instanceof NoInstance) return undefined;
    throw error;
  }
}

const compiled = new Map<string, ValidateFunction | undefined>();

/** Undefined where the schema itself is unusable: then any value is as good as another. */
function validatorOf(schema: unknown): ValidateFunction | undefined {
  const text = JSON.stringify(schema);
  if (compiled.has(text)) return compiled.get(text);
  if (compiled.size >= KEPT) compiled.clear();
  const validator = compile(schema);
  compiled.set(text, validator);
  return validator;
}

function compile(schema: unknown): ValidateFunction | undefined {
  if (typeof schema !== 'object' || schema === null) return undefined;
  try {
    return newAjv().compile(schema);
  } catch {
    return undefined;
  }
}

/** One for each schema: two schemas may have the same `$id`. Without the meta-schemas that costs nothing. */
function newAjv(): Ajv2020 {
  return new Ajv2020({ strict: false, validateFormats: false, validateSchema: false, meta: false, logger: false });
}
