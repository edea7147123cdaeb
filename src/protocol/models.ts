/** Short names that scripts and people use (W25). Published ids, November 2026: https://platform.claude.com/docs/en/about-claude/models/overview */
export const MODEL_ALIASES: Readonly<Record<string, string>> = {
  opus: 'claude-opus-5-5',
  sonnet: 'claude-sonnet-5-5',
  haiku: 'claude-haiku-5-5',
  fable: 'claude-fable-5-2',
};

/** The full id of an alias; every other name is taken to be an id already. */
export function resolveModel(name: string): string {
  return Object.hasOwn(MODEL_ALIASES, name) ? (MODEL_ALIASES[name] ?? name) : name;
}

const DEFAULT_WINDOW = 200_000;
/** Claude before 4.6, and Haiku before 5.5, have the default window; the others take a million tokens at one price list. */
const MILLION = /claude-(fable|mythos|opus-(4-[6-9]|[5-9])|sonnet-(4-[6-9]|[5-9])|haiku-(5-[5-9]|[6-9]))/;

/** Tokens that prompt and reply may have together; for an unknown model a guess that the service's own limit corrects. */
export function contextWindowOf(model: string): number {
  return MILLION.test(model) ? 1_000_000 : DEFAULT_WINDOW;
}
