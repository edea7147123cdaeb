import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../base/disposable.ts';
import { clip, count } from '../base/text.ts';
import { formatTokens, formatUsd } from '../projection/cost.ts';
import type { RunHub } from './runHub.ts';
import { Soon } from './soon.ts';
import { pauseWords } from './waitWords.ts';

const REFRESH_MS = 250;

/** What runs now, of this window and elsewhere; it is gone when nothing does. A click opens the list of runs. */
export class StatusBar implements Disposable {
  readonly #hub: RunHub;
  readonly #owned = new DisposableStore();
  readonly #item = this.#owned.add(
    vscode.window.createStatusBarItem('dynamicWorkflows.running', vscode.StatusBarAlignment.Left, 10),
  );

  constructor(hub: RunHub) {
    this.#hub = hub;
    this.#item.name = 'Workflows';
    const soon = this.#owned.add(new Soon(REFRESH_MS, () => this.#refresh()));
    this.#owned.add(hub.on(() => soon.wish()));
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #refresh(): void {
    const live = this.#hub.runs().filter(({ status }) => status === 'running');
    const states = live.flatMap(({ state }) => state ?? []);
    if (states.length === 0) {
      this.#item.hide();
      return;
    }
    const sum = (of: (state: (typeof states)[number]) => number): number =>
      states.reduce((total, state) => total + of(state), 0);
    const running = sum(({ counts }) => counts.running);
    const cap = sum(({ head }) => head?.concurrency ?? 0);
    const tokens = sum(
      ({ totals }) => totals.inputTokens + totals.outputTokens + totals.cacheReadTokens + totals.cacheWriteTokens,
    );
    const usd = states.some(({ totals }) => totals.usd === null) ? null : sum(({ totals }) => totals.usd ?? 0);
    const mine = live.flatMap(({ engine, state }) => (engine && state ? [state] : []));
    const questions = mine.reduce((all, { questions: requests, asked }) => all + requests.length + asked.length, 0);
    const pauses = live.flatMap((run) => pauseWords(run) ?? []);
    const icon = pauses.length < live.length ? '$(loading~spin)' : '$(debug-pause)';
    const head = questions > 0 ? `$(shield) ${count(questions, 'question')} ·` : icon;
    const [pause = ''] = pauses;
    const standing = pauses.length === 0 ? [] : [live.length === 1 ? clip(pause, 80) : `${pauses.length} paused`];
    const parts = [`${running} of ${cap} running`, `${formatTokens(tokens)} tokens`, formatUsd(usd), ...standing];
    this.#item.text = `${head} ${parts.join(' · ')}`;
    this.#item.tooltip = live
      .map((run) => [`${run.summary.workflowName} in ${run.summary.cwd}`, pauseWords(run) ?? []].flat().join(', '))
      .join('\n');
    this.#item.command = questions > 0 ? 'dynamicWorkflows.answerRequests' : 'dynamicWorkflows.showRuns';
    this.#item.show();
  }
}
