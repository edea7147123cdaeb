import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../base/disposable.ts';
import { launchFacts, takesText } from '../../projection/launchWords.ts';
import type { LaunchOffer } from '../../protocol/launchOffer.ts';
import type { Event } from '../../protocol/messages.ts';
import { aboutSession, listSessions } from '../../node/sessionList.ts';
import { noticeText } from '../noticeText.ts';
import type { Launching } from '../launching.ts';
import { openFolders } from '../places.ts';
import { answerInChat } from './chatAnswer.ts';
import type { LaunchAnswer } from './launchAnswer.ts';
import { LaunchScripts } from './launchScripts.ts';
import { OwnSession, type SessionChange } from './ownSession.ts';
import { SessionView } from './sessionView.ts';

/** The sessions of a folder that are offered, the newest first. */
const MOST_SESSIONS = 50;
const SHOW = { command: 'dynamicWorkflows.showSession', title: 'Show Session' } as const;

/** The window's session with all that shows it. */
export class SessionKit implements Disposable {
  readonly #deps: Launching;
  readonly #owned = new DisposableStore();
  readonly #session: OwnSession;
  readonly #scripts = this.#owned.add(new LaunchScripts());
  #view: vscode.WebviewView | null = null;
  #looking = false;
  /** Questions that a chat shows. */
  readonly #inChat = new Set<string>();

  constructor(deps: Launching, memory: vscode.Memento) {
    this.#deps = deps;
    this.#session = this.#owned.add(new OwnSession(deps, memory));
    this.#owned.add(this.#session.on((change) => this.#prompt(change)));
  }

  attach(view: vscode.WebviewView): void {
    const page = new SessionView(view, this.#deps, this.#session, (requestId) => this.showScript(requestId));
    this.#view = view;
    const looking = setInterval(() => void this.#look(view), LOOK_MS);
    view.onDidDispose(() => {
      clearInterval(looking);
      page.dispose();
      if (this.#view === view) this.#view = null;
    });
  }

  /** Runs of this window go on again. */
  tookUp(runIds: readonly string[]): Promise<void> {
    return this.#session.tookUp(runIds);
  }

  /** From a button, which may be older than the question it belongs to. */
  async answerLaunch({ requestId, answer }: LaunchAnswer): Promise<void> {
    if (answer === 'script') return this.showScript(requestId);
    if (this.#launchOf(requestId) === undefined) tellOver();
    else this.#session.answer({ type: 'permission.answer', requestId, allow: answer === 'start' });
  }

  async showScript(requestId: string): Promise<void> {
    const launch = this.#launchOf(requestId);
    if (launch === undefined) tellOver();
    else await this.#scripts.show(requestId, launch);
  }

  /** From now on a new session. */
  begin(): Promise<void> {
    return this.#session.show(null);
  }

  /** Lets the person pick one that is on the disk; false when they did not. */
  async choose(): Promise<boolean> {
    const items = await this.#items();
    if (items === null) return false;
    const picked = await vscode.window.showQuickPick(items, { placeHolder: 'Which session?' });
    if (picked) await this.#session.show({ sessionId: picked.session.runId, dir: picked.session.dir });
    return picked !== undefined;
  }

  /** Lets the person pick some to delete. */
  async remove(): Promise<void> {
    const items = await this.#items();
    if (items === null) return;
    const options = { placeHolder: 'Which sessions are to be deleted?', canPickMany: true } as const;
    const picked = (await vscode.window.showQuickPick(items, options)) ?? [];
    if (picked.length === 0) return;
    const { deleteSessions } = await import('./deleteSessions.ts');
    await deleteSessions(
      picked.map(({ session }) => session),
      this.#deps.places.home,
    );
  }

  /** Those of the open folders; null, which was said, where there are none. */
  async #items() {
    const { home } = this.#deps.places;
    const found = await Promise.all(openFolders().map((cwd) => listSessions(home, cwd)));
    const sessions = found.flat().slice(0, MOST_SESSIONS);
    if (sessions.length === 0) {
      void vscode.window.showInformationMessage('There is no session in this folder yet. Say something to begin one.');
      return null;
    }
    return Promise.all(
      sessions.map(async (session) => ({
        label: (await aboutSession(session.dir)).title ?? 'An empty session',
        description: new Date(session.lastUsedAt).toLocaleString(),
        session,
      })),
    );
  }

  async chat(
    { prompt }: vscode.ChatRequest,
    response: vscode.ChatResponseStream,
    token: vscode.CancellationToken,
  ): Promise<void> {
    await this.#session.restore();
    const cancelled = new AbortController();
    const listening = token.onCancellationRequested(() => cancelled.abort());
    const session = {
      say: (text: string) => this.#session.say(text, false),
      interrupt: () => this.#session.interrupt(),
      on: (listener: (change: SessionChange) => void) => this.#session.on(listener),
    };
    const sink = {
      markdown: (text: string) => response.markdown(text),
      progress: (text: string) => response.progress(text),
      run: (runId: string, title: string) =>
        response.button({ command: 'dynamicWorkflows.openGraph', title: `Open ${title}`, arguments: [runId] }),
      asks: (requestId: string, text: string) => {
        this.#inChat.add(requestId);
        response.markdown(`${text}\n\n`);
        response.button(SHOW);
      },
      launch: (requestId: string, offer: LaunchOffer) => {
        this.#inChat.add(requestId);
        response.markdown(launchMarkdown(offer));
        for (const [answer, title] of LAUNCH_BUTTONS)
          response.button({ command: ANSWER_LAUNCH, title, arguments: [{ requestId, answer }] });
      },
    };
    try {
      await answerInChat(session, prompt, sink, cancelled.signal);
    } finally {
      listening.dispose();
    }
  }

  dispose(): void {
    this.#owned.dispose();
  }

  /** A log that cannot be read was told when it was shown. */
  async #look(view: vscode.WebviewView): Promise<void> {
    if (!view.visible || this.#looking) return;
    this.#looking = true;
    await this.#session.look().catch(() => undefined);
    this.#looking = false;
  }

  #launchOf(requestId: string): LaunchOffer | undefined {
    return this.#session.state.questions.find((question) => question.requestId === requestId)?.launch;
  }

  /** What is asked while nobody sees the view comes as a notification that leads there. */
  #prompt(change: SessionChange): void {
    if (change.type !== 'events') return;
    for (const event of change.events) {
      const text = questionIn(event);
      // A chat that shows it hears of it after this.
      if (text !== null) queueMicrotask(() => this.#notify(text));
    }
  }

  #notify({ requestId, text }: Asked): void {
    const notify = (): void => {
      if (this.#view?.visible !== true) askToShow(text);
    };
    if (!this.#inChat.delete(requestId)) {
      notify();
      return;
    }
    // The person may have left the chat, or closed it.
    const isOpen = () => this.#session.state.questions.some((question) => question.requestId === requestId);
    const timer = setTimeout(() => isOpen() && notify(), UNSEEN_MS);
    this.#owned.add({ dispose: () => clearTimeout(timer) });
  }
}

/** How often it is looked whether somebody else has the session that is shown. */
const LOOK_MS = 2_000;
/** So long is a question left to the chat that shows it. */
const UNSEEN_MS = 30_000;

interface Asked {
  readonly requestId: string;
  readonly text: string;
}

function questionIn(event: Event): Asked | null {
  switch (event.type) {
    case 'permission.asked': {
      const { requestId, launch, tool, summary } = event;
      const text = launch
        ? `The session asks whether to start the workflow ${launch.workflowName}.`
        : `The session waits for your permission to use ${tool}: ${summary}`;
      return { requestId, text };
    }
    case 'question.asked':
      return { requestId: event.requestId, text: `The session asks: ${event.question}` };
    default:
      return null;
  }
}

const ANSWER_LAUNCH = 'dynamicWorkflows.answerLaunch';
const LAUNCH_BUTTONS = [
  ['start', 'Start'],
  ['script', 'Show Script'],
  ['refuse', 'Refuse'],
] as const satisfies readonly (readonly [LaunchAnswer['answer'], string])[];

/** Others' words are in it, which become text and nothing else. */
function launchMarkdown(offer: LaunchOffer): vscode.MarkdownString {
  const { workflowName, title, description } = offer;
  const markdown = new vscode.MarkdownString();
  markdown.appendMarkdown('**').appendText(`Start ${workflowName}?`).appendMarkdown('** ').appendText(oneLine(title));
  for (const text of [description, takesText(offer)])
    if (text !== '') markdown.appendMarkdown('\n\n').appendText(oneLine(text));
  for (const { name, value } of launchFacts(offer))
    markdown.appendMarkdown('\n- ').appendText(name === '' ? oneLine(value) : `${name}: ${oneLine(value)}`);
  return markdown.appendMarkdown('\n\n');
}

/** A line end would begin another paragraph, or end a list. */
function oneLine(text: string): string {
  return noticeText(text).text;
}

function tellOver(): void {
  void vscode.window.showInformationMessage('That question has been answered, or its session was closed.');
}

function askToShow(text: string): void {
  void vscode.window.showInformationMessage(noticeText(text).text, SHOW.title).then((chosen) => {
    if (chosen) void vscode.commands.executeCommand(SHOW.command);
  });
}
