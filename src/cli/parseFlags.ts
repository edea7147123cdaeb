import { parseArgs, type ParseArgsConfig } from 'node:util';
import { headline } from '../base/text.ts';
import { CommandError } from './commandError.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/** Node's own `parseArgs`, strict, with `--simulate` (and any other of `optionalJson`) taking a value only when a `.json` follows. */
export function parseFlags<O extends Options>(
  command: string,
  argv: readonly string[],
  options: O,
  optionalJson: readonly string[] = [],
) {
  try {
    return parseArgs({ args: withOptionalValues(argv, optionalJson), options, allowPositionals: true, strict: true });
  } catch (error) {
    const message = error instanceof Error ? headline(error.message, 200) : String(error);
    throw new CommandError(`${firstSentence(message)} See: dwf ${command} --help`);
  }
}

/** `--simulate rules.json` becomes `--simulate=rules.json`, any other `--simulate` an empty value. */
function withOptionalValues(argv: readonly string[], names: readonly string[]): string[] {
  const out: string[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const arg = argv[index] ?? '';
    if (arg === '--') return [...out, ...argv.slice(index)];
    if (!names.some((name) => arg === `--${name}`)) {
      out.push(arg);
      continue;
    }
    const next = argv[index + 1];
    const takes = next !== undefined && next.endsWith('.json') && !next.startsWith('-');
    out.push(`${arg}=${takes ? next : ''}`);
    if (takes) index += 1;
  }
  return out;
}

function firstSentence(message: string): string {
  return /^.*?[^.]\.(?=\s|$)/.exec(message)?.[0] ?? `${message}.`;
}

/** A whole number of at least `min`; undefined when the flag is absent. */
export function wholeNumber(flag: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new CommandError(`--${flag} is a whole number from ${min} to ${max}, not "${text}".`);
}

/** One of a fixed set of words. */
export function oneOf<T extends string>(flag: string, text: string | undefined, words: readonly T[]): T | undefined {
  if (text === undefined) return undefined;
  const word = words.find((candidate) => candidate === text);
  if (word !== undefined) return word;
  throw new CommandError(`--${flag} is one of ${words.join(', ')}, not "${text}".`);
}
