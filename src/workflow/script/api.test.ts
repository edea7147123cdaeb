import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { OPTION_SHAPES } from '../agentOptions.ts';
import { optionsOf, SCRIPT_API } from './api.ts';
import type { Kind } from './api/description.ts';
import { checkScript } from './checkScript.ts';

/** What of each kind an option takes and what it refuses; anything may be left undefined. */
function samples(kind: Kind): { readonly taken: readonly unknown[]; readonly refused: readonly unknown[] } {
  switch (kind.kind) {
    case 'text':
      return { taken: ['x', ...(kind.filled ? [] : [''])], refused: [1, null, [], ...(kind.filled ? [''] : [])] };
    case 'count':
      return {
        taken: [1, kind.max ?? 1e6],
        refused: [0, -1, 1.5, '1', ...(kind.max === undefined ? [] : [kind.max + 1])],
      };
    case 'oneOf':
      return { taken: kind.values, refused: ['other', 1, true] };
    case 'texts':
      return { taken: [['x'], ...(kind.filled ? [] : [[]])], refused: ['x', [1], ...(kind.filled ? [[]] : [])] };
    case 'schema':
      return { taken: [{ type: 'object' }], refused: ['object', [], null] };
    case 'flag':
      return { taken: [true, false], refused: ['true', 1] };
    case 'typed':
      return { taken: [], refused: [] };
  }
}

describe.each(Object.entries(OPTION_SHAPES))('W28 the described options of %s()', (call, shape) => {
  const described = optionsOf(call)?.list ?? [];

  test('are those that it knows', () => {
    expect(described.map(({ name }) => name).sort()).toEqual(Object.keys(shape).sort());
  });

  test.each(described.map(({ name, holds }) => ({ name, holds })))('take what they say: $name', ({ name, holds }) => {
    const schema: z.ZodType | undefined = new Map<string, z.ZodType>(Object.entries(shape)).get(name);
    const { taken, refused } = samples(holds);
    const accepts = (value: unknown): boolean => schema?.safeParse(value).success === true;
    expect([undefined, ...taken].filter((value) => !accepts(value))).toEqual([]);
    expect(refused.filter(accepts)).toEqual([]);
  });
});

test('every example is a script', () => {
  const broken = SCRIPT_API.flatMap(({ name, examples = [] }) =>
    examples
      .filter((code) => !checkScript(`export const meta = { name: 'n', description: 'd' };\n${code}`, 'a.js').ok)
      .map(() => name),
  );
  expect(broken).toEqual([]);
});
