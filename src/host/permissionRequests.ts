import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../base/disposable.ts';
import { clip } from '../base/text.ts';
import { agentOf } from '../projection/agentTable.ts';
import type { RunHub } from './runHub.ts';

/** Shows what agents of this window ask for; whoever closes a question has not answered it, and can ask for it again. */
export class PermissionRequests implements Disposable {
  readonly #hub: RunHub;
  readonly #owned = new DisposableStore();
  readonly #shown = new Set<string>();

  constructor(hub: RunHub) {
    this.#hub = hub;
    this.#owned.add(
      hub.on((change) => {
        if (change.type === 'events' && change.events.some(({ type }) => type === 'permission.asked')) this.showOpen();
      }),
    );
  }

  /** Every open question that is not on the screen; false when there is none. */
  showOpen(): boolean {
    const open = this.#hub
      .runs()
      .flatMap(({ runId, engine, state }) =>
        engine && state ? state.questions.map((question) => ({ runId, ...question })) : [],
      );
    for (const question of open) if (!this.#shown.has(question.requestId)) void this.#show(question);
    return open.length > 0;
  }

  dispose(): void {
    this.#owned.dispose();
  }

  async #show(question: Question): Promise<void> {
    const { runId, requestId, agentId, tool, summary } = question;
    const state = this.#hub.get(runId)?.state;
    const label = (state && agentOf(state.agents, agentId)?.label) ?? agentId;
    this.#shown.add(requestId);
    const message = `Agent “${label}” wants to ${wish(tool, clip(summary, 500))}`;
    const chosen = await vscode.window.showWarningMessage(message, 'Allow', 'Deny');
    this.#shown.delete(requestId);
    if (chosen === undefined) return;
    const engine = this.#hub.get(runId)?.engine;
    engine?.dispatch({
      type: 'permission.answer',
      commandId: randomUUID(),
      runId,
      requestId,
      allow: chosen === 'Allow',
    });
  }
}

interface Question {
  readonly runId: string;
  readonly requestId: string;
  readonly agentId: string;
  readonly tool: string;
  readonly summary: string;
}

function wish(tool: string, summary: string): string {
  switch (tool) {
    case 'Bash':
      return `run \`${summary}\``;
    case 'Edit':
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
