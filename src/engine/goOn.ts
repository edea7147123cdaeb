import * as z from 'zod';
import type {
  AssistantMessage,
  Message,
  ToolCall,
  ToolResultBlock,
  UserBlock,
  UserMessage,
} from '../protocol/conversation.ts';
import { textOf, toolCallsOf } from '../protocol/conversation.ts';
import { GO_ON } from './finishTurn.ts';
import { STRUCTURED_OUTPUT } from './structuredOutput.ts';
import type { Routed, ToolRouter } from './toolRouter.ts';

/** An agent's conversation as its transcript has it, and what its end is worth. */
export interface Resumption {
  /** Roles alternate; it ends with what the model is to answer, or with its answer. */
  readonly messages: readonly Message[];
  /** What the transcript does not have yet. */
  readonly added: readonly Message[];
  /** Set when it had said its last word already. */
  readonly answer: Resumed | null;
  /** The beginning of its answer, which its length limit had cut; else empty. */
  readonly partial: string;
}

export type Resumed =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'refused'; readonly text: string }
  | { readonly kind: 'ending'; readonly ending: NonNullable<Routed['ending']> };

export interface GoOnDeps {
  readonly tools: ToolRouter;
  /** Whether a call can be made a second time without harm: it reads, or it hands in the answer. */
  readonly repeatable: (tool: string) => boolean;
  /** The agent has to answer through a tool: text alone is no answer. */
  readonly answersByTool: boolean;
  /** Its last words rest on work that is gone: they are no answer. */
  readonly lostWork: boolean;
}

const UNKNOWN_STATE =
  'Interrupted: it is not known whether this ran, in part or at all. Look at what it left before you call it again.';

const NOT_TAKEN =
  'Not taken: another call of the same reply was interrupted. Look at what it left, then hand in your answer again.';

/**
 * Where an interrupted agent stands: calls that only read are made again, one that may have acted is reported as
 * "state unknown" instead of being repeated, and an agent that had ended is not asked again.
 */
export async function goOn(
  history: readonly Message[],
  note: string,
  deps: GoOnDeps,
  signal: AbortSignal,
): Promise<Resumption> {
  const { asked, given } = halfAnswered(history);
  const messages = alternating(asked);
  const last = messages.at(-1);
  const partial = partialOf(messages);
  const accepted = deps.lostWork ? null : acceptedAnswer(messages);
  if (accepted) return { messages, added: [], answer: { kind: 'ending', ending: accepted }, partial: '' };
  if (last?.role !== 'assistant')
    return saying(messages, last, [textBlock(partial === '' ? note : `${note} ${GO_ON}`)], partial);
  const calls = toolCallsOf(last);
  if (last.stopped === 'max-tokens' && calls.length === 0)
    return saying(messages, undefined, [textBlock(`${note} ${GO_ON}`)], partial);
  if (calls.length === 0) {
    const text = partial + textOf(last);
    if (last.stopped === 'refusal') return { messages, added: [], answer: { kind: 'refused', text }, partial: '' };
    if (!deps.answersByTool && !deps.lostWork && text !== '')
      return { messages, added: [], answer: { kind: 'text', text }, partial: '' };
    return saying(messages, undefined, [textBlock(note)]);
  }
  const known = new Set(given.map(({ toolUseId }) => toolUseId));
  const { results, ending } = await routed(
    calls.filter(({ id }) => !known.has(id)),
    deps,
    signal,
  );
  const before: UserMessage | undefined = given.length > 0 ? { role: 'user', content: given } : undefined;
  const said = ending ? results : [...results, textBlock(note)];
  const next = saying(before ? [...messages, before] : messages, before, said);
  return ending ? { ...next, answer: { kind: 'ending', ending } } : next;
}

/** A reply at the end of which some calls had brought their results when others were cut off: it apart from those. */
function halfAnswered(history: readonly Message[]): {
  readonly asked: readonly Message[];
  readonly given: readonly ToolResultBlock[];
} {
  const at = history.findLastIndex(({ role }) => role === 'assistant');
  const reply = history[at];
  const after = history.slice(at + 1).flatMap<Message['content'][number]>(({ content }) => content);
  const given = after.filter((block) => block.type === 'tool_result');
  const known = new Set(given.map(({ toolUseId }) => toolUseId));
  const whole = reply?.role !== 'assistant' || toolCallsOf(reply).every(({ id }) => known.has(id));
  // Whoever has been told something else has been told of all calls.
  return whole || given.length < after.length
    ? { asked: history, given: [] }
    : { asked: history.slice(0, at + 1), given };
}

/** What an agent had run in a shell that reaches beyond its folder, newest last: to be looked up before it is repeated. */
export function reachedOutside(history: readonly Message[]): readonly string[] {
  const commands = history.flatMap((message) =>
    message.role === 'assistant'
      ? toolCallsOf(message).flatMap(({ name, input }) => (name === 'Bash' ? commandOf(input) : []))
      : [],
  );
  return [...new Set(commands.filter((command) => OUTSIDE.test(command)))];
}

/** Commands by which agents publish: a push, a pull request, a comment, a message, a release, a deployment. */
const OUTSIDE =
  /\bgit\s+(?:-\S+\s+\S+\s+)*push\b|\b(?:gh|glab|hub|curl|wget|ssh|scp|rsync|kubectl|terraform|aws|gcloud|az|heroku|vercel|netlify|fly)\b|\b(?:npm|pnpm|yarn|cargo|gem|twine|docker|helm)\s+(?:\S+\s+)*?(?:publish|push|upload|release|deploy)\b/;

function commandOf(input: unknown): readonly string[] {
  if (typeof input !== 'object' || input === null || !('command' in input)) return [];
  return typeof input.command === 'string' ? [input.command] : [];
}

async function routed(calls: readonly ToolCall[], deps: GoOnDeps, signal: AbortSignal): Promise<Routed> {
  // An answer stands on what the calls beside it did: where one of them is uncertain, so is the answer.
  const certain = !deps.lostWork && calls.every(({ name }) => deps.repeatable(name));
  const again = calls.filter(({ name }) => deps.repeatable(name) && (certain || name !== STRUCTURED_OUTPUT));
  const { results, ...rest } = again.length > 0 ? await deps.tools.route(again, signal) : { results: [] };
  const byId = new Map(results.map((result) => [result.toolUseId, result]));
  return { ...rest, results: calls.map((call) => byId.get(call.id) ?? notRepeated(call)) };
}

/** An answer that had been taken when the agent was interrupted: it is not asked for again. */
function acceptedAnswer(messages: readonly Message[]): Routed['ending'] | null {
  const [asked, answered] = messages.slice(-2);
  if (asked?.role !== 'assistant' || answered?.role !== 'user') return null;
  // It was told something with it, and is to answer again.
  if (answered.content.some(({ type }) => type === 'text')) return null;
  const taken = new Set(
    answered.content.flatMap((block) => (block.type === 'tool_result' && !block.isError ? [block.toolUseId] : [])),
  );
  const call = toolCallsOf(asked).find(({ id, name }) => name === STRUCTURED_OUTPUT && taken.has(id));
  const value = call && z.json().safeParse(call.input);
  return value?.success === true ? { kind: 'final', value: value.data } : null;
}

function notRepeated(call: ToolCall): ToolResultBlock {
  if (call.name !== STRUCTURED_OUTPUT) return unknownState(call);
  return { type: 'tool_result', toolUseId: call.id, content: NOT_TAKEN, isError: true };
}

function unknownState(call: ToolCall): ToolResultBlock {
  return { type: 'tool_result', toolUseId: call.id, content: UNKNOWN_STATE, isError: true };
}

/** The text of the replies at the end that were cut, one after the other, without the last message of all if it is whole. */
function partialOf(messages: readonly Message[]): string {
  const cut: string[] = [];
  for (const message of messages.toReversed()) {
    if (message.role === 'user') {
      if (message === messages.at(-1) || saysGoOn(message)) continue;
      break;
    }
    if (message.stopped !== 'max-tokens') {
      if (message === messages.at(-1)) continue;
      break;
    }
    cut.unshift(textOf(message));
  }
  return cut.join('');
}

function saysGoOn({ content }: UserMessage): boolean {
  return content.some((block) => block.type === 'text' && block.text.endsWith(GO_ON));
}

/** What of a transcript counts. */
export function sinceBegunAnew(history: readonly Message[]): readonly Message[] {
  const mark = history.findLastIndex(({ role, content }) => role === 'user' && content.length === 0);
  return history.slice(mark + 1);
}

/** Where its conversation stands: what came before the last compaction is no longer a part of it. */
export function sinceCompacted(history: readonly Message[]): readonly Message[] {
  return history.slice(
    Math.max(
      0,
      history.findLastIndex((message) => message.role === 'user' && message.compacted),
    ),
  );
}

function saying(
  messages: readonly Message[],
  last: UserMessage | undefined,
  blocks: readonly UserBlock[],
  partial = '',
): Resumption {
  const said: UserMessage = { role: 'user', content: blocks };
  const before = last ? messages.slice(0, -1) : messages;
  return {
    messages: [...before, last ? { role: 'user', content: [...last.content, ...blocks] } : said],
    added: [said],
    answer: null,
    partial,
  };
}

/**
 * A conversation that is to be gone on with by whoever speaks next, and not by itself: roles alternate, and each call has
 * its answer, `state unknown` for what an end has cut off.
 */
export function goOnLater(history: readonly Message[]): readonly Message[] {
  const messages = alternating(sinceCompacted(sinceBegunAnew(history)));
  const last = messages.at(-1);
  if (last?.role !== 'assistant') return messages;
  const calls = toolCallsOf(last);
  return calls.length === 0 ? messages : [...messages, { role: 'user', content: calls.map(unknownState) }];
}

/** The conversation with one more message of its person, as part of the last one where that is a person's too. */
export function withSaid(history: readonly Message[], said: UserMessage): readonly Message[] {
  const last = history.at(-1);
  if (last?.role !== 'user') return [...history, said];
  return [...history.slice(0, -1), { ...last, content: [...last.content, ...said.content] }];
}

/** A transcript may hold several messages of one role in a row, such as results one by one, and an empty one where a reply broke off. */
function alternating(history: readonly Message[]): readonly Message[] {
  const messages: Message[] = [];
  for (const message of history) {
    if (message.content.length === 0) continue;
    const last = messages.at(-1);
    if (last?.role === 'user' && message.role === 'user')
      messages[messages.length - 1] = { role: 'user', content: [...last.content, ...message.content] };
    else if (last?.role === 'assistant' && message.role === 'assistant')
      messages[messages.length - 1] = { ...message, content: [...last.content, ...message.content] };
    else messages.push(message);
  }
  return messages.map((message, at) => {
    const asked = messages[at - 1];
    return asked?.role === 'assistant' && message.role === 'user' ? answering(asked, message) : message;
  });
}

/** Each call must have its result, and results come first. */
function answering(asked: AssistantMessage, message: UserMessage): UserMessage {
  const given = new Set(message.content.flatMap((block) => (block.type === 'tool_result' ? [block.toolUseId] : [])));
  const missing = toolCallsOf(asked).filter(({ id }) => !given.has(id));
  return missing.length === 0 ? message : { role: 'user', content: [...missing.map(unknownState), ...message.content] };
}

function textBlock(text: string): UserBlock {
  return { type: 'text', text };
}
