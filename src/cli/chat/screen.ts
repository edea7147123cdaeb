import { launchLines } from '../../projection/launchWords.ts';
import type { Event } from '../../protocol/messages.ts';
import type { Io } from '../io.ts';
import { manyLines, oneLine } from '../view/cells.ts';

export type Question = Extract<Event, { readonly type: 'permission.asked' | 'question.asked' }>;

/** Of what was said before, in turns. */
const TURNS_SHOWN = 20;

/** Of earlier events, those that say how things stand now. */
const STANDING: ReadonlySet<Event['type']> = new Set<Event['type']>([
  'run.started',
  'turn.started',
  'turn.ended',
  'permission.asked',
  'permission.answered',
  'question.asked',
  'question.answered',
]);

/** What the person sees: text as it streams in, and a line for all else. */
export class Screen {
  readonly #io: Io;
  /** A turn is under way. */
  busy = false;
  /** Ctrl-C was pressed where it interrupts nothing. */
  leaving = false;
  /** What has been is shown: nothing of it waits for the person. */
  #replaying = false;
  /** Typed here, and not told yet as asked. */
  readonly #typed: string[] = [];
  readonly #questions: Question[] = [];
  /** Something of the reply under way is on the screen. */
  #streamed = false;
  /** The line has no end yet. */
  #inLine = false;
  /** What would have been written while something else has the terminal; null: nothing has. */
  #held: string | null = null;

  constructor(io: Io) {
    this.#io = io;
  }

  /** What waits for the person's answer. */
  get open(): Question | null {
    return this.#questions[0] ?? null;
  }

  /** While something else has the terminal nothing is written; all of it comes after that. Never rejects. */
  async aside(body: () => Promise<void>): Promise<void> {
    this.#held = '';
    const problem = await body().then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    const held = this.#held;
    this.#held = null;
    this.#write(held);
    if (problem !== null) this.print(problem);
  }

  /** Shows the script of the launch that is asked about, when that is what a line asks for. */
  showsScript(line: string): boolean {
    const { open } = this;
    if (open?.type !== 'permission.asked' || !open.launch || !/^s(cript)?$/i.test(line.trim())) return false;
    this.print(open.launch.script);
    return true;
  }

  /** Shows what was said before, the last turns of it, and what still waits for an answer. */
  replay(past: readonly Event[]): void {
    const turns = past.flatMap((event, at) => (event.type === 'turn.asked' ? [at] : []));
    const from = turns.at(-TURNS_SHOWN) ?? 0;
    if (turns.length > TURNS_SHOWN) this.print(`· ${turns.length - TURNS_SHOWN} earlier turns are not shown.`);
    this.#replaying = true;
    past.forEach((event, at) => {
      if (at >= from || STANDING.has(event.type)) this.take(event);
    });
    this.#replaying = false;
    for (const question of this.#questions) this.#ask(question);
  }

  /** A person said it here: it needs no showing when it is told. */
  typed(line: string): void {
    this.#typed.push(line.trim());
  }

  prompt(): void {
    if (this.#replaying) return;
    this.#write(this.open === null ? '> ' : '? ');
  }

  print(text: string): void {
    const before = this.#inLine ? '\n' : '';
    this.#write(text === '' ? before : `${before}${manyLines(text)}\n`);
    this.#inLine = false;
  }

  stream(delta: string): void {
    this.#streamed = true;
    this.#inLine = true;
    this.#write(manyLines(delta));
  }

  take(event: Event): void {
    switch (event.type) {
      case 'turn.asked':
        if (event.by !== 'person') this.print(`· ${oneLine(event.text)}`);
        else if (!this.#wasTyped(event.text)) this.print(`> ${event.text}`);
        return;
      case 'run.started':
        // What an earlier opening left under way ended with it.
        this.busy = false;
        this.#questions.length = 0;
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
        this.print(`· Workflow ${oneLine(event.title)} runs in the background: /workflows shows it live`);
        return;
      case 'goal.ended':
        this.print(`· Goal ${event.how === 'met' ? 'met' : event.how}: ${oneLine(event.why)}`);
        return;
      case 'loop.ended':
        this.print(`· Loop ${event.loopId} has ended.`);
        return;
      case 'permission.asked':
      case 'question.asked':
        this.#questions.push(event);
        if (!this.#replaying) this.#ask(event);
        return;
      case 'permission.answered':
      case 'question.answered':
        this.#drop(event.requestId);
        return;
      case 'logged':
        if (!this.#replaying && event.level !== 'info') this.print(`· ${oneLine(event.message)}`);
        return;
      default:
    }
  }

  #write(text: string): void {
    if (this.#held === null) this.#io.stdout.write(text);
    else this.#held += text;
  }

  #ask(question: Question): void {
    if (question.type === 'permission.asked') this.print(permissionText(question));
    else {
      const choices = (question.choices ?? []).map((each, at) => `  ${at + 1}  ${each}`);
      this.print([question.question, ...choices].join('\n'));
    }
    this.prompt();
  }

  #wasTyped(text: string): boolean {
    const at = this.#typed.indexOf(text.trim());
    if (at >= 0) this.#typed.splice(at, 1);
    return at >= 0;
  }

  #drop(requestId: string): void {
    const at = this.#questions.findIndex((question) => question.requestId === requestId);
    if (at >= 0) this.#questions.splice(at, 1);
  }
}

function permissionText({ tool, summary, launch }: Extract<Question, { readonly type: 'permission.asked' }>): string {
  if (!launch) return `${tool} asks for permission: ${oneLine(summary)}\nAllow it? y, n, or why not`;
  return [...launchLines(launch).map(oneLine), 'Start it? y, n, s shows its script, or why not'].join('\n');
}
