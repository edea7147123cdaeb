/**
 * Which of the models that a script names are to judge what `author` wrote: those of another maker, else those that are
 * another model, else all. Who wrote something is the last to see its faults, and models of one family share theirs.
 */
export function voterModels(
  models: readonly string[],
  author: string,
  idOf: (name: string) => string,
): readonly string[] {
  const foreign = models.filter((model) => familyOf(idOf(model)) !== familyOf(author));
  if (foreign.length > 0) return foreign;
  const others = models.filter((model) => idOf(model) !== author);
  return others.length > 0 ? others : models;
}

/** `claude` of `anthropic/claude-opus-4-1`, `gpt` of `openrouter/openai/gpt-5`: who made it, whoever serves it. */
export function familyOf(id: string): string {
  const name = id.slice(id.lastIndexOf('/') + 1).toLowerCase();
  // Clouds put the maker, a region or a version before it: `eu.anthropic.claude-…`.
  const known = /claude|gpt|gemini|gemma|llama|qwen|mistral|mixtral|deepseek|grok|command|nova/.exec(name)?.[0];
  return known ?? /^[a-z]+/.exec(name)?.[0] ?? name;
}
