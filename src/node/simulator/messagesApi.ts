import type { IncomingMessage, ServerResponse } from 'node:http';
import { isAbort } from '../../base/abort.ts';
import type { Clock } from '../../engine/ports.ts';
import type { Brain } from './brain.ts';
import { apiError, errorOf, type ApiError } from './errors.ts';
import { Exchange } from './exchange.ts';
import type { Envelope } from './message.ts';
import { modelInfo, modelList } from './models.ts';
import { integerBetween, type Random } from './random.ts';
import { withoutSecrets, type OpenRecord, type RecordedRequest } from './record.ts';
import type { Reply, Span } from './reply.ts';
import {
  parsePrompt,
  parseRequest,
  systemText,
  type ApiPrompt,
  type ApiRequest,
  type ParsedRequest,
} from './request.ts';
import { LimitState, type ServiceLimits } from './serviceLimits.ts';
import { streamReply, wholeReply } from './sendReply.ts';
import { cutAt, renderReply } from './sse.ts';
import { PromptCache, promptTokens } from './tokens.ts';
import { RequestView } from './view.ts';

export interface ApiOptions {
  readonly brain: Brain;
  readonly clock: Clock;
  readonly random: Random;
  readonly apiKey: string | undefined;
  readonly models: readonly string[] | undefined;
  readonly contextWindow: number | undefined;
  readonly latencyMs: Span;
  readonly limits: ServiceLimits | undefined;
  /** The newest so many requests are kept. */
  readonly recordLimit: number;
}

type Parsed<T> = { readonly ok: true; readonly request: T } | { readonly ok: false; readonly error: ApiError };

/** The routes and state of one simulator, without its socket. */
export class MessagesApi {
  readonly requests: RecordedRequest[] = [];
  readonly #options: ApiOptions;
  readonly #cache = new PromptCache();
  readonly #limits: LimitState | undefined;
  #arrived = 0;
  #replies = 0;
  #toolCalls = 0;

  constructor(options: ApiOptions) {
    this.#options = options;
    this.#limits = options.limits && new LimitState(options.limits, options.random);
  }

  /** Requests so far, recorded or not. */
  get count(): number {
    return this.#arrived;
  }

  /** Answers one request; never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange = new Exchange(request, response, this.#open(request), this.#options.clock);
    try {
      const error = await this.#route(exchange);
      if (error !== undefined) exchange.sendError(error);
    } catch (error) {
      if (isAbort(error) || exchange.signal.aborted) return;
      // Only a brain can throw anything else; a test must see what.
      const failed = apiError(
        500,
        `The simulator's brain failed: ${error instanceof Error ? error.message : String(error)}`,
      );
      if (exchange.headersSent) await exchange.cut();
      else exchange.sendError({ ...failed, headers: { 'x-should-retry': 'false' } });
    }
  }

  #open(request: IncomingMessage): OpenRecord {
    this.#arrived += 1;
    const limit = this.#options.recordLimit;
    const record: OpenRecord = {
      id: `req_sim_${String(this.#arrived).padStart(6, '0')}`,
      method: request.method ?? '',
      path: request.url ?? '',
      at: this.#options.clock.now(),
      headers: limit > 0 ? withoutSecrets(request.headers) : {},
      body: undefined,
      model: '',
      system: '',
      messages: [],
      tools: [],
      stream: false,
      status: null,
      answeredAt: null,
      retryAfterMs: null,
      end: 'pending',
    };
    if (limit > 0) this.requests.push(record);
    if (this.requests.length > limit) this.requests.splice(0, this.requests.length - limit);
    return record;
  }

  /** Answers, or says with which error to. */
  async #route(exchange: Exchange): Promise<ApiError | undefined> {
    const { method, path } = exchange.record;
    const route = `${method} ${path.split('?', 1)[0] ?? ''}`;
    const text = await exchange.body();
    const refused = this.#refusedKey(exchange.request);
    if (refused !== undefined) return apiError(401, refused);
    if (text === undefined) return apiError(413);
    switch (route) {
      case 'POST /v1/messages':
        return this.#reply(exchange, text);
      case 'POST /v1/messages/count_tokens':
        return this.#count(exchange, text);
      case 'GET /v1/models':
        exchange.sendJson(JSON.stringify(modelList(this.#options.models)));
        return undefined;
      default:
        return this.#model(exchange, /^GET \/v1\/models\/([^/]+)$/.exec(route)?.[1]);
    }
  }

  #refusedKey({ headers }: IncomingMessage): string | undefined {
    const key = headers['x-api-key'] ?? /^Bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
    if (key === '') return 'x-api-key header is required';
    return this.#options.apiKey === undefined || key === this.#options.apiKey ? undefined : 'invalid x-api-key';
  }

  #model(exchange: Exchange, encoded: string | undefined): ApiError | undefined {
    if (encoded === undefined) return apiError(404);
    const id = decoded(encoded);
    if (this.#unknown(id)) return apiError(404, `model: ${id}`);
    exchange.sendJson(JSON.stringify(modelInfo(id)));
    return undefined;
  }

  #count(exchange: Exchange, text: string): ApiError | undefined {
    const parsed = this.#parsed(exchange, text, parsePrompt);
    if (!parsed.ok) return parsed.error;
    exchange.sendJson(JSON.stringify({ input_tokens: promptTokens(parsed.request) }));
    return undefined;
  }

  async #reply(exchange: Exchange, text: string): Promise<ApiError | undefined> {
    const parsed = this.#parsed(exchange, text, parseRequest);
    if (!parsed.ok) return parsed.error;
    const { request } = parsed;
    const admission = this.#limits?.admit(this.#options.clock.now());
    exchange.headers = admission?.headers ?? {};
    if (admission?.error) return admission.error;
    const view = new RequestView(request, this.#replies++);
    const reply = cutAt((await this.#options.brain(view)) ?? {}, request.max_tokens);
    const latency = this.#draw(reply.latencyMs ?? this.#options.latencyMs);
    if (latency > 0) await this.#options.clock.sleep(latency, exchange.signal);
    const streams = request.stream === true;
    if (reply.error !== undefined && !(streams && reply.error.inStream === true)) {
      return errorOf(reply.error, this.#options.clock.now());
    }
    const envelope = this.#envelope(request, view.number, reply);
    await (streams ? streamReply : wholeReply)(exchange, reply, envelope, this.#options.clock);
    return undefined;
  }

  #parsed<T extends ApiPrompt>(
    exchange: Exchange,
    text: string,
    parse: (body: unknown) => ParsedRequest<T>,
  ): Parsed<T> {
    const { record } = exchange;
    const body = jsonOf(text);
    record.body = body ?? null;
    if (body === undefined) return { ok: false, error: apiError(400, 'The request body is not valid JSON') };
    const parsed = parse(body);
    if (!parsed.ok) return { ok: false, error: apiError(400, parsed.problem) };
    const { request } = parsed;
    record.body = request;
    record.model = request.model;
    record.system = systemText(request);
    record.messages = request.messages;
    record.tools = request.tools ?? [];
    record.stream = request['stream'] === true;
    const error = this.#unknown(request.model) ? apiError(404, `model: ${request.model}`) : this.#tooLong(request);
    return error === undefined ? parsed : { ok: false, error };
  }

  #unknown(model: string): boolean {
    return this.#options.models?.includes(model) === false;
  }

  #tooLong(prompt: ApiPrompt): ApiError | undefined {
    const limit = this.#options.contextWindow;
    if (limit === undefined) return undefined;
    const tokens = promptTokens(prompt);
    return tokens > limit ? apiError(400, `prompt is too long: ${tokens} tokens > ${limit} maximum`) : undefined;
  }

  #envelope(request: ApiRequest, number: number, reply: Reply): Envelope {
    const estimated = { ...this.#cache.charge(request), outputTokens: renderReply(reply).outputTokens };
    return {
      id: `msg_sim_${String(number + 1).padStart(6, '0')}`,
      model: request.model,
      usage: { ...estimated, ...reply.usage },
      newToolId: () => `toolu_sim_${String(++this.#toolCalls).padStart(6, '0')}`,
    };
  }

  #draw(span: Span): number {
    return typeof span === 'number' ? span : integerBetween(this.#options.random, span[0], span[1]);
  }
}

/** A stray percent sign is part of a name like any other. */
function decoded(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
