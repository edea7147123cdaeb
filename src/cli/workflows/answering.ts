import { agentOf } from '../../projection/agentTable.ts';
import type { RunState } from '../../projection/state.ts';
import { count, showUnseen } from '../../base/text.ts';
import { manyLines, oneLine, type Line } from '../view/cells.ts';
import { permissionLines, pressKey, type PermissionReply, type PermissionStep } from '../view/permissionKeys.ts';
import { isNumbered, typeKey } from '../view/typedAnswer.ts';
import { wrapCells } from './wrapCells.ts';

export type Answer =
  | { readonly type: 'permission'; readonly requestId: string; readonly reply: PermissionReply }
  | { readonly type: 'question'; readonly requestId: string; readonly answer: string };

/** What a person has begun to answer. Empty: nothing. */
export interface Answering {
  readonly step: PermissionStep | null;
  /** Of a free answer to a question; absent: its letters are not read yet, since they are keys of the view as well. */
  readonly typed?: string;
}

export const NO_ANSWER: Answering = { step: null };

/** A key, where it answers the first question of a run; `taken`: it is none of the view's. */
export function answerKey(
  { questions: [question], asked: [asked] }: RunState,
  answering: Answering,
  key: string,
): { readonly taken: boolean; readonly next: Answering; readonly answer?: Answer } {
  if (question) {
    const { requestId } = question;
    const busy = answering.step?.requestId === requestId;
    const pressed = pressKey(question, answering.step, key);
    if ('reply' in pressed)
      return { taken: true, next: NO_ANSWER, answer: { type: 'permission', requestId, reply: pressed.reply } };
    return { taken: busy || pressed.step !== null, next: { step: pressed.step } };
  }
  if (!asked) return { taken: false, next: NO_ANSWER };
  const { typed } = answering;
  if (!isNumbered(asked) && typed === undefined)
    return key === 'a' ? { taken: true, next: { step: null, typed: '' } } : { taken: false, next: NO_ANSWER };
  if (key === ESCAPE && typed !== undefined) return { taken: true, next: NO_ANSWER };
  const next = typeKey(asked, typed ?? '', isNumbered(asked) && !/^[1-9]$/.test(key) ? '' : key);
  if ('answer' in next)
    return {
      taken: true,
      next: NO_ANSWER,
      answer: { type: 'question', requestId: asked.requestId, answer: next.answer },
    };
  return typed === undefined
    ? { taken: false, next: NO_ANSWER }
    : { taken: true, next: { step: null, typed: next.typed } };
}

/** The first question of a run, whole, and the keys that answer it; empty where nothing is asked. */
export function questionLines(
  { questions, asked, agents }: RunState,
  { own, answering, columns }: { readonly own: boolean; readonly answering: Answering; readonly columns: number },
): readonly Line[] {
  const [question] = questions;
  const [first] = asked;
  const open = questions.length + asked.length;
  if (!question && !first) return [];
  const more = open > 1 ? ` (${count(open - 1, 'more question')} after this)` : '';
  const agentId = question ? question.agentId : (first?.agentId ?? null);
  const who = agentId === null ? 'The script' : oneLine(agentOf(agents, agentId)?.label ?? agentId);
  // Nobody allows what cannot be read to its end.
  const what = question
    ? `asks to use ${oneLine(question.tool)}: ${showUnseen(question.summary)}`
    : `asks: ${first?.question ?? ''}`;
  const said = wrapCells(manyLines(`? ${who} ${what}`).replaceAll('\t', '  '), columns).map((text): Line => [
    { text, look: 'warn' },
  ]);
  if (!own) return [...said, [{ text: '  It is answered where the run was started.', look: 'bold' }]];
  if (question) return [...said, ...permissionLines(question, answering.step, more)];
  const choices = first?.choices ?? [];
  const numbered = choices.map((choice, at) => `${at + 1} ${oneLine(choice)}`).join(' · ');
  const free =
    answering.typed === undefined ? 'a type an answer' : `> ${oneLine(answering.typed)}_  Enter send · Esc back`;
  return [...said, [{ text: `  ${first && isNumbered(first) ? numbered : free}${more}`, look: 'bold' }]];
}

const ESCAPE = '\u001b';
