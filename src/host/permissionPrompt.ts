import * as vscode from 'vscode';
import { clip, count, showUnseen } from '../base/text.ts';
import { agentOf } from '../projection/agentTable.ts';
import type { PermissionQuestion, RunState } from '../projection/state.ts';
import type { Reply } from '../protocol/wire.ts';
import { noticeText } from './noticeText.ts';

/** The question as a notification has it; `whole`: nothing of what is to be allowed had to be cut. */
export function permissionText(state: RunState, asked: PermissionQuestion): { text: string; whole: boolean } {
  const { agentId, others, tool, summary } = asked;
  const label = labelOf(state, agentId);
  const { text, whole } = noticeText(showUnseen(summary));
  const who =
    others.length === 0 ? `Agent “${label}” wants` : `Agent “${label}” and ${count(others.length, 'other')} want`;
  return { text: `${who} to ${wish(tool, text)}`, whole };
}

/** All the answers there are, picked from a list; undefined when none was given. */
export async function pickAnswer(
  { requestId, rules }: PermissionQuestion,
  text: string,
  token: vscode.CancellationToken,
): Promise<Reply | undefined> {
  const lasting = rules.length === 0 ? [] : [RUN, ALWAYS];
  const title = clip(text, 120);
  const options = { title, placeHolder: 'What is your answer?', ignoreFocusOut: true };
  const chosen = await vscode.window.showQuickPick([ONCE, ...lasting, DENY, REASON], options, token);
  const to = { type: 'permission.answer', requestId } as const;
  switch (chosen) {
    case ONCE:
    case RUN:
      return { ...to, allow: true, scope: chosen === RUN ? 'run' : 'once' };
    case ALWAYS:
      return (await agreesToKeep(rules)) ? { ...to, allow: true, scope: 'always' } : undefined;
    case DENY:
      return { ...to, allow: false };
    case REASON: {
      const reason = await vscode.window.showInputBox(
        { title, prompt: 'Why not? The agent is told.', ignoreFocusOut: true },
        token,
      );
      return reason === undefined
        ? undefined
        : { ...to, allow: false, ...(reason.trim() === '' ? {} : { reason: reason.trim() }) };
    }
    default:
      return undefined;
  }
}

const ONCE = { label: 'Allow Once' };
const RUN = { label: 'Allow for This Run', detail: 'The same is not asked again until the run ends.' };
const ALWAYS = { label: 'Always Allow…', detail: 'Adds a rule to .claude/settings.local.json; you see it first.' };
const DENY = { label: 'Deny' };
const REASON = { label: 'Deny with a Reason…', detail: 'The agent is told why.' };

/** What is written is seen before. */
async function agreesToKeep(rules: readonly string[]): Promise<boolean> {
  const add = 'Add and Allow';
  const detail = rules.map(showUnseen).join('\n');
  const message = 'For this and every later run in this folder, .claude/settings.local.json gets:';
  return (await vscode.window.showWarningMessage(message, { modal: true, detail }, add)) === add;
}

function wish(tool: string, summary: string): string {
  switch (tool) {
    case 'Bash':
      return `run \`${summary}\``;
    case 'Edit':
    case 'MultiEdit':
    case 'Write':
      return `write ${summary}`;
    case 'Read':
    case 'Glob':
    case 'Grep':
      return `read ${summary}`;
    default:
      return `use ${tool}: ${summary}`;
  }
}

/** An agent as a notification names it. */
export function labelOf(state: RunState, agentId: string): string {
  return clip(noticeText(agentOf(state.agents, agentId)?.label ?? agentId).text, 80);
}
