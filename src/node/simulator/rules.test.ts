import { describe, expect, test } from 'vitest';
import { ruleBrain } from './ruleBrain.ts';
import { parseRules, type Condition, type Rule } from './rules.ts';
import { STRUCTURED_OUTPUT, type Reply } from './reply.ts';
import { parseRequest, type ApiMessage } from './request.ts';
import { firstOf } from './brain.ts';
import { RequestView } from './view.ts';

const FIRST: readonly ApiMessage[] = [{ role: 'user', content: 'Fix src/money.js and src/date.js\nplease' }];
const LATER: readonly ApiMessage[] = [
  ...FIRST,
  { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'Bash', input: {} }] },
  {
    role: 'user',
    content: [
      { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: '3 tests failed' }], is_error: true },
      { type: 'text', text: 'Go on' },
    ],
  },
];

function view(messages = FIRST, tools: readonly string[] = ['Read', 'MultiEdit']): RequestView {
  const parsed = parseRequest({
    model: 'claude-opus-5-5',
    max_tokens: 10,
    system: [
      { type: 'text', text: 'You fix' },
      { type: 'text', text: 'and test' },
    ],
    messages,
    tools: tools.map((name) => ({ name, input_schema: { type: 'object' } })),
  });
  if (!parsed.ok) throw new Error(parsed.problem);
  return new RequestView(parsed.request, 0);
}

async function answers(
  rules: readonly Rule[],
  views: readonly RequestView[],
): Promise<readonly (string | undefined)[]> {
  const brain = firstOf(rules.map(ruleBrain));
  const replies: (string | undefined)[] = [];
  for (const each of views) replies.push((await brain(each))?.text);
  return replies;
}

test('a view shows the conversation without the API’s shapes', () => {
  const seen = view(LATER, ['Read', STRUCTURED_OUTPUT]);
  expect(seen).toMatchObject({
    system: 'You fix\nand test',
    prompt: 'Fix src/money.js and src/date.js\nplease',
    lastText: 'Go on',
    last: '3 tests failed\nGo on',
    results: [{ id: 'a', name: 'Bash', content: '3 tests failed', isError: true }],
    calls: [{ id: 'a', name: 'Bash', input: {} }],
    turn: 1,
    schema: { type: 'object' },
  });
  expect([view().schema, view().results]).toEqual([undefined, []]);
});

describe('a condition', () => {
  test.each<{ when: Condition; first: boolean; later: boolean }>([
    { when: {}, first: true, later: true },
    { when: { model: 'opus' }, first: true, later: true },
    { when: { model: 'haiku' }, first: false, later: false },
    { when: { system: 'fix\\nand' }, first: true, later: true },
    { when: { prompt: '^Fix .*money' }, first: true, later: true },
    { when: { prompt: '(?i:FIX)' }, first: true, later: true },
    { when: { last: 'tests failed' }, first: false, later: true },
    { when: { last: 'Go on$' }, first: false, later: true },
    { when: { turn: 0 }, first: true, later: false },
    { when: { turn: 1, last: 'money' }, first: false, later: false },
    { when: { tool: 'Read' }, first: true, later: true },
    { when: { tool: 'Edit' }, first: false, later: false },
    { when: { tool: '\\w+Edit' }, first: true, later: true },
    { when: { schema: false }, first: true, later: true },
    { when: { schema: true }, first: false, later: false },
  ])('$when', async ({ when, first, later }) => {
    const rule: Rule = { when, reply: { text: 'yes' } };
    expect(await answers([rule], [view(FIRST), view(LATER)])).toEqual([
      first ? 'yes' : undefined,
      later ? 'yes' : undefined,
    ]);
  });
});

test('the first rule that matches answers; a rule used up leaves it to the next', async () => {
  const rules: readonly Rule[] = [
    { when: { turn: 1 }, reply: { text: 'later' } },
    { times: 2, reply: { text: 'twice' } },
    { reply: { text: 'rest' } },
  ];
  expect(await answers(rules, [view(), view(LATER), view(), view()])).toEqual(['twice', 'later', 'twice', 'rest']);
});

test('a list gives one after the other, and its last one again', async () => {
  const rules: readonly Rule[] = [{ reply: [{ text: 'a' }, { text: 'b' }] }];
  expect(await answers(rules, [view(), view(), view()])).toEqual(['a', 'b', 'b']);
});

describe('templates', () => {
  const when: Condition = { model: '(\\w+)$', prompt: 'src/(?<file>\\w+)\\.js(x)?', last: 'Go' };
  test.each<{ name: string; reply: Reply; filled: Reply }>([
    {
      name: 'groups of the last pattern that has any',
      reply: { text: '{{1}} {{file}} [{{2}}] {{0}}' },
      filled: { text: 'money money [] src/money.js' },
    },
    {
      name: 'the request',
      reply: { text: '{{model}} at turn {{turn}}' },
      filled: { text: 'claude-opus-5-5 at turn 1' },
    },
    { name: 'unknown names stay', reply: { text: '{{nobody}} {{ 1 }}' }, filled: { text: '{{nobody}} {{ 1 }}' } },
    {
      name: 'inside of inputs',
      reply: { tools: [{ name: 'Read', input: { path: 'src/{{1}}.js', deep: [{ n: 1, on: '{{1}}' }] } }] },
      filled: { tools: [{ name: 'Read', input: { path: 'src/money.js', deep: [{ n: 1, on: 'money' }] } }] },
    },
    {
      name: 'data',
      reply: { structured: { file: '{{file}}', ok: true } },
      filled: { structured: { file: 'money', ok: true } },
    },
    {
      name: 'errors',
      reply: { error: { status: 400, message: 'no {{1}}' } },
      filled: { error: { status: 400, message: 'no money' } },
    },
  ])('$name', async ({ reply, filled }) => {
    expect(await ruleBrain({ when, reply })(view(LATER))).toEqual(filled);
  });

  test('a reply without templates stays the same object', async () => {
    const reply: Reply = { text: 'fixed' };
    expect(await ruleBrain({ reply })(view())).toBe(reply);
  });
});

describe('RULES.json', () => {
  test('good rules are taken as they are', () => {
    const rules: readonly Rule[] = [
      {
        when: { prompt: 'a|b', turn: 0, schema: true },
        times: 2,
        reply: { structured: { ok: true }, latencyMs: [1, 2] },
      },
      {
        reply: [
          { text: 'x', deltas: 3, usage: { outputTokens: 5 } },
          { error: { status: 429, retryAfter: 0.5 } },
          { stall: true },
          { cut: 'mid-tool' },
        ],
      },
    ];
    const parsed = parseRules(JSON.stringify(rules));
    if (!parsed.ok) throw new Error(parsed.errors.join('\n'));
    expect(parsed.rules).toMatchObject([{ ...rules[0], reply: [rules[0]?.reply] }, rules[1] ?? {}]);
  });

  test.each<{ name: string; text: string; error: RegExp }>([
    { name: 'no JSON', text: '[{', error: /^the rules are not JSON: / },
    { name: 'no list', text: '{"reply":{}}', error: /^the rules must be a JSON array/ },
    { name: 'no reply', text: '[{"reply":{}},{"when":{}}]', error: /^rule 2: reply/ },
    { name: 'an unknown member', text: '[{"reply":{"txt":"x"}}]', error: /^rule 1: reply: Unrecognized key: "txt"$/ },
    {
      name: 'a wrong type',
      text: '[{"when":{"turn":"one"},"reply":{}}]',
      error: /^rule 1: when\.turn: .*expected number/,
    },
    {
      name: 'in a list of replies',
      text: '[{"reply":[{},{"text":3}]}]',
      error: /^rule 1: reply\.1\.text: .*expected string/,
    },
    {
      name: 'no regular expression',
      text: '[{"when":{"last":"("},"reply":{}}]',
      error: /^rule 1: when\.last: Invalid regular expression/,
    },
    {
      name: 'a range upside down',
      text: '[{"reply":{"latencyMs":[5,1]}}]',
      error: /^rule 1: reply\.latencyMs: min must not exceed max$/,
    },
    {
      name: 'a latency in words',
      text: '[{"reply":{"latencyMs":"slow"}}]',
      error: /^rule 1: reply\.latencyMs: must be milliseconds, or \[min, max\]$/,
    },
    { name: 'a cut nowhere', text: '[{"reply":{"cut":"end"}}]', error: /^rule 1: reply\.cut: .*"mid-text"/ },
    { name: 'an empty list', text: '[{"reply":[]}]', error: /^rule 1: reply: / },
    {
      name: 'a tool without input',
      text: '[{"reply":{"tools":[{"name":"Read"}]}}]',
      error: /^rule 1: reply\.tools\.0\.input: is missing$/,
    },
  ])('$name', ({ text, error }) => {
    const parsed = parseRules(text);
    expect(parsed.ok ? [] : parsed.errors).toEqual([expect.stringMatching(error)]);
  });
});
