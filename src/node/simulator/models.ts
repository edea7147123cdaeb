import type { JsonObject } from '../../protocol/json.ts';

/** What the list names when no models are given; then every other id is accepted too. */
const DEFAULT_MODELS = ['claude-opus-5-5', 'claude-sonnet-5-5', 'claude-haiku-5-5', 'claude-fable-5-2'];

export function modelInfo(id: string): JsonObject {
  return {
    type: 'model',
    id,
    display_name: `${id} (simulated)`,
    created_at: '2026-01-01T00:00:00Z',
    lifecycle: 'active',
    line: ['opus', 'sonnet', 'haiku', 'fable', 'mythos'].find((line) => id.includes(line)) ?? null,
    max_input_tokens: 200_000,
    max_tokens: 64_000,
    deprecated_at: null,
    retires_at: null,
    capabilities: null,
  };
}

/** One page with all of them. */
export function modelList(models: readonly string[] = DEFAULT_MODELS): JsonObject {
  return { data: models.map(modelInfo), has_more: false, first_id: models[0] ?? null, last_id: models.at(-1) ?? null };
}
