import type { ModelRequest } from '../engine/model.ts';
import type { AssistantBlock, Message } from '../protocol/conversation.ts';

/** What of a chat model counts. */
export interface Counting {
  readonly id: string;
  countTokens(text: string): PromiseLike<number>;
}

export interface OutputLimit {
  isReached(content: readonly AssistantBlock[]): Promise<boolean>;
}

/** Where a model cannot count: a few letters a token. */
const CHARS_A_TOKEN = 4;
const KEPT_TEXTS = 100;

/**
 * Counts by a model's own count, which is a call into another extension: what was counted is not counted again, so that a
 * turn costs what is new in it.
 */
export class TokenCounter {
  readonly #messages = new WeakMap<Message, Map<string, number>>();
  readonly #texts = new Map<string, number>();

  async ofRequest(chat: Counting, { system, tools, messages }: ModelRequest): Promise<number> {
    const ahead = await this.#shared(chat, JSON.stringify([system, tools]));
    const each = await Promise.all(messages.map((message) => this.#ofMessage(chat, message)));
    return each.reduce((sum, tokens) => sum + tokens, ahead);
  }

  /** Never rejects. */
  async ofText(chat: Counting, text: string): Promise<number> {
    const estimate = Math.ceil(text.length / CHARS_A_TOKEN);
    try {
      const tokens = await chat.countTokens(text);
      return Number.isFinite(tokens) && tokens >= 0 ? Math.ceil(tokens) : estimate;
    } catch {
      return estimate;
    }
  }

  /** Looks again only when so much has come that the limit may be near. */
  limit(chat: Counting, maxTokens: number): OutputLimit {
    let lookAt = maxTokens;
    return {
      isReached: async (content) => {
        const text = JSON.stringify(content);
        if (text.length < lookAt) return false;
        const tokens = await this.ofText(chat, text);
        lookAt = text.length + Math.max(maxTokens - tokens, 1);
        return tokens >= maxTokens;
      },
    };
  }

  async #ofMessage(chat: Counting, message: Message): Promise<number> {
    const known = this.#messages.get(message) ?? new Map<string, number>();
    this.#messages.set(message, known);
    const tokens = known.get(chat.id) ?? (await this.ofText(chat, JSON.stringify(message.content)));
    known.set(chat.id, tokens);
    return tokens;
  }

  async #shared(chat: Counting, text: string): Promise<number> {
    const key = `${chat.id}\n${text}`;
    const tokens = this.#texts.get(key) ?? (await this.ofText(chat, text));
    this.#texts.delete(key);
    this.#texts.set(key, tokens);
    for (const oldest of this.#texts.keys()) {
      if (this.#texts.size <= KEPT_TEXTS) break;
      this.#texts.delete(oldest);
    }
    return tokens;
  }
}
