import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../base/disposable.ts';
import type { Finding } from '../protocol/change.ts';
import { standingOf } from '../projection/findingWords.ts';
import type { ChangeState } from '../projection/state.ts';
import { contentUri } from './changeContent.ts';
import type { RunHub } from './runHub.ts';

/** What reviewers found, as threads on the modified side of each change's diff. Kept findings are open, refuted ones folded. */
export class ReviewComments implements Disposable {
  readonly #hub: RunHub;
  readonly #owned = new DisposableStore();
  readonly #controller = this.#owned.add(
    vscode.comments.createCommentController('dynamicWorkflows.review', 'Workflow review'),
  );
  /** By run and change; the review they show tells whether they are still right. */
  readonly #shown = new Map<
    string,
    { readonly review: ChangeState['review']; readonly threads: vscode.CommentThread[] }
  >();

  constructor(hub: RunHub) {
    this.#hub = hub;
    this.#owned.add(
      hub.on((change) => {
        if (change.type === 'events' && change.events.some(({ type }) => type === 'change.reviewed'))
          this.#show(change.runId);
        if (change.type === 'list') this.#forget();
      }),
    );
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #show(runId: string): void {
    const run = this.#hub.get(runId);
    for (const known of run?.state?.changes ?? []) {
      const key = `${runId}/${known.change.id}`;
      const shown = this.#shown.get(key);
      if (!run || !known.review || shown?.review === known.review) continue;
      for (const thread of shown?.threads ?? []) thread.dispose();
      const { cwd } = run.summary;
      const threads = [
        ...known.review.findings.map((finding) => this.#thread(cwd, known.change.commit, finding, true)),
        ...known.refuted.map((finding) => this.#thread(cwd, known.change.commit, finding, false)),
      ];
      this.#shown.set(key, { review: known.review, threads });
    }
  }

  #forget(): void {
    for (const [key, { threads }] of this.#shown) {
      if (this.#hub.get(key.slice(0, key.indexOf('/')))) continue;
      for (const thread of threads) thread.dispose();
      this.#shown.delete(key);
    }
  }

  #thread(cwd: string, commit: string, finding: Finding, kept: boolean): vscode.CommentThread {
    const first = Math.max(0, finding.line - 1);
    const last = Math.max(first, (finding.endLine ?? finding.line) - 1);
    const thread = this.#controller.createCommentThread(
      contentUri(cwd, commit, finding.path),
      new vscode.Range(first, 0, last, 0),
      commentsOf(finding, kept),
    );
    thread.canReply = false;
    thread.label = `${finding.severity} · ${standingOf(finding)}`;
    thread.state = kept ? vscode.CommentThreadState.Unresolved : vscode.CommentThreadState.Resolved;
    const { Expanded, Collapsed } = vscode.CommentThreadCollapsibleState;
    thread.collapsibleState = kept ? Expanded : Collapsed;
    return thread;
  }
}

function commentsOf(finding: Finding, kept: boolean): vscode.Comment[] {
  const { lens, title, body, suggestion, reasons, unplaced, reproduction } = finding;
  const said = [
    `**${title}**`,
    ...(unplaced ? ['(Its line could not be found: it is about the file.)'] : []),
    body,
    ...(suggestion === undefined ? [] : [`Suggestion: ${suggestion}`]),
    ...(reproduction === undefined ? [] : [`Reproduced by ${reproduction.path}, which fails: ${reproduction.command}`]),
  ];
  const verdict = kept ? standingOf(finding) : `refuted: ${standingOf(finding)}`;
  return [
    comment(`Reviewer for ${lens}`, said.join('\n\n'), `${finding.severity}, ${verdict}`),
    ...reasons.map((reason, index) => comment(`Skeptic ${index + 1}`, reason)),
  ];
}

function comment(name: string, text: string, label?: string): vscode.Comment {
  return {
    author: { name },
    body: untrusted(text),
    mode: vscode.CommentMode.Preview,
    ...(label === undefined ? {} : { label }),
  };
}

/** A model wrote it: no commands, no HTML, and no image, whose address would tell a server what the model has read. */
function untrusted(text: string): vscode.MarkdownString {
  return new vscode.MarkdownString(text.replaceAll('![', '!\\['));
}
