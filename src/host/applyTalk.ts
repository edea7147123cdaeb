import * as vscode from 'vscode';
import { isAbort } from '../base/abort.ts';
import type { Said } from '../workflow/apply/applyWords.ts';
import { noticeText } from './noticeText.ts';

// How the commands that take over what a run made ask, warn and say that they are at work.

export async function agreed({ text, lines }: Said, action: string): Promise<boolean> {
  const detail = lines.join('\n');
  return (await vscode.window.showWarningMessage(text, { modal: true, detail }, action)) === action;
}

/** A notification has one line: the files that it is about come behind it. */
export async function warnAbout({ text, lines }: Said, ...actions: readonly string[]): Promise<boolean> {
  const whole = lines.length === 0 ? text : `${text} ${lines.join('; ')}`;
  return (await vscode.window.showWarningMessage(noticeText(whole).text, ...actions)) !== undefined;
}

export function warn(text: string): void {
  void vscode.window.showWarningMessage(noticeText(text).text);
}

/**
 * A moment's work is told in the status bar: the editor shows three notifications within 800 ms and swallows the fourth,
 * which would be the one that says what came of it.
 */
export async function busily<T>(
  title: string,
  body: (signal: AbortSignal) => Promise<T>,
  location = vscode.ProgressLocation.Window,
): Promise<T> {
  return vscode.window.withProgress({ location, title }, () => body(never()));
}

/** What may take minutes, as a notification with a way to end it; null when the person has taken it. */
export async function atLength<T>(title: string, body: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, async (_progress, token) => {
    const stopping = new AbortController();
    const listening = token.onCancellationRequested(() => stopping.abort());
    try {
      return await body(stopping.signal);
    } catch (error) {
      if (isAbort(error) && stopping.signal.aborted) return null;
      throw error;
    } finally {
      listening.dispose();
    }
  });
}

/** A moment's work, which ends by itself. */
export const never = (): AbortSignal => new AbortController().signal;
