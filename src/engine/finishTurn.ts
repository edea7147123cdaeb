import type { Message, UserMessage } from '../protocol/conversation.ts';
import { textOf, userText } from '../protocol/conversation.ts';
import type { Replied } from './model.ts';
import { NUDGE } from './structuredOutput.ts';

export type TurnFinish =
  | { readonly end: { readonly kind: 'done'; readonly text: string } }
  | {
      readonly end: {
        readonly kind: 'failed';
        readonly cause: 'refused' | 'schema' | 'empty';
        readonly message: string;
      };
    }
  /** The agent goes on: `say` is said to it, `partial` is the text it has written so far. */
  | { readonly say: UserMessage; readonly partial: string };

export const GO_ON = 'Your reply was cut at its length limit. Go on exactly where it stopped.';

const NO_FORM = 'It ended with plain text again and again instead of an answer in the form that was asked for.';

/** A reply with neither text nor a tool call is mostly a slip: it is asked for once more. */
const EMPTY = 'Your reply was empty. Go on with your task, or give your answer.';
const STILL_EMPTY = 'The model answered with nothing, twice in a row. Try another model, or restart this agent.';

export interface Turn {
  readonly reply: Replied;
  /** What the reply answers. */
  readonly asked: Message | undefined;
  readonly nudge: (() => string | null) | undefined;
  readonly partial: string;
}

/** What follows a reply without tool calls: an answer, a refusal, a cut reply to be continued, or a reminder. */
export function finishTurn({ reply, asked, nudge, partial }: Turn): TurnFinish {
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
  if (text.trim() === '') {
    return saysEmpty(asked)
      ? { end: { kind: 'failed', cause: 'empty', message: STILL_EMPTY } }
      : { say: userText(EMPTY), partial: '' };
  }
  return { end: { kind: 'done', text } };
}

/** A text that the loop says by itself, and no person or script. */
export function isReminder(text: string): boolean {
  return text.endsWith(GO_ON) || text === EMPTY || text === NUDGE;
}

function saysEmpty(asked: Message | undefined): boolean {
  return asked?.role === 'user' && asked.content.some((block) => block.type === 'text' && block.text === EMPTY);
}
