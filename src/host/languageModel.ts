import type * as vscode from 'vscode';
import { AbortError, onAbort, throwIfAborted } from '../base/abort.ts';
import type { Disposable } from '../base/disposable.ts';
import type { Model, ModelFailure, ModelReply, ModelRequest, OnDelta } from '../engine/model.ts';
import type { AssistantBlock } from '../protocol/conversation.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { chatMessages, chatTools } from './languageModelMessages.ts';
import { failureOf, tooLong, unknownModel, withoutTools } from './languageModelFailure.ts';
import { TokenCounter } from './tokenCounter.ts';

/** What of the editor is used; the whole `vscode` fits. */
export type EditorApi = Pick<
  typeof vscode,
  | 'lm'
  | 'CancellationTokenSource'
  | 'LanguageModelChatMessage'
  | 'LanguageModelTextPart'
  | 'LanguageModelToolCallPart'
  | 'LanguageModelToolResultPart'
>;

/** Newer editors say what a model can do; older ones do not. */
type Chat = vscode.LanguageModelChat & { readonly capabilities?: { readonly supportsToolCalling?: boolean | number } };

const IDLE_TIMEOUT_MS = 5 * 60_000;
/** Shown in the editor's question whether its models may be used. */
const JUSTIFICATION = 'The agents of a workflow think with this model.';

/**
 * The models that the editor has from other extensions, such as Copilot's, behind the `Model` port: no key is needed, and
 * the editor asks the person once. Named by id or family, or by vendor and either: `copilot/gpt-x`. The API says neither
 * what a reply used nor takes a limit: tokens are counted by the model's own count, and the limit is held by ending the
 * stream.
 */
export function createEditorModel(api: EditorApi): Model {
  const counter = new TokenCounter();
  return {
    reply: async (request, signal, onDelta) => {
      throwIfAborted(signal);
      const cancel = new api.CancellationTokenSource();
      const aborting = onAbort(signal, () => cancel.cancel());
      try {
        const chat = await abortable(findChat(api, request.model), signal);
        if (chat === null) return unknownModel(request.model, await abortable(namesOf(api), signal));
        return await ask({ api, chat, counter, cancel, request, signal, onDelta });
      } catch (error) {
        throwIfAborted(signal);
        return failureOf(error, request.model);
      } finally {
        aborting.dispose();
        // Also tells a provider whose stream was given up in the middle.
        cancel.cancel();
        cancel.dispose();
      }
    },
  };
}

interface Asking {
  readonly api: EditorApi;
  readonly chat: Chat;
  readonly counter: TokenCounter;
  readonly cancel: vscode.CancellationTokenSource;
  readonly request: ModelRequest;
  readonly signal: AbortSignal;
  readonly onDelta: OnDelta | undefined;
}

async function ask(asking: Asking): Promise<ModelReply> {
  const { api, chat, counter, cancel, request, signal } = asking;
  if (request.tools.length > 0 && chat.capabilities?.supportsToolCalling === false) return withoutTools(request.model);
  const inputTokens = await abortable(counter.ofRequest(chat, request), signal);
  if (inputTokens > chat.maxInputTokens) return tooLong(request.model, inputTokens, chat.maxInputTokens);
  const options = { justification: JUSTIFICATION, tools: chatTools(request.tools) };
  const idleMs = request.idleTimeoutMs ?? IDLE_TIMEOUT_MS;
  const sent = chat.sendRequest(chatMessages(api, request), options, cancel.token);
  const response = await heard(Promise.resolve(sent), signal, idleMs);
  if (response === SILENT) return stalled(request.model, idleMs);
  return collect(asking, inputTokens, idleMs, response.stream);
}

async function collect(
  { api, chat, counter, request, signal, onDelta }: Asking,
  inputTokens: number,
  idleMs: number,
  stream: AsyncIterable<unknown>,
): Promise<ModelReply> {
  const content: AssistantBlock[] = [];
  const limit = counter.limit(chat, request.maxTokens);
  const parts = stream[Symbol.asyncIterator]();
  let cut = false;
  while (!cut) {
    const next = await heard(parts.next(), signal, idleMs);
    if (next === SILENT) return stalled(request.model, idleMs);
    if (next.done === true) break;
    const part = next.value;
    if (part instanceof api.LanguageModelTextPart && part.value !== '') {
      addText(content, part.value);
      onDelta?.(part.value, 'text');
    } else if (part instanceof api.LanguageModelToolCallPart) {
      const { callId: id, name, input } = part;
      content.push({ type: 'tool_use', id, name, input });
      onDelta?.(JSON.stringify(input), 'unshown');
    }
    cut = await abortable(limit.isReached(content), signal);
  }
  const outputTokens = await abortable(counter.ofText(chat, JSON.stringify(content)), signal);
  const calls = content.some((block) => block.type === 'tool_use');
  return {
    kind: 'replied',
    message: { role: 'assistant', content },
    usage: { ...NO_USAGE, inputTokens, outputTokens },
    stopReason: cut ? 'max-tokens' : calls ? 'tool-use' : 'end',
    model: request.model,
  };
}

function addText(content: AssistantBlock[], text: string): void {
  const last = content.at(-1);
  if (last?.type === 'text') content[content.length - 1] = { type: 'text', text: last.text + text };
  else content.push({ type: 'text', text });
}

/** Null when the editor has no such model. What the name means is the editor's business: ids and families of others. */
async function findChat(api: EditorApi, name: string): Promise<Chat | null> {
  const slash = name.indexOf('/');
  const vendor = slash > 0 ? { vendor: name.slice(0, slash) } : {};
  const model = name.slice(slash + 1);
  const selectors = [{ id: name }, { ...vendor, id: model }, { ...vendor, family: model }];
  for (const selector of selectors) {
    const [found] = await api.lm.selectChatModels(selector);
    if (found) return found;
  }
  return null;
}

async function namesOf(api: EditorApi): Promise<readonly string[]> {
  return (await api.lm.selectChatModels()).map(({ vendor, id }) => `vscode/${vendor}/${id}`);
}

const SILENT = Symbol('silent');

/** What a promise brings, or SILENT when it brings nothing for so long. Rejects at once on abort, whatever it does. */
async function heard<T>(promise: PromiseLike<T>, signal: AbortSignal, idleMs: number): Promise<T | typeof SILENT> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<typeof SILENT>((resolve) => {
    timer = setTimeout(() => resolve(SILENT), idleMs);
  });
  try {
    return await abortable(Promise.race([promise, silence]), signal);
  } finally {
    clearTimeout(timer);
  }
}

/** A provider is another extension's code: it may take no notice of its token. */
function abortable<T>(promise: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  let aborting: Disposable | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    aborting = onAbort(signal, () => reject(new AbortError(signal.reason)));
  });
  return Promise.race([promise, aborted]).finally(() => aborting?.dispose());
}

function stalled(model: string, idleMs: number): ModelFailure {
  const message = `The editor's model ${model} was silent for ${Math.round(idleMs / 1000)} s.`;
  return { kind: 'failed', code: 'stalled', message };
}
