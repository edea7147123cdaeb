/** What a key means in the view of runs. As in the editor's graph: arrows, Home and End move, Enter opens, Escape closes. */
export type KeyName =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'home'
  | 'end'
  | 'pageUp'
  | 'pageDown'
  | 'open'
  | 'back'
  | 'pause'
  | 'stop'
  | 'resume'
  | 'help';

const ESC = '\u001b';

const KEYS: Readonly<Record<KeyName, readonly string[]>> = {
  up: [`${ESC}[A`, `${ESC}OA`, 'k'],
  down: [`${ESC}[B`, `${ESC}OB`, 'j'],
  right: [`${ESC}[C`, `${ESC}OC`, 'l'],
  left: [`${ESC}[D`, `${ESC}OD`, 'h'],
  home: [`${ESC}[H`, `${ESC}OH`, `${ESC}[1~`, `${ESC}[7~`, 'g'],
  end: [`${ESC}[F`, `${ESC}OF`, `${ESC}[4~`, `${ESC}[8~`, 'G'],
  pageUp: [`${ESC}[5~`],
  pageDown: [`${ESC}[6~`],
  open: ['\r', '\n', ' '],
  back: [ESC, 'q', '\u007f'],
  pause: ['p'],
  stop: ['x', 's'],
  resume: ['r'],
  help: ['?'],
};

const NAMES: ReadonlyMap<string, KeyName> = new Map(
  (Object.keys(KEYS) as KeyName[]).flatMap((name) => KEYS[name].map((key) => [key, name] as const)),
);

/** Null for a key that means nothing. */
export function keyName(key: string): KeyName | null {
  return NAMES.get(key) ?? null;
}

export const KEY_HELP: readonly (readonly [keys: string, what: string])[] = [
  ['↑ ↓ or k j', 'move, scroll; Home and End, PageUp and PageDown'],
  ['← → or h l', 'in a run: the phase before, the next one'],
  ['Enter', 'open a run, then an agent: what it was asked and what it answered'],
  ['Esc or q', 'back; from the list: back to the session'],
  ['p', 'pause the run, or let it go on'],
  ['x or s', 'stop the run, after a question; on the page of an agent: that agent'],
  ['r', 'resume a run that has stopped, failed or was interrupted'],
  ['y n r a d', 'answer what an agent asks to use, on the page of its run'],
  ['?', 'these keys'],
];
