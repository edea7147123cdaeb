import { expect, test } from 'vitest';
import type { SchemaCheck } from './ports.ts';
import { createStructuredOutput } from './structuredOutput.ts';
import type { ToolOutcome } from './tool.ts';

const schema = { type: 'object', properties: { n: { type: 'number' } } };
const check: SchemaCheck = {
  problem: () => null,
  validate: (_schema, value) =>
    typeof value === 'object' && value !== null && 'n' in value && typeof value.n === 'number'
      ? { ok: true }
      : { ok: false, errors: ['/n: must be number'] },
};

async function answersTo(inputs: readonly unknown[], maxAttempts = 3): Promise<readonly ToolOutcome[]> {
  const tool = createStructuredOutput({ schema, check, maxAttempts });
  const outcomes: ToolOutcome[] = [];
  for (const input of inputs) {
    const preparation = await tool.prepare(input);
    if (preparation.kind === 'invalid') throw new Error(preparation.message);
    outcomes.push(await preparation.call.run(new AbortController().signal));
  }
  return outcomes;
}

test.each([
  { name: 'a valid answer is final', inputs: [{ n: 1 }], kinds: ['final'] },
  { name: 'a wrong answer may be corrected', inputs: [{ n: 'x' }, { n: 2 }], kinds: ['error', 'final'] },
  {
    name: 'the last wrong answer gives up',
    inputs: [{}, { n: null }, 'cut', { n: 3 }],
    kinds: ['error', 'error', 'give-up', 'final'],
  },
  {
    name: 'an input that was cut counts',
    inputs: [undefined, undefined, undefined],
    kinds: ['error', 'error', 'give-up'],
  },
])('W21 $name', async ({ inputs, kinds }) => {
  expect((await answersTo(inputs)).map((outcome) => outcome.kind)).toEqual(kinds);
});

test('W21 the model is told what is wrong and how often it may try', async () => {
  const [first, second] = await answersTo([{ n: 'x' }, { n: 'x' }], 2);
  expect(first).toMatchObject({
    message: expect.stringMatching(/attempt 1 of 2[\s\S]*\/n: must be number[\s\S]*again/) as string,
  });
  expect(second).toMatchObject({
    kind: 'give-up',
    message: expect.stringMatching(/2 attempts[\s\S]*\/n: must be number/) as string,
  });
});

test('W21 the tool shows the schema as it was written', () => {
  expect(createStructuredOutput({ schema, check }).spec.inputSchema).toBe(schema);
});
