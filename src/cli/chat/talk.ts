import { newId } from '../../node/ids.ts';
import { answerTo } from '../answerTo.ts';
import type { Event } from '../../protocol/messages.ts';
import { EXIT } from '../commandError.ts';
import type { Io } from '../io.ts';
import { showWorkflows, type Showing } from '../workflows/showWorkflows.ts';
import type { TalkDoor } from './chatDoor.ts';
import { LaunchedRuns } from './launchedRuns.ts';
import { Screen, type Question } from './screen.ts';

const HELLO = 'Say what you want; /help lists commands, Ctrl-D leaves. Workflows go on in the background.';

/** How a person left: `detach`: the session is to go on without this terminal. */
export interface Talked {
  readonly code: number;
  readonly left: 'quit' | 'detach';
}

/**
 * A conversation in a terminal, until its person leaves (Ctrl-D, /quit, /detach) or the session is closed by the process
 * that has it. Runs under way in this process are stopped then, and can be resumed.
 */
export async function talk(io: Io, door: TalkDoor): Promise<Talked> {
  const { engine, sessionId, past, elsewhere } = door;
  const screen = new Screen(io);
  const over = new AbortController();
  const runs = new LaunchedRuns(elsewhere ? null : engine, past, (text) => screen.print(text));
  const view = new RunsAside(io, door, screen, runs);
  screen.replay(past);
  const listening = engine.subscribe(sessionId, (past.at(-1)?.seq ?? 0) + 1, (batch) =>
    batch.forEach((event) => {
      runs.take(event);
      screen.take(event);
      view.take(event);
    }),
  );
  const streaming = engine.listen(sessionId, (delta) => screen.stream(delta));
  const problems = elsewhere?.onProblem((problem) => screen.print(`· ${problem}`));
  void elsewhere?.over.then((why) => {
    screen.print(why);
    over.abort();
  });
  const interrupts = onInterrupts(io, door, screen, view);
  try {
    screen.print(elsewhere ? helloElsewhere(elsewhere.pid) : HELLO);
    const left = await converse(io, door, { screen, view }, over.signal);
    return { code: EXIT.completed, left };
  } finally {
    listening.dispose();
    runs.dispose();
    streaming.dispose();
    problems?.dispose();
    interrupts.dispose();
    io.stdout.write(
      elsewhere && !over.signal.aborted
        ? `\nThe session goes on in process ${elsewhere.pid}. To come back: dwf chat --session ${sessionId}\n`
        : `\nTo go on with this session: dwf chat --session ${sessionId}\n`,
    );
  }
}

function helloElsewhere(pid: number): string {
  return `This session is open in process ${pid}, and goes on there whatever you do here: Ctrl-D leaves it alone.`;
}

/** Until the person leaves. */
async function converse(
  io: Io,
  door: TalkDoor,
  { screen, view }: { readonly screen: Screen; readonly view: RunsAside },
  over: AbortSignal,
): Promise<Talked['left']> {
  // Later ones come with the end of what is under way: a person may type at any time.
  screen.prompt();
  for (;;) {
    const line = await io.readLine(over);
    screen.leaving = false;
    if (line === null || /^\/(quit|exit)$/.test(line.trim())) return 'quit';
    if (line.trim() === '/detach') {
      const problem = await door.detachProblem?.();
      if (typeof problem !== 'string') return 'detach';
      screen.print(problem);
      screen.prompt();
      continue;
    }
    if (/^\/workflows$/i.test(line.trim())) {
      await view.show();
      screen.prompt();
      continue;
    }
    if (line.trim() === '') {
      screen.prompt();
      continue;
    }
    const question = screen.open;
    if (question === null) {
      screen.typed(line);
      door.say(line);
    } else if (screen.showsScript(line)) screen.prompt();
    else answer(door, question, line.trim());
  }
}

function onInterrupts(io: Io, { engine, sessionId }: TalkDoor, screen: Screen, view: RunsAside) {
  return io.onInterrupt(() => {
    if (view.close()) return;
    if (screen.busy) {
      engine.dispatch({ type: 'session.interrupt', runId: sessionId, commandId: newId() });
      return;
    }
    if (screen.leaving) io.exit(EXIT.interrupted);
    screen.leaving = true;
    screen.print('Ctrl-C again leaves at once, Ctrl-D once all is written.');
    screen.prompt();
  });
}

/** The view of runs that takes the place of the talk while it is open. */
class RunsAside {
  readonly #open: (onOpen: (showing: Showing) => void) => Promise<void>;
  #showing: Showing | null = null;

  constructor(io: Io, door: TalkDoor, screen: Screen, runs: LaunchedRuns) {
    const options = { door, ofSession: () => runs.folders };
    this.#open = (onOpen) => screen.aside(() => showWorkflows(io, options, onOpen));
  }

  async show(): Promise<void> {
    await this.#open((showing) => (this.#showing = showing));
    this.#showing = null;
  }

  /** False when it is not open. */
  close(): boolean {
    this.#showing?.close();
    return this.#showing !== null;
  }

  take(event: Event): void {
    if (event.type === 'session.told') this.#showing?.note(event.text);
  }
}

function answer({ engine, sessionId: runId }: TalkDoor, question: Question, line: string): void {
  const { requestId } = question;
  const open =
    question.type === 'permission.asked'
      ? ({ kind: 'permission', requestId, text: question.summary } as const)
      : ({ kind: 'question', requestId, text: question.question, choices: question.choices ?? [] } as const);
  engine.dispatch({ ...answerTo(open, line), runId, commandId: newId() });
}
