import { onAbort } from '../base/abort.ts';
import type { Model, ModelRequest, ToolSpec } from '../engine/model.ts';
import type { Clock } from '../engine/ports.ts';
import type { Limiter } from './limiter.ts';

/** Longer than that, the siblings of the first do without what it would leave in the cache. */
const WAIT_MS = 5_000;
/** So long a prompt cache keeps what nobody asks for. */
const WARM_MS = 5 * 60_000;
/** Services cache no prompt of fewer tokens than 1,024: https://platform.claude.com/docs/en/build-with-claude/prompt-caching */
const LEAST_CHARS = 4_000;

interface Prefix {
  /** The first has gone, and no byte of its reply has come. */
  begun: Promise<void> | null;
  warmUntil: number;
}

export interface FirstAheadDeps {
  readonly clock: Clock;
  readonly sha256: (text: string) => string;
}

/**
 * Of agents that begin with the same tools, prompt and shared context, one goes ahead; the others begin once its reply
 * does, and read from the prompt cache what it has written there, instead of each paying for it. They wait before
 * they queue for the service, and hold nothing of it or of a cap meanwhile.
 */
export function firstAhead(bind: Limiter['bind'], deps: FirstAheadDeps): Limiter['bind'] {
  const prefixes = new Map<string, Prefix>();
  return (onWait, through, lend) => {
    const model = bind(onWait, through, lend);
    return {
      reply: async (request, signal, onDelta, onHead) => {
        const key = request.messages.length === 1 ? keyOf(request, deps.sha256) : null;
        if (key === null) return model.reply(request, signal, onDelta, onHead);
        const prefix = prefixOf(prefixes, key);
        const now = (): number => deps.clock.now();
        if (prefix.begun !== null) await beganWithin(prefix.begun, deps.clock, signal);
        else if (prefix.warmUntil <= now()) return first(model, prefix, now, [request, signal, onDelta, onHead]);
        prefix.warmUntil = now() + WARM_MS;
        return model.reply(request, signal, onDelta, onHead);
      },
    };
  };
}

async function first(
  model: Model,
  prefix: Prefix,
  now: () => number,
  [request, signal, onDelta, onHead]: Parameters<Model['reply']>,
): ReturnType<Model['reply']> {
  let begins = (): void => undefined;
  prefix.begun = new Promise((resolve) => (begins = resolve));
  const began = (warm: boolean): void => {
    if (prefix.begun === null) return;
    prefix.begun = null;
    if (warm) prefix.warmUntil = now() + WARM_MS;
    begins();
  };
  try {
    const reply = await model.reply(
      request,
      signal,
      (piece, of) => {
        began(true);
        onDelta?.(piece, of);
      },
      (head) => {
        if (head.accepted) began(true);
        onHead?.(head);
      },
    );
    began(reply.kind === 'replied');
    return reply;
  } finally {
    // A first that fails or is stopped holds nobody up.
    began(false);
  }
}

async function beganWithin(begun: Promise<void>, clock: Clock, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const listening = onAbort(signal, () => over.abort(signal.reason));
  const waited = clock.sleep(WAIT_MS, over.signal);
  try {
    await Promise.race([begun, waited]);
  } finally {
    listening.dispose();
    waited.catch(() => undefined);
    over.abort();
  }
}

/** Prefixes that are cold again are let go when another comes. */
function prefixOf(prefixes: Map<string, Prefix>, key: string): Prefix {
  const known = prefixes.get(key);
  if (known) return known;
  if (prefixes.size >= 100) {
    const [oldest] = prefixes.keys();
    if (oldest !== undefined) prefixes.delete(oldest);
  }
  const prefix: Prefix = { begun: null, warmUntil: 0 };
  prefixes.set(key, prefix);
  return prefix;
}

const toolTexts = new WeakMap<readonly ToolSpec[], string>();

/** Null: too short to be cached. */
function keyOf({ model, system, tools, messages }: ModelRequest, sha256: (text: string) => string): string | null {
  const text = toolTexts.get(tools) ?? JSON.stringify(tools);
  toolTexts.set(tools, text);
  const shared = messages[0]?.content.find((block) => block.type === 'text' && block.shared);
  const context = shared?.type === 'text' ? shared.text : '';
  if (text.length + system.length + context.length < LEAST_CHARS) return null;
  return sha256(JSON.stringify([model, text, system, context]));
}
