import type { Message, UserMessage } from '../protocol/conversation.ts';
import { textOf, userText } from '../protocol/conversation.ts';
import type { Replied } from './model.ts';
import { NUDGE } from './structuredOutput.ts';

export type TurnFinish =
  | { readonly end: { readonly kind: 'done'; readonly text: string } }
  | {
      readonly end: {
        readonly kind: 'failed';
        readonly cause: 'refused' | 'schema' | 'empty' | 'max-turns';
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

/** How many replies in a row its length limit has cut, and the output tokens of them all. */
export interface Cuts {
  readonly times: number;
  readonly tokens: number;
}

/** More than any one answer is worth: what is never whole is paid for turn after turn. */
const MOST_CUTS: Cuts = { times: 20, tokens: 120_000 };
/** Before so many in a row nothing is said to have no end. */
const LEAST_CUTS = { withText: 4, empty: 3 } as const;

export interface Turn {
  readonly reply: Replied;
  readonly cuts: Cuts;
  /** What the reply answers. */
  readonly asked: Message | undefined;
  readonly nudge: (() => string | null) | undefined;
  readonly partial: string;
}

/** What follows a reply without tool calls: an answer, a refusal, a cut reply to be continued, or a reminder. */
export function finishTurn({ reply, asked, nudge, partial, cuts }: Turn): TurnFinish {
  const text = partial + textOf(reply.message);
  if (reply.stopReason === 'refusal') {
    return { end: { kind: 'failed', cause: 'refused', message: text === '' ? 'the model refused' : text } };
  }
  if (reply.stopReason === 'max-tokens') {
    const message = neverWhole(cuts, text);
    if (message === null) return { say: userText(GO_ON), partial: text };
    return { end: { kind: 'failed', cause: nudge === undefined ? 'max-turns' : 'schema', message } };
  }
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

/** Why it is not told to go on once more; null: it is. */
function neverWhole({ times, tokens }: Cuts, text: string): string | null {
  const cure = 'Give it a higher maxTokens, less effort or a smaller task';
  if (text.trim() === '' && times >= LEAST_CUTS.empty)
    return `Its replies were cut at their length limit before a word of an answer, ${times} times in a row. ${cure}.`;
  if (times < LEAST_CUTS.withText || (times < MOST_CUTS.times && tokens < MOST_CUTS.tokens)) return null;
  return `Its answer was cut at its length limit ${times} times in a row, after ${tokens} tokens in all. ${cure}; what it has written is in its transcript.`;
}

function saysEmpty(asked: Message | undefined): boolean {
  return asked?.role === 'user' && asked.content.some((block) => block.type === 'text' && block.text === EMPTY);
}
