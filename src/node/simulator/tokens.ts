import { createHash } from 'node:crypto';
import { NO_USAGE, type Usage } from '../../protocol/usage.ts';
import type { ApiPrompt } from './request.ts';

/** An English text has about so many characters a token: https://docs.claude.com/en/docs/about-claude/glossary#tokens */
const CHARACTERS_PER_TOKEN = 4;

/** Prefixes remembered; beyond that the oldest go. */
const CACHE_ENTRIES = 20_000;

export function tokensOf(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

/** As much of a text as makes so many tokens. */
export function firstTokens(text: string, tokens: number): string {
  return text.slice(0, tokens * CHARACTERS_PER_TOKEN);
}

/** The tokens of a whole prompt: tools, system, messages. */
export function promptTokens(prompt: ApiPrompt): number {
  return Math.max(
    1,
    Math.ceil(sizeOf([prompt.tools ?? [], prompt.system ?? '', prompt.messages]) / CHARACTERS_PER_TOKEN),
  );
}

/**
 * The prompt cache of one simulator. A prefix that ends in a `cache_control` breakpoint is written; a later request
 * reads the longest prefix that was written, wherever its own breakpoints are. Never expires, has no least length.
 */
export class PromptCache {
  readonly #written = new Set<string>();

  /** Input, read and written tokens; their sum is `promptTokens`. Output stays 0. */
  charge(prompt: ApiPrompt): Usage {
    const total = promptTokens(prompt);
    const blocks = blocksOf(prompt);
    const last = blocks.findLastIndex((block) => block.breakpoint);
    if (last < 0) return { ...NO_USAGE, inputTokens: total };

    let hash = prompt.model;
    let size = 0;
    let read = 0;
    for (const block of blocks.slice(0, last + 1)) {
      hash = createHash('sha1').update(hash).update(block.text).digest('base64');
      size += block.size;
      if (this.#written.has(hash)) read = size;
      else if (block.breakpoint) this.#write(hash);
    }
    const cached = Math.min(total, Math.ceil(size / CHARACTERS_PER_TOKEN));
    const cacheReadTokens = Math.min(cached, Math.ceil(read / CHARACTERS_PER_TOKEN));
    return {
      inputTokens: total - cached,
      outputTokens: 0,
      cacheReadTokens,
      cacheWriteTokens: cached - cacheReadTokens,
    };
  }

  #write(hash: string): void {
    if (this.#written.size >= CACHE_ENTRIES) this.#written.delete(this.#written.values().next().value ?? '');
    this.#written.add(hash);
  }
}

interface PrefixBlock {
  readonly text: string;
  readonly size: number;
  readonly breakpoint: boolean;
}

/** The prompt in the order in which it is cached. Roles count, so that a text moved between them is another prefix. */
function blocksOf(prompt: ApiPrompt): readonly PrefixBlock[] {
  const system = typeof prompt.system === 'string' ? [{ type: 'text', text: prompt.system }] : (prompt.system ?? []);
  const blocks = [
    ...(prompt.tools ?? []).map((tool) => prefixBlock('tool', tool)),
    ...system.map((block) => prefixBlock('system', block)),
  ];
  for (const message of prompt.messages) {
    const content = typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : message.content;
    for (const block of content) blocks.push(prefixBlock(message.role, block));
  }
  return blocks;
}

function prefixBlock(kind: string, block: { readonly [key: string]: unknown }): PrefixBlock {
  const { cache_control, ...rest } = block;
  return { text: `${kind}${JSON.stringify(rest)}`, size: sizeOf(rest), breakpoint: cache_control != null };
}

/** The characters that carry meaning: keys and values without JSON's own punctuation. Breakpoints are free. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 4;
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + sizeOf(item), 0);
  let sum = 0;
  for (const [key, member] of Object.entries(value)) {
    if (key !== 'cache_control' && member !== undefined) sum += key.length + sizeOf(member);
  }
  return sum;
}
