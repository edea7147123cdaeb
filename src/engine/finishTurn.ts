import type { UserMessage } from '../protocol/conversation.ts';
import { textOf, userText } from '../protocol/conversation.ts';
import type { Replied } from './model.ts';

export type TurnFinish =
  | { readonly end: { readonly kind: 'done'; readonly text: string } }
  | { readonly end: { readonly kind: 'failed'; readonly cause: 'refused'; readonly message: string } }
  /** The agent goes on: `say` is said to it, `partial` is the text it has written so far. */
  | { readonly say: UserMessage; readonly partial: string };

const GO_ON = 'Your reply was cut at its length limit. Go on exactly where it stopped.';

/** What follows a reply without tool calls: an answer, a refusal, a cut reply to be continued, or a reminder. */
export function finishTurn(reply: Replied, nudge: string | undefined, partial: string): TurnFinish {
  const text = partial + textOf(reply.message);
  if (reply.stopReason === 'refusal') {
    return { end: { kind: 'failed', cause: 'refused', message: text === '' ? 'the model refused' : text } };
  }
  if (reply.stopReason === 'max-tokens') return { say: userText(GO_ON), partial: text };
  if (nudge !== undefined) return { say: userText(nudge), partial: '' };
  return { end: { kind: 'done', text } };
}
