import { absentAdvice } from './absent.ts';
import { FIRST_LINE_SHIFT, GUEST_FILE } from './guestSource.ts';
import type { GuestError } from './messages.ts';

export interface ScriptError {
  readonly name: string;
  readonly message: string;
  /** `Name: message`, then frames of the script's files only, as `file:line:column`. */
  readonly stack: string;
}

/** A recursion without end has hundreds, all the same. */
const MAX_FRAMES = 10;

/** An error as the script's author should see it. */
export function scriptError(error: GuestError): ScriptError {
  const message = error.name === 'ReferenceError' ? absentAdvice(error.message) : error.message;
  const frames = error.stack.split('\n').flatMap(scriptFrame).slice(0, MAX_FRAMES);
  return { name: error.name, message, stack: [`${error.name}: ${message}`, ...frames].join('\n') };
}

/** One line: `TypeError: x is not a function (fix.js:12:5)`. */
export function describeError(error: GuestError): string {
  const { name, message, stack } = scriptError(error);
  const place = /\n {4}at (?:.* \()?([^()\n]+:\d+:\d+)\)?/.exec(stack)?.[1];
  const what = name === 'Error' ? message : `${name}: ${message}`;
  return place === undefined ? what : `${what} (${place})`;
}

/** A frame of the script, with the column it has in the file; nothing for frames of the guest or of the engine. */
function scriptFrame(line: string): readonly string[] {
  const frame = /^\s*at (?:(.*) \()?(.+):(\d+):(\d+)\)?$/.exec(line);
  if (!frame) return [];
  const [, name, file = '', row = '', column = ''] = frame;
  if (file === GUEST_FILE) return [];
  const place = `${file}:${row}:${row === '1' ? Math.max(1, Number(column) - FIRST_LINE_SHIFT) : column}`;
  return [
    name === undefined || name === '<anonymous>' || name === '<eval>' ? `    at ${place}` : `    at ${name} (${place})`,
  ];
}
