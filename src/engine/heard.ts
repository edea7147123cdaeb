import { userText, type Message, type TextBlock, type UserMessage } from '../protocol/conversation.ts';
import type { TurnFinish } from './finishTurn.ts';
import type { Routed } from './toolRouter.ts';

/** What a person says to an agent under way, as the agent reads it. */
const FROM_A_PERSON = 'A message from the person who runs this workflow:';

/** For an answer in a form: it does not count with what its agent had not heard. */
const ANSWER_AGAIN = 'Heed it, and hand in your whole answer again: the one that you have given does not count.';

export function heardWords(said: readonly string[]): string {
  return `${FROM_A_PERSON}\n\n${said.join('\n\n')}`;
}

/** A message of such words and nothing else. */
export function isHeard(message: Message): message is UserMessage {
  const [first, ...more] = message.content;
  return message.role === 'user' && more.length === 0 && first?.type === 'text' && first.text.startsWith(FROM_A_PERSON);
}

/** Those of a person's messages that are in no message of the conversation yet. */
export function unheard(said: readonly string[], history: readonly Message[]): readonly string[] {
  if (said.length === 0) return said;
  const texts = history.flatMap((message) =>
    message.role === 'user' ? message.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])) : [],
  );
  const heard = texts.filter((text) => text.startsWith(FROM_A_PERSON));
  return said.filter((one) => !heard.some((text) => text.includes(one)));
}

/** What follows a turn when a person has spoken meanwhile: the agent reads it before it goes on, or before it ends. */
export function withHeard(next: Routed | TurnFinish, said: readonly string[]): Routed | TurnFinish | Heard {
  if (said.length === 0) return next;
  const words = heardWords(said);
  if ('end' in next) return next.end.kind === 'done' ? { say: userText(words), partial: '' } : next;
  if ('say' in next) return { ...next, say: { role: 'user', content: [...next.say.content, textBlock(words)] } };
  if (next.ending?.kind === 'give-up') return next;
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
