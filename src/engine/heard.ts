import { userText, type Message, type TextBlock, type UserMessage } from '../protocol/conversation.ts';
import type { TurnFinish } from './finishTurn.ts';
import type { Routed } from './toolRouter.ts';

/** What a person says to an agent under way, as the agent reads it. */
const FROM_A_PERSON = 'A message from the person who runs this workflow:';
const START = `${FROM_A_PERSON}\n\n`;

/** For an answer in a form: it does not count with what its agent had not heard. */
const ANSWER_AGAIN = 'Heed it, and hand in your whole answer again: the one that you have given does not count.';

export function heardWords(said: readonly string[]): string {
  return `${START}${said.join('\n\n')}`;
}

/** A message of such words and nothing else. */
export function isHeard(message: Message): message is UserMessage {
  const [first, ...more] = message.content;
  return message.role === 'user' && more.length === 0 && first?.type === 'text' && first.text.startsWith(FROM_A_PERSON);
}

/** Those of a person's messages that are in no message of the transcript yet: each telling counts for one of them. */
export function unheard(said: readonly string[], history: readonly Message[]): readonly string[] {
  if (said.length === 0) return said;
  let left = said;
  let before: readonly string[] = [];
  for (const part of betweenCompactions(history)) {
    const told = part.flatMap(toldIn);
    for (const words of without(told, before)) left = untold(left, words);
    before = told;
  }
  return left;
}

/** Behind a compaction a transcript has once more what that has kept. */
function betweenCompactions(history: readonly Message[]): readonly (readonly Message[])[] {
  const starts = history.flatMap((message, at) => (message.role === 'user' && message.compacted ? [at] : []));
  return [0, ...starts].map((start, n) => history.slice(start, starts[n]));
}

function toldIn(message: Message): readonly string[] {
  if (message.role !== 'user') return [];
  const texts = message.content.flatMap((block) => (block.type === 'text' ? [block.text] : []));
  return texts.filter((text) => text.startsWith(START)).map((text) => text.slice(START.length));
}

/** As often as it is in `taken`, each is left out. */
function without(all: readonly string[], taken: readonly string[]): readonly string[] {
  const left = [...taken];
  return all.filter((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** `words` are one or several messages, in the order they were said in, and maybe what the agent is to do about them. */
function untold(said: readonly string[], words: string): readonly string[] {
  let rest = words;
  return said.filter((one) => {
    if (rest !== one && !rest.startsWith(`${one}\n\n`)) return true;
    rest = rest.slice(one.length + 2);
    return false;
  });
}

/** What was said to an agent meanwhile would be told to it: it goes on, or has an answer that it can give again. */
export function hears(next: Routed | TurnFinish): boolean {
  if ('end' in next) return next.end.kind === 'done';
  return 'say' in next || next.ending?.kind !== 'give-up';
}

/** What follows such a turn when a person has spoken meanwhile: the agent reads it before it goes on, or before it ends. */
export function withHeard(next: Routed | TurnFinish, said: readonly string[]): Routed | TurnFinish | Heard {
  if (said.length === 0 || !hears(next)) return next;
  const words = heardWords(said);
  if ('end' in next) return { say: userText(words), partial: '' };
  if ('say' in next) return { ...next, say: { role: 'user', content: [...next.say.content, textBlock(words)] } };
  const told = next.ending === undefined ? words : `${words}\n\n${ANSWER_AGAIN}`;
  return { say: { role: 'user', content: [...next.results, textBlock(told)] }, partial: '' };
}

/** Results with words after them, or words alone. */
interface Heard {
  readonly say: UserMessage;
  readonly partial: string;
}

function textBlock(text: string): TextBlock {
  return { type: 'text', text };
}
