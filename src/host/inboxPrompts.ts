import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../base/disposable.ts';
import { clip } from '../base/text.ts';
import type { AskedQuestion, PermissionQuestion } from '../projection/state.ts';
import type { Reply } from '../protocol/wire.ts';
import { noticeText } from './noticeText.ts';
import { answerRequest, askingRuns, isOpen, sayNotOpen, type AskingRun } from './openRequests.ts';
import { labelOf, permissionText, pickAnswer } from './permissionPrompt.ts';
import type { RunHub } from './runHub.ts';

/** One notification; what its buttons mean is known to `reply`, which resolves to undefined when it was no answer. */
interface Prompt {
  readonly runId: string;
  readonly requestId: string;
  readonly show: typeof vscode.window.showInformationMessage;
  readonly text: string;
  readonly buttons: readonly string[];
  readonly reply: (button: string) => Promise<Reply | undefined>;
}

/** A notification has room for so many buttons, of so many characters. */
const MAX_BUTTONS = 3;
const MAX_BUTTON = 40;
const [ALLOW, DENY, MORE, ANSWER, SHOW] = ['Allow', 'Deny', 'More…', 'Answer…', 'Show All'] as const;

/**
 * Puts what agents and scripts of this window ask (X04) into notifications. Whoever closes one has not answered it, and
 * can have it again.
 */
export class InboxPrompts implements Disposable {
  readonly #hub: RunHub;
  readonly #owned = new DisposableStore();
  /** By their text: the editor shows one notification of the same words, so of two such requests the second waits. */
  readonly #shown = new Map<string, Prompt>();
  /** Requests whose notification is gone: answered, which their run says a moment later, or closed. */
  readonly #closed = new Set<string>();
  /** The end of the input that is open: a second one would take its place. */
  #typing: Promise<unknown> = Promise.resolve();

  constructor(hub: RunHub) {
    this.#hub = hub;
    this.#owned.add(
      hub.on((change) => {
        // What a new run asks may have been read from its files before this window knew that it is its own.
        const news =
          change.type === 'begun' ||
          (change.type === 'events' && change.events.some(({ type }) => type.endsWith('.asked')));
        // One that the journal answers is asked and answered in one go: by then it is not open any more.
        if (news) queueMicrotask(() => this.#prompt());
      }),
    );
  }

  /** Brings every open request to the screen, again if need be; false when there is none. */
  showOpen(): boolean {
    this.#shown.clear();
    this.#closed.clear();
    this.#prompt();
    return this.#shown.size > 0;
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #prompt(): void {
    for (const prompt of askingRuns(this.#hub).flatMap((run) => this.#promptsOf(run))) {
      const same = this.#shown.get(prompt.text);
      if (this.#closed.has(prompt.requestId) || (same && isOpen(this.#hub, same.runId, same.requestId))) continue;
      void this.#show(prompt);
    }
  }

  async #show(prompt: Prompt): Promise<void> {
    const { runId, requestId, show, text, buttons } = prompt;
    this.#shown.set(text, prompt);
    const chosen = await show(text, ...buttons);
    const stillOpen = (): boolean => isOpen(this.#hub, runId, requestId);
    const reply = chosen === undefined || !stillOpen() ? undefined : await prompt.reply(chosen);
    if (reply) answerRequest(this.#hub, runId, reply);
    // The editor cannot take back a notification whose question is over.
    else if (chosen !== undefined && !stillOpen()) sayNotOpen(this.#hub, runId, requestId);
    // Shown again meanwhile, it is the newer notification that counts.
    if (this.#shown.get(text) !== prompt) return;
    this.#shown.delete(text);
    this.#closed.add(requestId);
    this.#prompt();
  }

  #promptsOf(run: AskingRun): readonly Prompt[] {
    const { questions, asked } = run.state;
    return [
      ...questions.map((question) => this.#permissionPrompt(run, question)),
      ...asked.map((question) => this.#questionPrompt(run, question)),
    ];
  }

  #questionPrompt({ runId, name, state }: AskingRun, asked: AskedQuestion): Prompt {
    const { requestId, question, agentId, choices } = asked;
    const { text, whole } = noticeText(question);
    const fit = choices.length <= MAX_BUTTONS && choices.every(({ length }) => length <= MAX_BUTTON);
    const buttons = !whole ? [SHOW] : choices.length > 0 && fit ? choices : [ANSWER];
    return {
      ...{ runId, requestId, buttons },
      show: vscode.window.showInformationMessage,
      text: `${agentId === null ? '' : `Agent “${labelOf(state, agentId)}” of `}${name} asks: ${text}`,
      reply: async (button) => {
        if (!whole) return showPage(runId);
        const answer =
          buttons === choices ? button : await this.#whileOpen(runId, requestId, (token) => input(asked, token));
        return answer === undefined ? undefined : { type: 'question.answer', requestId, answer };
      },
    };
  }

  #permissionPrompt({ runId, state }: AskingRun, asked: PermissionQuestion): Prompt {
    const { requestId } = asked;
    const { text, whole } = permissionText(state, asked);
    return {
      ...{ runId, requestId, text },
      show: vscode.window.showWarningMessage,
      // Nobody allows what cannot be read to its end.
      buttons: whole ? [ALLOW, DENY, MORE] : [SHOW, DENY],
      reply: async (button) => {
        if (button === SHOW) return showPage(runId);
        if (button === MORE) return this.#whileOpen(runId, requestId, (token) => pickAnswer(asked, text, token));
        return { type: 'permission.answer', requestId, allow: button === ALLOW };
      },
    };
  }

  /** What is picked or typed, one question after the other; gone as soon as it is not asked any more. */
  #whileOpen<T>(
    runId: string,
    requestId: string,
    input: (token: vscode.CancellationToken) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const typed = this.#typing.then(async () => {
      const over = new vscode.CancellationTokenSource();
      const stillAsked = (): boolean => isOpen(this.#hub, runId, requestId);
      const listening = this.#hub.on(() => {
        if (!stillAsked()) over.cancel();
      });
      try {
        return stillAsked() ? await input(over.token) : undefined;
      } finally {
        listening.dispose();
        over.dispose();
      }
    });
    this.#typing = typed.catch(() => undefined);
    return typed;
  }
}

/** There it stands in full length, with the same buttons. */
async function showPage(runId: string): Promise<undefined> {
  await vscode.commands.executeCommand('dynamicWorkflows.openGraph', runId);
}

async function input(asked: AskedQuestion, token: vscode.CancellationToken): Promise<string | undefined> {
  const { question, choices, default: otherwise } = asked;
  const common = { title: clip(noticeText(question).text, 120), ignoreFocusOut: true };
  if (choices.length === 0)
    return vscode.window.showInputBox({ ...common, prompt: question, value: otherwise ?? '' }, token);
  const items = choices.map((label) => (label === otherwise ? { label, description: 'default' } : { label }));
  return (await vscode.window.showQuickPick(items, common, token))?.label;
}
