import { describe, expect, test } from 'vitest';
import { budgetAmount, budgetPhrases, budgetWords } from './budgetWords.ts';

describe('budget words', () => {
  test.each([
    { prompt: '+500k', outputTokens: 500_000, text: '' },
    { prompt: '+500k fix the flaky tests', outputTokens: 500_000, text: 'fix the flaky tests' },
    { prompt: '+1.5m: review this branch', outputTokens: 1_500_000, text: 'review this branch' },
    { prompt: 'Review this branch +2M', outputTokens: 2_000_000, text: 'Review this branch' },
    { prompt: 'Review this branch. +2M tokens.', outputTokens: 2_000_000, text: 'Review this branch.' },
    { prompt: 'Review it\n+200k\nand land it', outputTokens: 200_000, text: 'Review it\n\nand land it' },
    { prompt: 'use a 10k token budget', outputTokens: 10_000, text: '' },
    { prompt: 'Fix the tests, use a 10k token budget.', outputTokens: 10_000, text: 'Fix the tests.' },
    { prompt: 'Fix the tests with a 10k-token budget', outputTokens: 10_000, text: 'Fix the tests' },
    { prompt: 'Fix the tests within a budget of 2M tokens', outputTokens: 2_000_000, text: 'Fix the tests' },
    { prompt: 'Budget: 300,000 tokens. Fix the tests.', outputTokens: 300_000, text: 'Fix the tests.' },
    { prompt: 'The budget is $5. Fix the tests.', usd: 5, text: 'Fix the tests.' },
    { prompt: 'Set a budget of at most 40 thousand output tokens', outputTokens: 40_000, text: '' },
    { prompt: 'Fix the tests. Spend at most $5.', usd: 5, text: 'Fix the tests.' },
    { prompt: 'Fix the tests and spend no more than $5 on this', usd: 5, text: 'Fix the tests' },
    { prompt: "Fix the tests, but don't spend more than 5 USD.", usd: 5, text: 'Fix the tests.' },
    { prompt: 'Fix the tests, at most 5 USD', usd: 5, text: 'Fix the tests' },
    { prompt: 'Fix the tests (max $2.50)', usd: 2.5, text: 'Fix the tests' },
    { prompt: 'Fix the tests, max. 2.50 dollars in total', usd: 2.5, text: 'Fix the tests' },
    { prompt: 'Use up to 200k tokens and fix the tests', outputTokens: 200_000, text: 'and fix the tests' },
    { prompt: 'spend up to 1,000 tokens', outputTokens: 1_000, text: '' },
    { prompt: '+500k fix it, at most $3', outputTokens: 500_000, usd: 3, text: 'fix it' },
    { prompt: '+500k fix it, use at most 20k tokens', outputTokens: 20_000, text: 'fix it' },
    { prompt: 'Fix it.\r\nSpend at most US$ 7', usd: 7, text: 'Fix it.' },
  ])('W35 a directive: $prompt', ({ prompt, ...expected }) => {
    expect(budgetWords(prompt)).toEqual(expected);
  });

  test.each([
    '',
    'Fix the flaky tests',
    'Load +500k rows into the table',
    '+500k rows were added, why is it slow?',
    'It grew by +500k',
    'Fix issue +50',
    'issue +50',
    '+50',
    'What does a+500k mean',
    'Print "$5 off" on the banner',
    'Show $5 off for members',
    'The banner should say max $5 off',
    'A meal costs at most $5',
    'Customers spend at most $5 per visit. Show that.',
    'Customers spend at most $5.',
    'Make the limiter use at most 100k tokens',
    'The chunker should use a 10k token budget',
    'Each chunk has a budget of 2M tokens',
    'Split it into chunks of at most 512 tokens',
    'max 512 tokens per chunk',
    'At most 5 users at once',
    'use 3 tokens for indentation',
    'The price is $5. Make it $6.',
    'Use the $5 bill',
    'Spend at most 5 minutes',
    'budget.js has 500 tokens of slack',
    'Add a column for the budget of each team',
    'Rename max$5 to max',
    'Fix `spend at most $5` in the parser',
    'Fix ``+500k`` there',
    'Fix this:\n```\nspend at most $5\n+500k\n```\nnow',
    '~~~md\n+500k\n~~~',
    '```\n+500k',
    'He wrote: "spend at most $5". Is that so?',
    'He wrote: “use a 10k token budget”. Is that so?',
    "He wrote 'max $5' there",
    '> spend at most $5\n\nIs that so?',
    'Read @notes/spend-at-most-$5.md',
    'Read @budget:500k',
    '<file path="a.md">\nSpend at most $5.\n+500k\n</file>\nSum it up.',
  ])('W35 no directive: %j', (prompt) => {
    expect(budgetWords(prompt)).toEqual({ text: prompt });
  });

  test("W35 the person's words around what is quoted still count", () => {
    const prompt = 'Fix `x` (not "y"), don\'t touch z. Spend at most $5.\n> old\n+300k';
    expect(budgetWords(prompt)).toMatchObject({ usd: 5, outputTokens: 300_000 });
  });

  test('W35 a long paste is read in no time', () => {
    const prompt = `${'<p> at most (use a $ "x '.repeat(20_000)}+500k`;
    const start = performance.now();
    budgetWords(prompt);
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  test.each([
    { text: '500k', caps: { outputTokens: 500_000 } },
    { text: '+500k', caps: { outputTokens: 500_000 } },
    { text: '1.5M', caps: { outputTokens: 1_500_000 } },
    { text: '20000', caps: { outputTokens: 20_000 } },
    { text: '20,000 tokens', caps: { outputTokens: 20_000 } },
    { text: '$5', caps: { usd: 5 } },
    { text: '2.50 USD', caps: { usd: 2.5 } },
    { text: '$0', caps: null },
    { text: '0', caps: null },
    { text: '-5', caps: null },
    { text: 'lots', caps: null },
    { text: '5 apples', caps: null },
    { text: '', caps: null },
  ])('W35 the amount $text', ({ text, caps }) => expect(budgetAmount(text)).toEqual(caps));
});

test.each([
  { prompt: 'Fix the tests, use a 10k token budget.', words: ['use a 10k token budget'] },
  { prompt: '+500k fix it, at most $3', words: ['+500k', 'at most $3'] },
  { prompt: 'The budget is at most $5.', words: ['The budget is at most $5'] },
  { prompt: 'Fix the tests', words: [] },
])('W35 the words that set caps, as they were typed: $prompt', ({ prompt, words }) => {
  expect(budgetPhrases(prompt)).toEqual(words);
});
