import type { PermissionQuestion } from '../../projection/state.ts';
import type { Command } from '../../protocol/messages.ts';
import type { Line } from './cells.ts';
import { oneLine } from './cells.ts';

/** A person's answer without its address. */
export type PermissionReply = Pick<
  Extract<Command, { readonly type: 'permission.answer' }>,
  'allow' | 'scope' | 'reason'
>;

/** What an answer of several keys still lacks; of the question that it was begun for. */
export type PermissionStep =
  | { readonly requestId: string; readonly kind: 'confirm' }
  | { readonly requestId: string; readonly kind: 'reason'; readonly typed: string };

export type Pressed = { readonly step: PermissionStep | null } | { readonly reply: PermissionReply };

/** After one more key. A key that was meant for an earlier question's step answers nothing. */
export function pressKey(question: PermissionQuestion, step: PermissionStep | null, key: string): Pressed {
  const { requestId, rules } = question;
  if (step === null) return chosen(requestId, rules.length > 0, key);
  if (step.requestId !== requestId) return { step: null };
  if (step.kind === 'confirm') return /^y$/i.test(key) ? { reply: { allow: true, scope: 'always' } } : { step: null };
  if (key === '\r' || key === '\n') {
    const reason = step.typed.trim();
    return { reply: { allow: false, ...(reason === '' ? {} : { reason }) } };
  }
  if (key === ESCAPE) return { step: null };
  if (key === BACKSPACE || key === '\b')
    return { step: { ...step, typed: Array.from(step.typed).slice(0, -1).join('') } };
  return { step: key < ' ' || key.startsWith(ESCAPE) ? step : { ...step, typed: step.typed + key } };
}

/** What holds for longer takes small letters alone: keys such as F3 end in large ones. */
function chosen(requestId: string, lasting: boolean, key: string): Pressed {
  switch (key) {
    case 'y':
    case 'Y':
      return { reply: { allow: true } };
    case 'n':
    case 'N':
      return { reply: { allow: false } };
    case 'r':
      return lasting ? { reply: { allow: true, scope: 'run' } } : { step: null };
    case 'a':
      return { step: lasting ? { requestId, kind: 'confirm' } : null };
    case 'd':
      return { step: { requestId, kind: 'reason', typed: '' } };
    default:
      return { step: null };
  }
}

/** The keys that answer it, under the question. */
export function permissionLines(
  { requestId, rules }: PermissionQuestion,
  step: PermissionStep | null,
  more: string,
): readonly Line[] {
  const named = rules.map(oneLine).join(', ');
  if (step?.requestId === requestId && step.kind === 'confirm')
    return [[{ text: `  Add ${named} to .claude/settings.local.json?  y yes · any other key no`, look: 'bold' }]];
  if (step?.requestId === requestId && step.kind === 'reason')
    return [[{ text: `  Why not? > ${oneLine(step.typed)}_  Enter deny · Esc back`, look: 'bold' }]];
  const lasting = rules.length > 0 ? ' · r for this run · a always' : '';
  return [
    ...(rules.length > 0 ? [[{ text: `  r and a add ${named}`, look: 'dim' as const }]] : []),
    [{ text: `  y allow once${lasting} · n deny · d deny with a reason${more}`, look: 'bold' }],
  ];
}

const ESCAPE = '\u001b';
const BACKSPACE = '\u007f';
