import { utf8Length } from '../base/text.ts';
import { Waiters } from '../base/waiters.ts';
import { imagesIn } from '../engine/images.ts';
import { MAX_WEB_SEARCHES, type ModelRequest } from '../engine/model.ts';
import type { Message } from '../protocol/conversation.ts';
import type { Ceiling } from '../protocol/prices.ts';
import type { Usage } from '../protocol/usage.ts';
import { inDollars, inNanoDollars, type Account } from './account.ts';
import type { BudgetError } from './budget.ts';
import { unpriced } from './capWords.ts';
import { shareOf, type Claim, type Meter, type Rate } from './meter.ts';
import { LEAST_REPLY } from './spending.ts';

/** What a model costs. */
export interface Prices {
  readonly costOf: (usage: Usage, model: string) => number | null;
  readonly ceilingOf: (promptTokens: number, model: string, webSearches: number) => Ceiling | null;
}

/** Tokens that one request may use; one of the four is called once, when its reply has ended. */
export interface Grant {
  readonly tokens: number;
  /** It was answered, by the model that says so. */
  settle(usage: Usage, model: string): void;
  /** It has cost nothing. */
  release(): void;
  /** What it has cost nobody knows: all that it may have is counted, and returned. */
  forfeit(): Usage;
  /**
   * It was sent, and ended from here `streamedChars` characters into its reply and `silentMs` behind the last of them, or
   * nothing at all came back. What it has used by then is estimated, within what it may have: its prompt and those
   * characters at three a token, a hundred tokens for each second of silence, since not all that a model thinks is
   * streamed, and at least 256 tokens of reply. Counted, and returned.
   */
  cutOff(streamedChars: number, silentMs: number): Usage;
}

/** Nothing useful is left of a cap, nor will be. */
export interface Refused {
  readonly refused: BudgetError;
  readonly by: Account;
}

export interface GrantRequest {
  /** All that have a cap over it, as they are when it is asked. */
  readonly accounts: () => readonly Account[];
  /** Requests of one kind of agent are alike: their mean is what the next one needs at least. */
  readonly kind: string;
  readonly request: ModelRequest;
  /** Of a reply that was cut by a smaller grant: only more than that helps. */
  readonly moreThan: number;
  /** It waits for what others hold, or does so no longer. */
  readonly onWaiting: (waits: boolean) => void;
}

/** A request under way that was sent while nothing over it had a cap in money. */
interface Unheld {
  readonly request: ModelRequest;
  readonly holdMoney: (rate: Rate) => void;
}

interface AccountClaim extends Claim {
  readonly account: Account;
  readonly cap: 'outputTokens' | 'usd';
}

/** Gives each request what all caps over it allow, before it is sent, and takes back what it did not use. */
export class Grants {
  readonly #prices: Prices;
  readonly #onSettled: () => void;
  readonly #kinds = new Map<string, { replies: number; tokens: number }>();
  readonly #waiters = new Waiters();
  readonly #unheld = new Set<Unheld>();
  #unpriced: string | null = null;

  constructor(prices: Prices, onSettled: () => void) {
    this.#prices = prices;
    this.#onSettled = onSettled;
  }

  /** A model without a known price that has been paid; null: what all has cost is known. */
  get unpriced(): string | null {
    return this.#unpriced;
  }

  /** Waits while others hold what this request needs. Rejects with AbortError. */
  async ask(asked: GrantRequest, signal: AbortSignal): Promise<Grant | Refused> {
    let rate: Rate | null | undefined;
    const priced = (): Rate | null => (rate ??= this.#rateOf(asked.request));
    let waits = false;
    try {
      for (;;) {
        const answer = this.#answer(asked, priced);
        if (answer) return answer;
        if (!waits) asked.onWaiting(true);
        waits = true;
        await this.change(signal);
      }
    } finally {
      if (waits) asked.onWaiting(false);
    }
  }

  /**
   * There is a cap in money now: what is under way holds of it what it may cost. Returns a model without a known price
   * that is asked just now, and then nothing has changed; else null.
   */
  holdMoney(): string | null {
    const late = [...this.#unheld].map((unheld) => ({ ...unheld, rate: this.#rateOf(unheld.request) }));
    const unpricedOne = late.find(({ rate }) => rate === null);
    if (unpricedOne) return unpricedOne.request.model;
    for (const { rate, holdMoney } of late) if (rate) holdMoney(rate);
    this.#unheld.clear();
    return null;
  }

  /** Lets all that wait look again, in the order in which they came. */
  wake(): void {
    this.#waiters.wake();
  }

  /** Resolves when something was given back or changed. */
  change(signal: AbortSignal): Promise<void> {
    return this.#waiters.next(signal);
  }

  /** Null: others hold what it needs. */
  #answer(asked: GrantRequest, priced: () => Rate | null): Grant | Refused | null {
    const { kind, request, moreThan } = asked;
    const accounts = asked.accounts();
    const capped = accounts.find((account) => account.money.cap !== null);
    const rate = capped ? priced() : null;
    if (capped && !rate)
      return { refused: unpriced(capped.owner, inDollars(capped.money.cap ?? 0), request.model), by: capped };
    const share = shareOf(claimsOf(accounts, rate), { wanted: request.maxTokens, mean: this.#mean(kind), moreThan });
    switch (share.kind) {
      case 'wait':
        return null;
      case 'refused':
        return { refused: share.by.account.reached(share.by.cap), by: share.by.account };
      case 'granted':
        return this.#give(accounts, kind, request, share.tokens, rate);
    }
  }

  #give(accounts: readonly Account[], kind: string, request: ModelRequest, tokens: number, rate: Rate | null): Grant {
    let money = rate ? mostOf(rate, tokens) : 0;
    for (const account of accounts) account.hold(tokens, money);
    const holdMoney = (late: Rate): void => {
      money = mostOf(late, tokens);
      for (const account of accounts) account.hold(0, money);
    };
    const unheld: Unheld = { request, holdMoney };
    if (!rate) this.#unheld.add(unheld);
    let open = true;
    const close = (usage: Usage | null, model: string, isLost = false): void => {
      if (!open) return;
      open = false;
      this.#unheld.delete(unheld);
      const paid = usage ? this.#costOf(usage, model, request.model) : 0;
      for (const account of accounts)
        account.settle({ tokens, money }, { tokens: usage?.outputTokens ?? 0, money: paid }, isLost);
      this.#onSettled();
      this.wake();
    };
    const count = (cacheWriteTokens: number, outputTokens: number, isLost: boolean): Usage => {
      const webSearches = searchesOf(request);
      const searches = webSearches > 0 && { webSearches };
      const usage = { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens, outputTokens, ...searches };
      close(usage, request.model, isLost);
      return usage;
    };
    return {
      tokens,
      settle: (usage, model) => {
        this.#learn(kind, usage.outputTokens);
        close(usage, model);
      },
      release: () => close(null, request.model),
      forfeit: () => count(promptCeiling(request), tokens, true),
      cutOff: (streamedChars, silentMs) => {
        const written = Math.ceil(streamedChars / CHARS_A_TOKEN + silentMs * TOKENS_A_MS);
        const prompt = Math.ceil(promptCeiling(request) / CHARS_A_TOKEN);
        return count(prompt, Math.min(tokens, Math.max(written, LEAST_REPLY)), false);
      },
    };
  }

  /** Null: its model has no known price. */
  #rateOf(request: ModelRequest): Rate | null {
    const ceiling = this.#prices.ceilingOf(promptCeiling(request), request.model, searchesOf(request));
    return ceiling && { fixed: nanoCeiling(ceiling.prompt), perToken: nanoCeiling(ceiling.outputToken) };
  }

  /** A service may name the model otherwise than it was asked for. */
  #costOf(usage: Usage, model: string, asked: string): number {
    const usd = this.#prices.costOf(usage, model) ?? this.#prices.costOf(usage, asked);
    if (usd === null) this.#unpriced = model;
    return inNanoDollars(usd ?? 0);
  }

  #mean(kind: string): number {
    const known = this.#kinds.get(kind);
    return known ? Math.ceil(known.tokens / known.replies) : 0;
  }

  #learn(kind: string, tokens: number): void {
    const known = this.#kinds.get(kind) ?? { replies: 0, tokens: 0 };
    this.#kinds.set(kind, { replies: known.replies + 1, tokens: known.tokens + tokens });
  }
}

const CHARS_A_TOKEN = 3;
/** What a fast model writes. */
const TOKENS_A_MS = 0.1;

function mostOf({ fixed, perToken }: Rate, tokens: number): number {
  return fixed + perToken * tokens;
}

const A_TOKEN: Rate = { fixed: 0, perToken: 1 };

function claimsOf(accounts: readonly Account[], money: Rate | null): readonly AccountClaim[] {
  const claim = (account: Account, meter: Meter, rate: Rate, cap: AccountClaim['cap']): readonly AccountClaim[] =>
    meter.cap === null ? [] : [{ account, cap, meter, rate, sharers: account.sharers() }];
  return accounts.flatMap((account) => [
    ...claim(account, account.tokens, A_TOKEN, 'outputTokens'),
    ...(money ? claim(account, account.money, money, 'usd') : []),
  ]);
}

/** More than the dearest service counts for a picture, however large it is. */
const IMAGE_TOKENS = 16_000;

/** Of the web, that the service may make by itself. */
function searchesOf({ webSearch }: ModelRequest): number {
  return webSearch ? MAX_WEB_SEARCHES : 0;
}

/** What one search may add of pages to a request. */
const SEARCHED_TOKENS = 20_000;

/** No tokenizer makes more tokens than a text has bytes. */
function promptCeiling(request: ModelRequest): number {
  const { system, tools, messages } = request;
  let ceiling = searchesOf(request) * SEARCHED_TOKENS + utf8Length(JSON.stringify({ system, tools, messages: [] }));
  for (const message of messages) ceiling += messageCeiling(message);
  return ceiling;
}

/** A conversation is asked about at each of its turns, and a message stays what it is. */
const ceilings = new WeakMap<Message, number>();

/** With the comma behind it. */
function messageCeiling(message: Message): number {
  const known = ceilings.get(message);
  if (known !== undefined) return known;
  let ceiling = utf8Length(JSON.stringify(message)) + 1;
  for (const { data } of imagesIn([message])) ceiling -= Math.max(0, data.length - IMAGE_TOKENS);
  ceilings.set(message, ceiling);
  return ceiling;
}

/** Up, but not for what is only the noise of a product. */
function nanoCeiling(usd: number): number {
  return Math.ceil(usd * 1e9 - 1e-6);
}
