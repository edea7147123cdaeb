import { baseText, leftOutText } from '../../projection/baseWords.ts';
import { limitText } from '../../projection/limitWords.ts';
import type { BaseCommit, PermissionMode, RunCaps } from '../../protocol/run.ts';
import { oneLine } from './cells.ts';

/** What a person should know before anything starts. */
export interface Head {
  readonly workflowName: string;
  readonly cwd: string;
  readonly base: BaseCommit | null;
  readonly model: string;
  readonly simulated: boolean;
  readonly permissionMode: PermissionMode;
  readonly caps: RunCaps;
}

/** `tidy · /repo/repo · main at 1a2b3c4d · 3 uncommitted files are not part of this run · claude-… · permission mode default` */
export function headLine(head: Head): string {
  const model = head.simulated ? 'simulated model' : head.model;
  const mode = `permission mode ${head.permissionMode}`;
  const parts = [head.workflowName, head.cwd, ...place(head.base), model, mode, ...limits(head.caps)];
  return parts.map(oneLine).join(' · ');
}

function limits(caps: RunCaps): readonly string[] {
  const text = limitText(caps);
  return text === '' ? [] : [`at most ${text}`];
}

function place(base: BaseCommit | null): readonly string[] {
  if (base === null) return ['no git repository'];
  const leftOut = leftOutText(base);
  return [baseText(base), ...(leftOut === null ? [] : [leftOut])];
}
