import { demoBrain } from './demo/demoBrain.ts';
import { parseRules } from './rules.ts';
import { startSimulator } from './simulator.ts';

export interface EmbeddedModel {
  readonly endpoint: { readonly apiKey: string; readonly baseURL: string };
  /** One plain line for the person. */
  readonly notice: string;
  close(): Promise<void>;
}

/** So that a person can follow the live view. */
const VISIBLE_LATENCY_MS = [150, 600] as const;

/**
 * The simulator inside this process: a person's rules first, then the part it plays on the sample project, then
 * answers that fit each schema. Throws when the rules are wrong.
 */
export async function startEmbeddedModel(
  rulesText?: string,
  latency: 'none' | 'visible' = 'none',
): Promise<EmbeddedModel> {
  const parsed = rulesText === undefined ? { ok: true as const, rules: [] } : parseRules(rulesText);
  if (!parsed.ok) throw new Error(`The simulator's rules are wrong: ${parsed.errors.join('; ')}`);
  const simulator = await startSimulator({
    rules: [...parsed.rules, demoBrain],
    record: false,
    ...(latency === 'visible' ? { latencyMs: VISIBLE_LATENCY_MS } : {}),
  });
  return {
    endpoint: { apiKey: 'simulated', baseURL: simulator.url },
    notice:
      'The model is simulated: no key, no network, nothing is spent. Set ANTHROPIC_API_KEY or --base-url for a real one.',
    close: () => simulator.close(),
  };
}
