import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../base/disposable.ts';
import { clip } from '../base/text.ts';
import type { AskedQuestion } from '../projection/state.ts';
import type { RunHub } from './runHub.ts';

/** A notification has room for so many buttons. */
const MAX_BUTTONS = 3;
const ANSWER = 'Answer…';

/** Shows what scripts of this window ask (X04); whoever closes a question has not answered it, and can have it again. */
export class ScriptQuestions implements Disposable {
  readonly #hub: RunHub;
  readonly #owned = new DisposableStore();
  readonly #shown = new Set<string>();

  constructor(hub: RunHub) {
    this.#hub = hub;
    this.#owned.add(
      hub.on((change) => {
        if (change.type === 'events' && change.events.some(({ type }) => type === 'question.asked')) this.showOpen();
      }),
    );
  }

  /** Every open question that is not on the screen; false when there is none. */
  showOpen(): boolean {
    const open = this.#hub
      .runs()
      .flatMap(({ runId, engine, state }) =>
        engine && state ? state.asked.map((asked) => ({ runId, name: state.head?.workflowName ?? runId, asked })) : [],
      );
    for (const { runId, name, asked } of open)
      if (!this.#shown.has(asked.requestId)) void this.#show(runId, name, asked);
    return open.length > 0;
  }

  dispose(): void {
    this.#owned.dispose();
  }

  async #show(runId: string, name: string, asked: AskedQuestion): Promise<void> {
    const { requestId, question, choices } = asked;
    this.#shown.add(requestId);
    const buttons = choices.length > 0 && choices.length <= MAX_BUTTONS ? choices : [ANSWER];
    const chosen = await vscode.window.showInformationMessage(`${name} asks: ${clip(question, 500)}`, ...buttons);
    const answer = chosen === ANSWER && buttons !== choices ? await longer(asked) : chosen;
    this.#shown.delete(requestId);
    if (answer === undefined) return;
    const engine = this.#hub.get(runId)?.engine;
    engine?.dispatch({ type: 'question.answer', commandId: randomUUID(), runId, requestId, answer });
  }
}

async function longer(asked: AskedQuestion): Promise<string | undefined> {
  const { question, choices, default: otherwise } = asked;
  if (choices.length > 0) return vscode.window.showQuickPick([...choices], { title: question, ignoreFocusOut: true });
  return vscode.window.showInputBox({ prompt: question, value: otherwise ?? '', ignoreFocusOut: true });
}
