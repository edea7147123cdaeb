import { setTimeout } from 'node:timers/promises';
import { newId } from '../../node/ids.ts';
import { readTranscript } from '../../node/runReader.ts';
import type { Message } from '../../protocol/conversation.ts';
import type { TalkDoor } from '../chat/chatDoor.ts';
import { paintFor } from '../followRun.ts';
import type { Io } from '../io.ts';
import { oneLine } from '../view/cells.ts';
import { answerKey, NO_ANSWER, questionLines, type Answer } from './answering.ts';
import { FullScreen } from './fullScreen.ts';
import { paint } from './paint.ts';
import { perform } from './perform.ts';
import { press } from './press.ts';
import type { SeenRun } from './seenRun.ts';
import { FIRST_VIEW, pageOf, runOf, type Act } from './viewState.ts';
import { WatchedRuns } from './watchedRuns.ts';

/** Ten times a second at most, and only what has changed. */
const FRAME_MS = 100;
const LOOK_MS = 250;

export interface RunsViewOptions {
  readonly door: TalkDoor;
  /** Folders of the runs that the session has started, by id. */
  readonly ofSession: () => ReadonlyMap<string, string>;
}

/** `/workflows`: the runs of a session and its folder, live, on a screen of their own, until the person leaves it. */
export class RunsView {
  readonly #io: Io;
  readonly #door: TalkDoor;
  readonly #runs: WatchedRuns;
  readonly #over = new AbortController();
  #view = FIRST_VIEW;
  #seen: readonly SeenRun[] = [];
  #messages: { readonly of: string; readonly messages: readonly Message[] | null } | null = null;
  #answering = NO_ANSWER;
  #extent = { lines: 0, room: 1 };
  #open = true;

  constructor(io: Io, { door, ofSession }: RunsViewOptions) {
    this.#io = io;
    this.#door = door;
    this.#runs = new WatchedRuns({ ...door.place, ofSession });
  }

  /** Resolves when the person has left it; rejects with what the disk says. The terminal is as it was before. */
  async show(): Promise<void> {
    const screen = new FullScreen(this.#io, paintFor(this.#io));
    const keys = this.#io.onKey((key) => {
      this.#press(key);
      this.#draw(screen);
    });
    const frames = setInterval(() => this.#draw(screen), FRAME_MS);
    try {
      await this.#looking();
    } finally {
      clearInterval(frames);
      keys.dispose();
      screen.dispose();
    }
  }

  close(): void {
    this.#open = false;
    this.#over.abort();
  }

  /** A line from elsewhere, such as what the session says. */
  note(text: string): void {
    this.#view = { ...this.#view, note: oneLine(text) };
  }

  async #looking(): Promise<void> {
    while (this.#open) {
      const page = pageOf(this.#view);
      this.#seen = await this.#runs.look(page.kind === 'list' ? null : page.runId);
      if (page.kind === 'agent') await this.#readAgent(page);
      await this.#pause();
    }
  }

  /** Until it is time to look again, or the person leaves. */
  async #pause(): Promise<void> {
    await setTimeout(LOOK_MS, undefined, { signal: this.#over.signal }).catch((error: unknown) => {
      if (this.#open) throw error;
    });
  }

  async #readAgent({ runId, agentId }: { readonly runId: string; readonly agentId: string }): Promise<void> {
    const run = this.#seen.find(({ summary }) => summary.runId === runId);
    if (run) this.#messages = { of: `${runId}/${agentId}`, messages: await readTranscript(run.summary.dir, agentId) };
  }

  #draw(screen: FullScreen): void {
    if (!this.#open) return;
    const { columns, rows } = this.#io.stdout.size();
    const page = pageOf(this.#view);
    const run = page.kind === 'run' ? runOf(page, this.#seen) : undefined;
    const asks = { own: run?.own === true, answering: this.#answering, columns: columns - 1 };
    const messages = page.kind === 'agent' && this.#messages?.of === `${page.runId}/${page.agentId}`;
    const picture = paint(this.#view, {
      runs: this.#seen,
      messages: messages ? (this.#messages?.messages ?? null) : null,
      question: run?.state ? questionLines(run.state, asks) : [],
      ...{ now: Date.now(), columns: columns - 1, rows },
    });
    this.#extent = { lines: picture.total, room: picture.room };
    screen.draw(picture.lines);
  }

  #press(key: string): void {
    if (this.#answered(key)) return;
    const { view, act } = press(this.#view, key, { runs: this.#seen, ...this.#extent });
    this.#view = view;
    if (act) void this.#do(act);
  }

  #answered(key: string): boolean {
    const page = pageOf(this.#view);
    const run = page.kind === 'run' && !this.#view.help && !this.#view.asking ? runOf(page, this.#seen) : undefined;
    if (!run?.own || run.state === null) return false;
    const { taken, next, answer } = answerKey(run.state, this.#answering, key);
    this.#answering = next;
    if (answer) this.#answer(run.summary.runId, answer);
    return taken;
  }

  #answer(runId: string, answer: Answer): void {
    const { requestId } = answer;
    const address = { runId, commandId: newId(), requestId };
    if (answer.type === 'question')
      this.#door.engine.dispatch({ type: 'question.answer', ...address, answer: answer.answer });
    else this.#door.engine.dispatch({ type: 'permission.answer', ...address, ...answer.reply });
  }

  async #do(act: Act): Promise<void> {
    if (act.type === 'leave') this.close();
    const run = 'runId' in act ? this.#seen.find(({ summary }) => summary.runId === act.runId) : undefined;
    try {
      this.#view = { ...this.#view, ...(await perform(act, run, this.#door)) };
    } catch (error) {
      this.note(error instanceof Error ? error.message : String(error));
    }
  }
}
