import { clip } from '../base/text.ts';
import type { ModelErrorCode, ModelFailure } from '../engine/model.ts';

/** A quota of the editor's has a time at which it is there again, and nobody says which: asked again so often. */
const QUOTA_MS = 15 * 60_000;
const SHOWN_MODELS = 12;

/**
 * What went wrong at the editor's model, by the code of its error, or by the name that its provider gave the error.
 * https://code.visualstudio.com/api/references/vscode-api#LanguageModelError
 */
export function failureOf(error: unknown, model: string): ModelFailure {
  const said = wordsOf(error);
  const code = codeOf(error, said);
  return {
    kind: 'failed',
    code,
    message: adviceOn(code, said, model),
    ...(code === 'quota' && { retryAfterMs: QUOTA_MS }),
  };
}

export function unknownModel(model: string, known: readonly string[]): ModelFailure {
  const some = known.slice(0, SHOWN_MODELS).join(', ') + (known.length > SHOWN_MODELS ? ', …' : '');
  const cure = known.length === 0 ? 'it has none at all: install or sign in to an extension that brings some' : some;
  return failed('unknown-model', `The editor has no model ${model}. Its models: ${cure}.`);
}

export function tooLong(model: string, tokens: number, most: number): ModelFailure {
  return failed('too-long', `The conversation is too long for ${model}: ${tokens} tokens, at most ${most}.`);
}

export function withoutTools(model: string): ModelFailure {
  return failed('invalid', `${model} cannot call tools, and an agent needs them: choose a model that can.`);
}

function failed(code: ModelErrorCode, message: string): ModelFailure {
  return { kind: 'failed', code, message };
}

/** The API's own codes, and names that Copilot's errors have. */
const BY_NAME: Readonly<Record<string, ModelErrorCode>> = {
  NoPermissions: 'auth',
  NotFound: 'unknown-model',
  // The API's word for a quota that is used up.
  Blocked: 'quota',
  ChatQuotaExceeded: 'quota',
  ChatRateLimited: 'rate-limited',
};

function codeOf(error: unknown, said: string): ModelErrorCode {
  const names = chainOf(error).flatMap(({ code, name }) => [code, name]);
  const known = names.find((name) => name !== undefined && Object.hasOwn(BY_NAME, name));
  if (known !== undefined) return BY_NAME[known] ?? 'server';
  // Providers have no code for these: their words must do, as with other servers.
  if (
    /(prompt|input|request|message|conversation).*too (long|large)|(context|token).*(limit|window|length)/i.test(said)
  )
    return 'too-long';
  if (/rate.?limit|too many requests|\b429\b/i.test(said)) return 'rate-limited';
  if (/overloaded|\b(503|529)\b/i.test(said)) return 'overloaded';
  if (/(not|n't) support tool|invalid[ _]request|\b400\b/i.test(said)) return 'invalid';
  return 'server';
}

function adviceOn(code: ModelErrorCode, said: string, model: string): string {
  const words = said === '' ? '' : ` It said: ${said}`;
  switch (code) {
    case 'auth':
      return `The editor's models may not be used: allow it when asked, or by the command Manage Language Model Access.${words}`;
    case 'unknown-model':
      return `The editor has no model ${model} any more: choose another.${words}`;
    case 'quota':
      return `The editor lets ${model} be asked no more for now: its quota is used up.${words}`;
    default:
      return `The editor's model ${model} failed.${words}`;
  }
}

interface Named {
  readonly code: string | undefined;
  readonly name: string | undefined;
  readonly message: string;
}

/** An error and its causes; a provider's own error is the cause of the editor's. */
function chainOf(error: unknown): readonly Named[] {
  const chain: Named[] = [];
  for (let each = error; each instanceof Error && chain.length < 5; each = each.cause) {
    const code = 'code' in each && typeof each.code === 'string' ? each.code : undefined;
    chain.push({ code, name: each.name, message: each.message });
  }
  return chain;
}

function wordsOf(error: unknown): string {
  const messages = [...new Set(chainOf(error).map(({ message }) => message.trim()))].filter((text) => text !== '');
  return clip(messages.join(': ').replace(/\s+/g, ' '), 300);
}
