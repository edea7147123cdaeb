import * as vscode from 'vscode';
import { count } from '../../base/text.ts';
import type { Deletion } from '../../node/deleteRun.ts';
import type { SessionSummary } from '../../node/sessionList.ts';
import { noticeText } from '../noticeText.ts';

const DELETE = 'Delete';

/** Deletes sessions once the person has confirmed it; what is kept, and why, is said. */
export async function deleteSessions(sessions: readonly SessionSummary[], home: string): Promise<void> {
  const what = sessions.length === 1 ? 'this session' : count(sessions.length, 'session');
  const detail = 'Its conversation goes, and the files that /rewind could bring back. Runs that it has started stay.';
  const sure = await vscode.window.showWarningMessage(`Delete ${what}?`, { modal: true, detail }, DELETE);
  if (sure !== DELETE) return;
  const [{ createGitWorktrees }, { createGit }, { createGate }, { deleteRun }] = await Promise.all([
    import('../../node/gitWorktrees.ts'),
    import('../../node/git.ts'),
    import('../../node/gate.ts'),
    import('../../node/deleteRun.ts'),
  ]);
  const git = createGit();
  const worktrees = createGitWorktrees({ home, git, gate: createGate() });
  const kept: string[] = [];
  try {
    for (const session of sessions) {
      const deletion = await deleteRun({ git, worktrees }, session, false);
      const why = whyKept(deletion);
      if (why !== null) kept.push(why);
    }
  } finally {
    await worktrees.close();
  }
  if (kept.length > 0) void vscode.window.showWarningMessage(noticeText(kept.join(' ')).text);
}

function whyKept(deletion: Deletion): string | null {
  switch (deletion.kind) {
    case 'deleted':
      return null;
    case 'running':
      return `A session is open, in process ${deletion.pid}: begin a new one there first.`;
    case 'unlanded':
      return `A session was kept: it has work that is nowhere else: ${deletion.work.slice(0, 5).join(', ')}.`;
    case 'unreadable':
    case 'failed':
      return `A session was kept: ${deletion.message}.`;
  }
}
