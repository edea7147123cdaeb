import type * as vscode from 'vscode';

/**
 * Resolves as soon as something holds: at once, or after one of these events. There is no limit but the test's own, so
 * a test that waits in vain fails by it.
 */
export function until<T>(event: vscode.Event<T>, holds: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const listening = event(check);
    check();

    function check(): void {
      try {
        if (!holds()) return;
        resolve();
      } catch (error) {
        reject(error as Error);
      }
      listening.dispose();
    }
  });
}
