import type { Output } from '../io.ts';
import { PLAIN, renderLine } from './cells.ts';
import { notableLine } from './notableLine.ts';
import type { RunView } from './runView.ts';

/** For files, pipes and logs: a line an event worth one, with the time since the start. */
export function plainView(out: Output): RunView {
  return {
    accept: (event, state) => {
      const notable = notableLine(event, state);
      if (notable === null) return;
      out.write(`${clockTime(event.at - state.attemptStartedAt)} ${renderLine(notable.line, Infinity, PLAIN)}\n`);
    },
    say: (text) => out.write(`${text}\n`),
    close: () => undefined,
  };
}

/** `00:07`, `75:00`. */
function clockTime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return [Math.floor(seconds / 60), seconds % 60].map((part) => String(part).padStart(2, '0')).join(':');
}
