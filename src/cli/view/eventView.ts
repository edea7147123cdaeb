import type { Output } from '../io.ts';
import type { RunView } from './runView.ts';

/** `--events`: each event as a line of JSON, nothing else. */
export function eventView(out: Output): RunView {
  return {
    accept: (event) => out.write(`${JSON.stringify(event)}\n`),
    say: () => undefined,
    close: () => undefined,
  };
}

/** `--json` alone: nothing until the end. */
export const SILENT_VIEW: RunView = {
  accept: () => undefined,
  say: () => undefined,
  close: () => undefined,
};
