import type { Disposable } from '../../base/disposable.ts';
import type { Io } from '../io.ts';
import { renderLine, type Line, type Paint } from '../view/cells.ts';

const ESC = '\u001b';
/** A screen of its own: what was there comes back with the end of it. */
const OPEN = `${ESC}[?1049h${ESC}[?25l`;
const CLOSE = `${ESC}[?25h${ESC}[?1049l`;
const CLEAR = `${ESC}[2J`;
/** Terminals that know it show what is between the two in one go; the others ignore it. */
const BEGIN_UPDATE = `${ESC}[?2026h`;
const END_UPDATE = `${ESC}[?2026l`;

/** The whole terminal, until it is disposed; then it is as it was, also when the process ends meanwhile. */
export class FullScreen implements Disposable {
  readonly #io: Io;
  readonly #paint: Paint;
  readonly #onExit: Disposable;
  #drawn: readonly string[] = [];
  #size = '';
  #open = true;

  constructor(io: Io, paint: Paint) {
    this.#io = io;
    this.#paint = paint;
    io.stdout.write(OPEN);
    this.#onExit = io.onExit(() => this.dispose());
  }

  /** Writes the rows that have changed, and nothing when none has; all of them after a change of size. */
  draw(lines: readonly Line[]): void {
    if (!this.#open) return;
    const { columns, rows } = this.#io.stdout.size();
    const size = `${columns}×${rows}`;
    const anew = size !== this.#size;
    const before = anew ? [] : this.#drawn;
    // The last column stays free: some terminals wrap as soon as it is written.
    const drawn = lines.slice(0, rows).map((line) => renderLine(line, Math.max(1, columns - 1), this.#paint));
    const height = Math.max(drawn.length, before.length);
    const changed = Array.from({ length: height }, (_, row) => {
      const text = drawn[row] ?? '';
      return text === (before[row] ?? '') ? '' : `${ESC}[${row + 1};1H${text}${ESC}[K`;
    }).join('');
    [this.#size, this.#drawn] = [size, drawn];
    if (changed === '' && !anew) return;
    this.#io.stdout.write(`${BEGIN_UPDATE}${anew ? CLEAR : ''}${changed}${END_UPDATE}`);
  }

  dispose(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#onExit.dispose();
    this.#io.stdout.write(CLOSE);
  }
}
