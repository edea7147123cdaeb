import { newId } from '../../node/ids.ts';
import type { Event } from '../../protocol/messages.ts';
import { EXIT } from '../commandError.ts';
import type { Io } from '../io.ts';
import { manyLines, oneLine } from '../view/cells.ts';
import type { ChatDoor } from './chatDoor.ts';

const HELLO = 'Say what you want; /help lists commands, Ctrl-D leaves. Workflows go on in the background.';

/** A conversation in a terminal, until its person leaves (Ctrl-D, /quit). Runs under way are stopped then, and can be resumed. */
export async function talk(io: Io, { engine, sessionId, say }: ChatDoor): Promise<number> {
  const screen = new Screen(io);
  const listening = engine.subscribe(sessionId, 1, (batch) => batch.forEach((event) => screen.take(event)));
  const streaming = engine.listen(sessionId, (delta) => screen.stream(delta));
  let leaving = false;
  const interrupts = io.onInterrupt(() => {
    if (screen.busy) {
      engine.dispatch({ type: 'session.interrupt', runId: sessionId, commandId: newId() });
      return;
    }
    if (leaving) io.exit(EXIT.interrupted);
    leaving = true;
    screen.print('Ctrl-C again leaves at once, Ctrl-D once all is written.');
    screen.prompt();
  });
  try {
    screen.print(HELLO);
    // Later ones come with the end of what is under way: a person may type at any time.
    screen.prompt();
    for (;;) {
      const line = await io.readLine();
      leaving = false;
      if (line === null || /^\/(quit|exit)$/.test(line.trim())) break;
      if (line.trim() === '') {
        screen.prompt();
        continue;
      }
      const question = screen.open;
      if (question === null) say(line);
      else answer(engine, sessionId, question, line.trim());
    }
    return EXIT.completed;
  } finally {
    listening.dispose();
    streaming.dispose();
    interrupts.dispose();
    io.stdout.write(`\nTo go on with this session: dwf chat --session ${sessionId}\n`);
  }
}

type Question = Extract<Event, { readonly type: 'permission.asked' | 'question.asked' }>;

function answer(engine: ChatDoor['engine'], runId: string, question: Question, line: string): void {
  const { requestId } = question;
  const commandId = newId();
  if (question.type === 'question.asked') {
    const choice = question.choices?.[Number(line) - 1] ?? line;
    engine.dispatch({ type: 'question.answer', runId, commandId, requestId, answer: choice });
    return;
  }
  const allow = /^y(es)?$/i.test(line);
  const reason = /^n(o)?$/i.test(line) || allow ? {} : { reason: line };
  engine.dispatch({ type: 'permission.answer', runId, commandId, requestId, allow, ...reason });
}

/** What the person sees: text as it streams in, and a line for all else. */
class Screen {
  readonly #io: Io;
  /** A turn is under way. */
  busy = false;
  readonly #questions: Question[] = [];
  /** Something of the reply under way is on the screen. */
  #streamed = false;
  /** The line has no end yet. */
  #inLine = false;

  constructor(io: Io) {
    this.#io = io;
  }

  /** What waits for the person's answer. */
  get open(): Question | null {
    return this.#questions[0] ?? null;
  }

  prompt(): void {
    this.#io.stdout.write(this.open === null ? '> ' : '? ');
  }

  print(text: string): void {
    const before = this.#inLine ? '\n' : '';
    this.#io.stdout.write(text === '' ? before : `${before}${manyLines(text)}\n`);
    this.#inLine = false;
  }

  stream(delta: string): void {
    this.#streamed = true;
    this.#inLine = true;
    this.#io.stdout.write(manyLines(delta));
  }

  take(event: Event): void {
    switch (event.type) {
      case 'turn.asked':
        if (event.by !== 'person') this.print(`· ${oneLine(event.text)}`);
        return;
      case 'turn.started':
        this.busy = true;
        return;
      case 'turn.said':
        if (!this.#streamed) this.print(event.text);
        else if (this.#inLine) this.print('');
        this.#streamed = false;
        return;
      case 'turn.ended':
        this.busy = false;
        if (event.end.kind === 'failed') this.print(`That failed: ${event.end.message}`);
        if (event.end.kind === 'interrupted') this.print('Interrupted.');
        this.prompt();
        return;
      case 'session.told':
        this.print(event.text);
        this.prompt();
        return;
      case 'tool.started':
        // What a workflow is stands in the question before it, and in the line once it runs.
        if (event.tool !== 'Workflow') this.print(`· ${event.tool} ${oneLine(event.summary)}`);
        return;
      case 'workflow.launched':
        this.print(`· Workflow ${oneLine(event.title)} runs in the background: dwf show ${event.launchedRunId}`);
        return;
      case 'goal.ended':
        this.print(`· Goal ${event.how === 'met' ? 'met' : event.how}: ${oneLine(event.why)}`);
        return;
      case 'loop.ended':
        this.print(`· Loop ${event.loopId} has ended.`);
        return;
      case 'permission.asked':
        this.#questions.push(event);
        this.print(`${event.tool} asks for permission: ${oneLine(event.summary)}\nAllow it? y, n, or why not`);
        this.prompt();
        return;
      case 'question.asked':
        this.#questions.push(event);
        this.print([event.question, ...(event.choices ?? []).map((each, at) => `  ${at + 1}  ${each}`)].join('\n'));
        this.prompt();
        return;
      case 'permission.answered':
      case 'question.answered':
        this.#drop(event.requestId);
        return;
      case 'logged':
        if (event.level !== 'info') this.print(`· ${oneLine(event.message)}`);
        return;
      default:
    }
  }

  #drop(requestId: string): void {
    const at = this.#questions.findIndex((question) => question.requestId === requestId);
    if (at >= 0) this.#questions.splice(at, 1);
  }
}
