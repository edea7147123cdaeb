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
  const message = messageOf(error);
  const frames = scriptFrames(error.stack)
    .slice(0, MAX_FRAMES)
    .map(({ name, place }) => (name === null ? `    at ${place}` : `    at ${name} (${place})`));
  return { name: error.name, message, stack: [`${error.name}: ${message}`, ...frames].join('\n') };
}

/** One line: `TypeError: x is not a function (fix.js:12:5)`. */
export function describeError(error: GuestError): string {
  const message = messageOf(error);
  const what = error.name === 'Error' ? message : `${error.name}: ${message}`;
  const place = scriptFrames(error.stack)[0]?.place;
  return place === undefined ? what : `${what} (${place})`;
}

/** Where the compiler stopped and why: `3:5: unexpected token in expression: ';'`. */
export function describeCompileError(error: GuestError): string {
  const frame = scriptFrames(error.stack)[0];
  return frame ? `${frame.line}:${frame.column}: ${error.message}` : error.message;
}

function messageOf(error: GuestError): string {
  return error.name === 'ReferenceError' ? absentAdvice(error.message) : error.message;
}

interface Frame {
  readonly name: string | null;
  readonly line: number;
  readonly column: number;
  /** `file:line:column`. */
  readonly place: string;
}

/** The frames of the script, with the columns they have in the file; those of the guest and of the engine are left out. */
function scriptFrames(stack: string): readonly Frame[] {
  return stack.split('\n').flatMap((text) => {
    const named = /^\s*at (.*?) \((.+):(\d+):(\d+)\)$/.exec(text);
    const found = named ?? /^\s*at ()(.+):(\d+):(\d+)$/.exec(text);
    if (!found) return [];
    const [, name = '', file = '', row, first] = found;
    if (file === GUEST_FILE || file === PARSED_TEXT) return [];
    const line = Number(row);
    const column = line === 1 ? Math.max(1, Number(first) - FIRST_LINE_SHIFT) : Number(first);
    return [{ name: NAMELESS.has(name) ? null : name, line, column, place: `${file}:${line}:${column}` }];
  });
}

/** How the engine calls the text that JSON.parse was given. */
const PARSED_TEXT = '<input>';

const NAMELESS: ReadonlySet<string> = new Set(['', '<anonymous>', '<eval>']);
