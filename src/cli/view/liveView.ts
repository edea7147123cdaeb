import { showUnseen } from '../../base/text.ts';
import { agentOf } from '../../projection/agentTable.ts';
import type { RunState } from '../../projection/state.ts';
import type { Event } from '../../protocol/messages.ts';
import type { Io } from '../io.ts';
import type { Line, Paint } from './cells.ts';
import { cells, manyLines, oneLine, renderLine } from './cells.ts';
import { frame } from './frame.ts';
import { notableLine } from './notableLine.ts';
import { pressKey, type PermissionReply, type PermissionStep } from './permissionKeys.ts';
import type { RunView } from './runView.ts';
import { typeKey } from './typedAnswer.ts';

const FRAME_MS = 100;

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
/** Terminals that know it show what is between the two in one go; the others ignore it. */
const BEGIN_UPDATE = '\u001b[?2026h';
const END_UPDATE = '\u001b[?2026l';
const CLEAR_LINE_END = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

export interface LiveViewOptions {
  readonly io: Io;
  readonly paint: Paint;
  readonly simulated: boolean;
  readonly now: () => number;
  /** A person has asked the run to stop. */
  readonly stopping: () => boolean;
  /** The person's answer to the question that is shown. */
  readonly onAnswer: (requestId: string, reply: PermissionReply) => void;
  /** The person's answer to what the script asks. */
  readonly onReply: (requestId: string, answer: string) => void;
}

/** A few lines that are redrawn in place; what is worth keeping scrolls away above them. */
export function liveView(options: LiveViewOptions): RunView {
  return new LiveView(options);
}

class LiveView implements RunView {
  readonly #options: LiveViewOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #onExit;
  #state: RunState | null = null;
  #above: Line[] = [];
  #drawn: readonly string[] = [];
  #keys: { dispose(): void } | null = null;
  #typed = '';
  #step: PermissionStep | null = null;
  #closed = false;

  constructor(options: LiveViewOptions) {
    this.#options = options;
    options.io.stdout.write(HIDE_CURSOR);
    this.#onExit = options.io.onExit(() => this.close());
    this.#timer = setInterval(() => this.#draw(), FRAME_MS);
  }

  accept(event: Parameters<RunView['accept']>[0], state: RunState): void {
    this.#state = state;
    const notable = notableLine(event, state);
    if (notable?.lasting === true && event.type !== 'permission.asked') this.#above.push(notable.line);
    if (event.type === 'permission.asked') this.#sayWhole(event, state);
    if (event.type === 'question.answered') this.#typed = '';
    this.#listen(state);
  }

  /** Nobody allows what cannot be read to its end: what has no room in a line of the frame stands above it in full. */
  #sayWhole({ agentId, tool, summary }: Extract<Event, { type: 'permission.asked' }>, state: RunState): void {
    const who = oneLine(agentOf(state.agents, agentId)?.label ?? agentId);
    const room = this.#options.io.stdout.size().columns - 1;
    if (!summary.includes('\n') && cells(`? ${who} asks to use ${tool}: ${summary}`) <= room) return;
    this.#above.push([{ text: `${who} asks to use ${tool}:`, look: 'warn' }]);
    for (const line of manyLines(showUnseen(summary)).split('\n')) this.#above.push([{ text: `  ${line}` }]);
  }

  say(text: string): void {
    this.#above.push([{ text: oneLine(text) }]);
    this.#draw();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#keys?.dispose();
    this.#onExit.dispose();
    // What scrolls stays; the redrawn part goes, since the report says the same for good.
    this.#write(this.#takeAbove(), []);
    this.#options.io.stdout.write(SHOW_CURSOR);
  }

  #draw(): void {
    const { io, paint, simulated, now, stopping } = this.#options;
    const { columns, rows } = io.stdout.size();
    if (this.#state === null || this.#closed) return;
    const lines = frame(this.#state, {
      now: now(),
      rows,
      columns,
      simulated,
      stopping: stopping(),
      typed: this.#typed,
      step: this.#step,
    });
    const drawn = lines.slice(0, Math.max(1, rows - 1)).map((line) => renderLine(line, columns - 1, paint));
    const above = this.#takeAbove();
    if (above.length === 0 && sameLines(drawn, this.#drawn)) return;
    this.#write(above, drawn);
  }

  #takeAbove(): readonly string[] {
    return this.#above.splice(0).map((line) => renderLine(line, Infinity, this.#options.paint));
  }

  /** Over the lines drawn last: first what stays, then what will be drawn over next time. */
  #write(above: readonly string[], drawn: readonly string[]): void {
    const back = this.#drawn.length === 0 ? '' : `\u001b[${this.#drawn.length}A`;
    const text = [...above, ...drawn].map((line) => `${line}${CLEAR_LINE_END}\n`).join('');
    this.#options.io.stdout.write(`${BEGIN_UPDATE}${back}\r${text}${CLEAR_BELOW}${END_UPDATE}`);
    this.#drawn = drawn;
  }

  /** Keys are read only while a question is open: at all other times Ctrl-C and the rest are the terminal's. */
  #listen(state: RunState): void {
    const open = state.questions.length + state.asked.length;
    if (open > 0 && this.#keys === null) {
      this.#keys = this.#options.io.onKey((key) => this.#answer(key));
    } else if (open === 0 && this.#keys !== null) {
      this.#keys.dispose();
      this.#keys = null;
    }
  }

  #answer(key: string): void {
    const question = this.#state?.questions[0];
    const asked = this.#state?.asked[0];
    if (question) {
      const next = pressKey(question, this.#step, key);
      this.#step = 'step' in next ? next.step : null;
      if ('reply' in next) this.#options.onAnswer(question.requestId, next.reply);
    } else if (asked) {
      const next = typeKey(asked, this.#typed, key);
      if ('answer' in next) this.#options.onReply(asked.requestId, next.answer);
      this.#typed = 'typed' in next ? next.typed : '';
    }
  }
}

function sameLines(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, index) => line === b[index]);
}
