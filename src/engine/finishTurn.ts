import type { UserMessage } from '../protocol/conversation.ts';
import { textOf, userText } from '../protocol/conversation.ts';
import type { Replied } from './model.ts';

export type TurnFinish =
  | { readonly end: { readonly kind: 'done'; readonly text: string } }
  | { readonly end: { readonly kind: 'failed'; readonly cause: 'refused' | 'schema'; readonly message: string } }
  /** The agent goes on: `say` is said to it, `partial` is the text it has written so far. */
  | { readonly say: UserMessage; readonly partial: string };

export const GO_ON = 'Your reply was cut at its length limit. Go on exactly where it stopped.';

const NO_FORM = 'It ended with plain text again and again instead of an answer in the form that was asked for.';

/** What follows a reply without tool calls: an answer, a refusal, a cut reply to be continued, or a reminder. */
export function finishTurn(reply: Replied, nudge: (() => string | null) | undefined, partial: string): TurnFinish {
  const text = partial + textOf(reply.message);
  if (reply.stopReason === 'refusal') {
    return { end: { kind: 'failed', cause: 'refused', message: text === '' ? 'the model refused' : text } };
  }
  if (reply.stopReason === 'max-tokens') return { say: userText(GO_ON), partial: text };
  if (nudge !== undefined) {
    const reminder = nudge();
    if (reminder === null) return { end: { kind: 'failed', cause: 'schema', message: NO_FORM } };
    return { say: userText(reminder), partial: '' };
  }
  return { end: { kind: 'done', text } };
}
