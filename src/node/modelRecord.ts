import type { ModelRecord } from '../workflow/runStore.ts';
import type { ModelSource } from './createEngine.ts';

/** What a run's manifest keeps of a model source: neither the key nor a password inside the URL. */
export function modelRecord(source: ModelSource): ModelRecord {
  if (source.kind === 'simulate') return { kind: 'simulated', rulesText: source.rulesText ?? null };
  return { kind: 'api', baseURL: source.baseURL === undefined ? null : withoutCredentials(source.baseURL) };
}

function withoutCredentials(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.username === '' && url.password === '') return text;
  url.username = '';
  url.password = '';
  return url.href;
}
