import type { AskedQuestion } from '../../projection/state.ts';

/** What is left to be typed, or the whole answer. */
export type Typed = { readonly typed: string } | { readonly answer: string };

/** True when a single digit chooses. */
export function isNumbered({ choices }: AskedQuestion): boolean {
  return choices.length > 0 && choices.length <= 9;
}

/** After one more key: a digit chooses, other answers are typed and sent with Enter, which alone takes the default. */
export function typeKey(asked: AskedQuestion, typed: string, key: string): Typed {
  if (key === '\r' || key === '\n') {
    if (typed.trim() !== '') return { answer: typed.trim() };
    return typeof asked.default === 'string' ? { answer: asked.default } : { typed };
  }
  if (isNumbered(asked)) {
    const choice = asked.choices[Number(key) - 1];
    return choice === undefined ? { typed } : { answer: choice };
  }
  if (key === BACKSPACE || key === '\b') return { typed: Array.from(typed).slice(0, -1).join('') };
  return key < ' ' ? { typed } : { typed: typed + key };
}

const BACKSPACE = '\u007f';
