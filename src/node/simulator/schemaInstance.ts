import type { Json } from '../../base/json.ts';
export function schemaInstance(_schema: unknown, _seed: number): Json {
  return {};
}
