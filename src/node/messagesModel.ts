import type Anthropic from '@anthropic-ai/sdk';
import { throwIfAborted } from '../base/abort.ts';
import type { Disposable } from '../base/disposable.ts';
import type { Model, ModelFailure, ModelReply, ModelRequest, OnDelta, OnHead } from '../engine/model.ts';
import { cutOff, failureOf, type Endpoint, type SdkErrors } from './anthropicFailure.ts';
import { ReplyAssembly, type WireEvent } from './anthropicReply.ts';
import { paramsOf } from './anthropicRequest.ts';
import { ContextEditing, NO_EDITS } from './contextEditing.ts';
import { replyHead } from './rateLimits.ts';
import type { HeadOptions } from './undiciFetch.ts';
import type { Agent } from './undiciParts.ts';

/** What of a client of the SDK's family is used: that of Anthropic's API, of Bedrock and of Vertex alike. */
export interface MessagesClient {
  readonly messages: {
    create(
      params: Anthropic.Messages.MessageCreateParamsStreaming,
      options: {
        readonly signal: AbortSignal;
        readonly headers: Readonly<Record<string, string>>;
        readonly fetchOptions: object;
      },
    ): PromiseLike<AsyncIterable<unknown>>;
  };
}

export interface Connection {
  readonly client: MessagesClient;
  readonly sdk: SdkErrors;
  readonly agent: Agent;
  /** Whether the service's own list of models has this one; null: it does not say. Rejects on abort only. */
  readonly hasModel?: (id: string, signal: AbortSignal) => Promise<boolean | null>;
}

/** A model over one connection, which is made when it is first needed. */
export interface MessagesModel extends Model, Disposable {
  connection(): Promise<Connection | ModelFailure>;
}

export interface MessagesService {
  readonly endpoint: Endpoint;
  /** Prompt cache breakpoints. */
  readonly cache: boolean;
  /** What it is asked to clear by itself. Default: nothing. */
  readonly editing?: ContextEditing;
  /** It searches the web itself. */
  readonly searches?: boolean;
  /** Called once, before the first request. A failure: no request can succeed, and none is made. */
  readonly connect: () => Promise<Connection | ModelFailure>;
}

/**
 * The Messages API behind the `Model` port, whoever serves it. It asks once: retries belong to the limiter. All requests
 * share the sockets of one agent, which `dispose` closes.
 */
export function createMessagesModel(service: MessagesService): MessagesModel {
  const { endpoint, cache, connect, editing = new ContextEditing(false), searches = false } = service;
  let connecting: Promise<Connection | ModelFailure> | undefined;
  let disposed = false;

  const connection = (): Promise<Connection | ModelFailure> => (connecting ??= connect());

  async function reply(
    request: ModelRequest,
    signal: AbortSignal,
    onDelta?: OnDelta,
    onHead?: OnHead,
    edits = editing.for(request.model),
  ): Promise<ModelReply> {
    throwIfAborted(signal);
    if (request.webSearch && !searches) return NO_SEARCH;
    const connected = await connection();
    if ('kind' in connected) return connected;
    const { client, sdk, agent } = connected;
    if (disposed) await agent.destroy();
    throwIfAborted(signal);
    const assembly = new ReplyAssembly(request, onDelta);
    const { idleTimeoutMs } = request;
    try {
      const fetchOptions: object = {
        onHead: (status, said) => onHead?.(replyHead(status, said, Date.now())),
        ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
      } satisfies HeadOptions;
      const { body, headers } = edits;
      const options = { signal, headers, fetchOptions };
      const events = await client.messages.create({ ...paramsOf(request, cache), ...body }, options);
      editing.answered(edits);
      for await (const event of events) assembly.accept(event as WireEvent);
    } catch (error) {
      throwIfAborted(signal);
      const bears = { ...endpoint, idleTimeoutMs: idleTimeoutMs ?? endpoint.idleTimeoutMs };
      const failure = failureOf(error, sdk, bears, request.model);
      return editing.mayBeRefused(failure, edits) ? reply(request, signal, onDelta, onHead, NO_EDITS) : failure;
    }
    // The SDK ends an aborted stream as if it were complete.
    throwIfAborted(signal);
    return assembly.finish() ?? cutOff(endpoint);
  }

  return {
    reply: (request, signal, onDelta, onHead) => reply(request, signal, onDelta, onHead),
    connection,
    dispose: () => {
      disposed = true;
      connecting
        ?.then((connected) => ('kind' in connected ? undefined : connected.agent.destroy()))
        .catch(() => undefined);
    },
  };
}

const NO_SEARCH: ModelFailure = {
  kind: 'failed',
  code: 'invalid',
  message: "This server does not search the web; Anthropic's own API does.",
};
