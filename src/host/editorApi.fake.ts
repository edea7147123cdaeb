import { AbortError } from '../base/abort.ts';
import type { Scripted, Step } from '../engine/model.fake.ts';
import type { ModelErrorCode } from '../engine/model.ts';
import type { EditorApi } from './languageModel.ts';

class TextPart {
  readonly value: string;
  constructor(value: string) {
    this.value = value;
  }
}
class ToolCallPart {
  readonly callId: string;
  readonly name: string;
  readonly input: object;
  constructor(callId: string, name: string, input: object) {
    this.callId = callId;
    this.name = name;
    this.input = input;
  }
}
class ToolResultPart {
  readonly callId: string;
  readonly content: readonly unknown[];
  constructor(callId: string, content: readonly unknown[]) {
    this.callId = callId;
    this.content = content;
  }
}

type Part = TextPart | ToolCallPart | ToolResultPart;

export interface SentMessage {
  readonly role: 'user' | 'assistant';
  readonly content: readonly Part[];
}

export interface SentRequest {
  readonly messages: readonly SentMessage[];
  readonly tools: readonly { readonly name: string }[];
}

/** The editor's errors, by the codes that the API has for them. */
class EditorError extends Error {
  readonly code: string;
  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

const ERRORS: Partial<Record<ModelErrorCode, () => Error>> = {
  auth: () => new EditorError('NoPermissions', 'The person said no.'),
  'unknown-model': () => new EditorError('NotFound', 'It is gone.'),
  quota: () => new EditorError('Blocked', 'The month is used up.'),
  'rate-limited': () =>
    new EditorError('Unknown', '', Object.assign(new Error('Slow down.'), { name: 'ChatRateLimited' })),
  overloaded: () => new EditorError('Unknown', 'Upstream failed', new Error('529 overloaded')),
  'too-long': () => new EditorError('Unknown', 'The message is too long for the context window.'),
  invalid: () => new EditorError('Unknown', '400 invalid_request'),
};

export interface FakeEditor {
  readonly api: EditorApi;
  readonly requests: readonly SentRequest[];
  /** Requests whose stream has neither ended nor been cancelled. */
  readonly pending: number;
  /** How often a model counted. */
  readonly counts: number;
}

export interface FakeEditorOptions {
  readonly script?: readonly Scripted[];
  readonly maxInputTokens?: number;
  readonly capabilities?: { readonly supportsToolCalling: boolean };
  /** The provider takes no notice of its token. */
  readonly deaf?: boolean;
  readonly cannotCount?: boolean;
}

/** The part of the editor that has models, with one of them: id `claude-sonnet-5-5`, vendor `acme`, family `sonnet`. */
export function fakeEditor({ script = [], ...options }: FakeEditorOptions = {}): FakeEditor {
  const requests: SentRequest[] = [];
  const seen = { pending: 0, counts: 0 };
  const chat = {
    ...{ id: 'claude-sonnet-5-5', vendor: 'acme', family: 'sonnet', version: '1', name: 'Sonnet' },
    maxInputTokens: options.maxInputTokens ?? 100_000,
    ...(options.capabilities && { capabilities: options.capabilities }),
    countTokens: async (text: string) => {
      seen.counts += 1;
      if (options.cannotCount) throw new Error('cannot count');
      return Math.ceil(text.length / 5);
    },
    sendRequest: async (messages: SentMessage[], { tools = [] }: { tools?: SentRequest['tools'] }, token: Token) => {
      const scripted = script[requests.length];
      requests.push({ messages, tools });
      if (!scripted) throw new Error(`The fake editor has no answer to request ${requests.length}`);
      const step = typeof scripted === 'function' ? expectStep() : scripted;
      if (step.kind === 'failed') throw (ERRORS[step.code] ?? (() => new EditorError('Unknown', 'It broke.')))();
      seen.pending += 1;
      return { stream: play(step, options.deaf ? NEVER : token, () => (seen.pending -= 1)) };
    },
  };
  const wanted: Record<string, string> = { id: chat.id, vendor: chat.vendor, family: chat.family };
  const api = {
    lm: {
      selectChatModels: async (selector: Record<string, string> = {}) =>
        Object.entries(selector).every(([key, value]) => wanted[key] === value) ? [chat] : [],
    },
    CancellationTokenSource: Source,
    LanguageModelTextPart: TextPart,
    LanguageModelToolCallPart: ToolCallPart,
    LanguageModelToolResultPart: ToolResultPart,
    LanguageModelChatMessage: {
      User: (content: string | Part[]): SentMessage => ({ role: 'user', content: partsOf(content) }),
      Assistant: (content: string | Part[]): SentMessage => ({ role: 'assistant', content: partsOf(content) }),
    },
  };
  return {
    api: api as unknown as EditorApi,
    requests,
    get pending() {
      return seen.pending;
    },
    get counts() {
      return seen.counts;
    },
  };
}

function expectStep(): never {
  throw new Error('The fake editor takes steps, no functions');
}

function partsOf(content: string | Part[]): readonly Part[] {
  return typeof content === 'string' ? [new TextPart(content)] : content;
}

interface Token {
  onCancellationRequested(listener: () => void): void;
}
const NEVER: Token = { onCancellationRequested: () => undefined };

class Source {
  readonly #listeners = new Set<() => void>();
  #cancelled = false;
  readonly token: Token = {
    onCancellationRequested: (listener) => {
      if (this.#cancelled) listener();
      else this.#listeners.add(listener);
    },
  };
  cancel(): void {
    this.#cancelled = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
  dispose(): void {
    this.#listeners.clear();
  }
}

async function* play(
  step: Exclude<Step, { kind: 'failed' }>,
  token: Token,
  over: () => void,
): AsyncGenerator<Part, void, void> {
  try {
    if (step.kind === 'hangs') return await untilCancelled(token);
    for (const block of step.content) {
      if (block.type === 'tool_use') yield new ToolCallPart(block.id, block.name, block.input as object);
      if (block.type !== 'text') continue;
      for (const piece of block.text.match(/.{1,12}/gsu) ?? []) yield new TextPart(piece);
    }
  } finally {
    over();
  }
}

function untilCancelled(token: Token): Promise<never> {
  return new Promise((_resolve, reject) => token.onCancellationRequested(() => reject(new AbortError('cancelled'))));
}
