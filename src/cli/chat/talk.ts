import { newId } from '../../node/ids.ts';
import { answerTo } from '../answerTo.ts';
import { EXIT } from '../commandError.ts';
import type { Io } from '../io.ts';
import type { TalkDoor } from './chatDoor.ts';
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
  screen.replay(past);
  const listening = engine.subscribe(sessionId, (past.at(-1)?.seq ?? 0) + 1, (batch) =>
    batch.forEach((event) => screen.take(event)),
  );
  const streaming = engine.listen(sessionId, (delta) => screen.stream(delta));
  const problems = elsewhere?.onProblem((problem) => screen.print(`· ${problem}`));
  void elsewhere?.over.then((why) => {
    if (why !== '') screen.print(why);
    over.abort();
  });
  const interrupts = onInterrupts(io, door, screen);
  try {
    screen.print(elsewhere ? helloElsewhere(elsewhere.pid) : HELLO);
    const left = await converse(io, door, screen, over.signal);
    return { code: EXIT.completed, left };
  } finally {
    listening.dispose();
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
async function converse(io: Io, door: TalkDoor, screen: Screen, over: AbortSignal): Promise<Talked['left']> {
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

function onInterrupts(io: Io, { engine, sessionId }: TalkDoor, screen: Screen) {
  return io.onInterrupt(() => {
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

function answer({ engine, sessionId: runId }: TalkDoor, question: Question, line: string): void {
  const { requestId } = question;
  const open =
    question.type === 'permission.asked'
      ? ({ kind: 'permission', requestId, text: question.summary } as const)
      : ({ kind: 'question', requestId, text: question.question, choices: question.choices ?? [] } as const);
  engine.dispatch({ ...answerTo(open, line), runId, commandId: newId() });
}
