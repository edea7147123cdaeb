import type * as z from 'zod';

const KINDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'an object',
  string: 'a string',
};

/** What is wrong with a value of a script, in plain words; undefined where the schema has its own. */
export function valueWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${KINDS[issue.expected] ?? issue.expected}`;
    case 'too_big':
      return `must have at most ${issue.maximum.toLocaleString('en-US')} ${UNITS[issue.origin] ?? ''}`.trimEnd();
    case 'too_small':
      return issue.origin === 'string' ? 'must not be empty' : `must be more than ${issue.minimum}`;
    default:
      return undefined;
  }
}

const UNITS: Readonly<Record<string, string>> = { array: 'items', string: 'characters' };
