import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../base/disposable.ts';
import { cardOf, type RunCard } from '../../projection/runCard.ts';
import type { SessionState } from '../../projection/session.ts';
import { sessionViewMessage, type SessionHostMessage, type SessionViewMessage } from '../../protocol/sessionWire.ts';
import type { Launching } from '../launching.ts';
import { answerRequest } from '../openRequests.ts';
import { pageHtml } from '../pageHtml.ts';
import { settings } from '../settings.ts';
import { Soon } from '../soon.ts';
import type { OwnSession, SessionChange } from './ownSession.ts';
import { slashEntries } from './slashEntries.ts';
import { toolDetail } from './toolDetail.ts';

type Message = SessionHostMessage<SessionState, RunCard>;

/** Often enough that text seems to flow. */
const BATCH_MS = 50;
const CARDS_MS = 200;
/** Runs of a long session that have cards with figures; older ones stand as the session has heard of them. */
const MOST_CARDS = 50;

/** The session in the side bar: what happens in it goes to the page, and what a person does there to it. */
export class SessionView implements Disposable {
  readonly #view: vscode.WebviewView;
  readonly #deps: Launching;
  readonly #session: OwnSession;
  readonly #showScript: (requestId: string) => Promise<void>;
  readonly #owned = new DisposableStore();
  readonly #soon = this.#owned.add(new Soon(BATCH_MS, () => this.#flush()));
  readonly #cardsSoon = this.#owned.add(new Soon(CARDS_MS, () => this.#sendCards()));
  /** What the page has not got, in order; null while it has no snapshot either. */
  #pending: Message[] | null = null;
  /** What could not be said, until there is a page that takes it back. */
  #unsaid: { readonly text: string; readonly plain: boolean }[] = [];
  #changedRuns = new Set<string>();

  constructor(
    view: vscode.WebviewView,
    deps: Launching,
    session: OwnSession,
    showScript: (requestId: string) => Promise<void>,
  ) {
    this.#view = view;
    this.#deps = deps;
    this.#session = session;
    this.#showScript = showScript;
    const { webview } = view;
    webview.options = { enableScripts: true, localResourceRoots: [deps.places.dist] };
    this.#owned.add(
      webview.onDidReceiveMessage((message: unknown) => {
        const parsed = sessionViewMessage.safeParse(message);
        if (!parsed.success) return;
        this.#answer(parsed.data).catch((error: unknown) => void vscode.window.showErrorMessage(String(error)));
      }),
    );
    // A page that is hidden is thrown away; another one will say that it is ready.
    this.#owned.add(view.onDidChangeVisibility(() => (this.#pending = view.visible ? this.#pending : null)));
    this.#owned.add(session.on((change) => this.#pass(change)));
    this.#owned.add(
      deps.hub.on((change) => {
        if (change.type !== 'list') this.#changedRuns.add(change.runId);
        else for (const { runId } of session.state.runs) this.#changedRuns.add(runId);
        this.#cardsSoon.wish();
      }),
    );
    this.#owned.add(
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('dynamicWorkflows.workflowKeyword')) void this.#sendSetup();
      }),
    );
    webview.html = pageHtml(webview, deps.places.dist, { name: 'session', title: 'Session' });
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #pass(change: SessionChange): void {
    if (this.#pending === null) return;
    if (change.type === 'another') {
      this.#sendSnapshot();
      return;
    }
    if (change.type === 'elsewhere') {
      this.#sendElsewhere();
      return;
    }
    const last = this.#pending.at(-1);
    if (change.type === 'events')
      this.#pending.push({ type: 'events', runId: this.#session.state.sessionId, events: change.events });
    else if (last?.type === 'delta')
      this.#pending[this.#pending.length - 1] = { type: 'delta', text: last.text + change.text };
    else this.#pending.push({ type: 'delta', text: change.text });
    this.#soon.wish();
  }

  #flush(): void {
    const messages = this.#pending;
    if (!messages || messages.length === 0) return;
    this.#pending = [];
    for (const message of messages) this.#post(message);
  }

  async #answer(message: SessionViewMessage): Promise<void> {
    const { hub } = this.#deps;
    switch (message.type) {
      case 'ready':
        await this.#session.restore();
        this.#sendSnapshot();
        this.#giveBack();
        return this.#sendSetup();
      case 'say': {
        const { text, plain = false } = message;
        if (await this.#session.say(text, plain)) return;
        this.#unsaid.push({ text, plain });
        this.#giveBack();
        return;
      }
      case 'interrupt':
        this.#session.interrupt();
        return;
      case 'reply':
        if (message.runId === null) this.#session.answer(message.reply);
        else answerRequest(hub, message.runId, message.reply);
        return;
      case 'run.open':
        return vscode.commands.executeCommand('dynamicWorkflows.openGraph', message.runId);
      case 'run.save':
        return vscode.commands.executeCommand('dynamicWorkflows.saveWorkflow', message.runId);
      case 'launch.script':
        return this.#showScript(message.requestId);
      case 'tool.show': {
        const { dir } = this.#session;
        const detail = dir === null ? null : await toolDetail(dir, message.callId);
        if (detail) this.#post({ type: 'tool', detail });
        return;
      }
    }
  }

  #sendSnapshot(): void {
    const { state, streamed } = this.#session;
    this.#pending = [];
    this.#post({ type: 'snapshot', snapshot: { runId: state.sessionId, seq: state.seq, state }, streamed });
    this.#sendElsewhere();
    void this.#readRuns(state);
  }

  #giveBack(): void {
    if (this.#pending === null || this.#unsaid.length === 0) return;
    const given = this.#unsaid.splice(0);
    const text = given.map((one) => one.text).join('\n');
    this.#post({ type: 'unsaid', text, plain: given.every(({ plain }) => plain) });
  }

  #sendElsewhere(): void {
    this.#post({ type: 'elsewhere', pid: this.#session.elsewhere });
  }

  async #readRuns({ runs }: SessionState): Promise<void> {
    for (const { runId } of runs.slice(-MOST_CARDS)) {
      await this.#deps.hub.open(runId).catch(() => undefined);
      this.#changedRuns.add(runId);
    }
    this.#cardsSoon.wish();
  }

  #sendCards(): void {
    const changed = this.#changedRuns;
    this.#changedRuns = new Set();
    if (this.#pending === null) return;
    const cards = this.#session.state.runs.flatMap(({ runId }) => {
      const run = changed.has(runId) ? this.#deps.hub.get(runId) : undefined;
      return run ? [cardOf({ runId, status: run.status, answerable: run.engine !== null }, run.state)] : [];
    });
    if (cards.length > 0) this.#post({ type: 'cards', cards });
  }

  async #sendSetup(): Promise<void> {
    const commands = await slashEntries(this.#deps.places.workflows);
    this.#post({ type: 'setup', commands, keyword: settings().workflowKeyword });
  }

  #post(message: Message): void {
    void this.#view.webview.postMessage(message);
  }
}
