import type { Stretch } from './evidence.ts';
import { foldedAt } from './words.ts';

const BLOCK = 4_096;
/** What begins so close before the place where two prompts part may go on differently in each. */
const MARGIN = 200;

/** What is known of a prompt before it is read: it goes on at `at`. */
interface Beginning {
  readonly at: number;
  readonly stretches: readonly Stretch[];
}

/**
 * The prompt that was read last. Agents of one fan-out are often told the same at length before their own item: that is
 * read once.
 */
export class LastPrompt {
  #prompt = '';
  #stretches: readonly Stretch[] = [];
  #sources = 0;

  keep(prompt: string, stretches: readonly Stretch[], sources: number): void {
    this.#prompt = prompt;
    this.#stretches = stretches;
    this.#sources = sources;
  }

  /** Answers since then may be the nearer sources of what was found; where nothing was, the script has said it before. */
  beginning(prompt: string, sources: number): Beginning {
    let at = Math.max(0, commonLength(prompt, this.#prompt) - MARGIN);
    for (const { from, to } of this.#stretches) if (to > at) at = Math.min(at, from);
    const stretches = this.#stretches.filter(({ to }) => to <= at);
    if (stretches.length > 0 && sources !== this.#sources) at = Math.min(at, this.#stretches[0]?.from ?? 0);
    while (at > 0 && foldedAt(prompt, at - 1) !== 0) at -= 1;
    return { at, stretches: stretches.filter(({ to }) => to <= at) };
  }
}

function commonLength(a: string, b: string): number {
  let at = 0;
  while (at + BLOCK <= a.length && b.startsWith(a.slice(at, at + BLOCK), at)) at += BLOCK;
  while (at < a.length && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  return at;
}
