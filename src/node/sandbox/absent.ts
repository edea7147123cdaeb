import { ABSENT } from '../../workflow/script/api/absent.ts';

/** The engine's message for an unknown name, with the way to do without where we know one (W07). */
export function absentAdvice(message: string): string {
  const name = /^'([\w$]+)' is not defined$/.exec(message)?.[1];
  if (name === undefined) return message;
  const advice = Object.hasOwn(ABSENT, name) ? ABSENT[name] : undefined;
  return advice === undefined ? `${name} is not defined: check its spelling.` : `${name} is not available: ${advice}.`;
}
