import type { RunState } from '../projection/state.ts';
import type { ControlBody } from '../protocol/control.ts';

/** What waits for a person's word. */
export type OpenQuestion =
  | { readonly kind: 'permission'; readonly requestId: string; readonly text: string }
  | {
      readonly kind: 'question';
      readonly requestId: string;
      readonly text: string;
      readonly choices: readonly string[];
    };

type Answer = Extract<ControlBody, { readonly type: 'permission.answer' | 'question.answer' }>;

/** What a typed line means: y, n or why not; a choice by its number or its words; or the answer itself. */
export function answerTo(question: OpenQuestion, line: string): Answer {
  const { requestId } = question;
  if (question.kind === 'question')
    return { type: 'question.answer', requestId, answer: question.choices[Number(line) - 1] ?? line };
  const allow = /^y(es)?$/i.test(line);
  const reason = allow || /^no?$/i.test(line) ? {} : { reason: line };
  return { type: 'permission.answer', requestId, allow, ...reason };
}

/** In the order in which they were asked, permissions first. */
export function openQuestions({ questions, asked }: RunState): readonly OpenQuestion[] {
  return [
    ...questions.map(({ requestId, tool, summary }) => ({
      ...({ kind: 'permission', requestId } as const),
      text: `${tool} asks for permission: ${summary}`,
    })),
    ...asked.map(({ requestId, question, choices }) => ({
      ...({ kind: 'question', requestId, choices } as const),
      text: [question, ...choices.map((each, at) => `${at + 1} ${each}`)].join('  '),
    })),
  ];
}
