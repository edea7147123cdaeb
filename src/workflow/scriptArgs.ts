import type { Json } from '../protocol/json.ts';
import { isJsonObject } from '../protocol/json.ts';
import type { SchemaCheck } from '../engine/ports.ts';
import type { Meta } from './script/check.ts';

/** What of the arguments does not fit `meta.args`; empty when all does. */
export function argsProblems(check: SchemaCheck, meta: Meta, args: Json | undefined): readonly string[] {
  if (!meta.args) return [];
  const verdict = check.validate(meta.args, args ?? {});
  return verdict.ok ? [] : verdict.errors.map((error) => `args of ${meta.name}: ${error}`);
}

/**
 * What the script sees as `args` (W34). Models send objects as their JSON text; such a text arrives parsed, unless
 * the workflow asks for a string.
 */
export function scriptArgs(meta: Meta, given: Json | undefined): Json | undefined {
  if (typeof given !== 'string' || meta.args?.['type'] === 'string') return given;
  const text = given.trim();
  if (!text.startsWith('{') && !text.startsWith('[')) return given;
  try {
    const parsed = JSON.parse(text) as Json;
    return isJsonObject(parsed) || Array.isArray(parsed) ? parsed : given;
  } catch {
    return given;
  }
}
