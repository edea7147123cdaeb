import type { ModelRecord } from '../workflow/runStore.ts';
import type { ModelSettings } from './modelSettings.ts';

/** How to reach a model. `simulate` starts the embedded simulator, with the rules of a file or its own. */
export type ModelSource =
  | {
      readonly kind: 'api';
      /** Absent where the models that are asked are those of other providers. */
      readonly apiKey: string | undefined;
      readonly baseURL: string | undefined;
      readonly settings?: ModelSettings;
    }
  | { readonly kind: 'simulate'; readonly rulesText?: string; readonly latency?: 'none' | 'visible' };

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
