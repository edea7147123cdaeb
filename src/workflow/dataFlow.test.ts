import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../protocol/json.ts';
import type { CallGroup } from '../protocol/messages.ts';
import { DataFlow, type NamedSources } from './dataFlow.ts';

const TOKEN = 'The session token is compared with == in verify(), so that a timing attack tells its length.';
const QUERY =
  'listUsers() puts the "name" parameter into its SQL statement without escaping it.\nA quote ends the string.';
const REPORT = {
  file: 'src/auth.js',
  findings: [
    { title: 'Timing attack on session tokens', line: 14, body: TOKEN },
    { title: 'SQL injection in the list of users', line: 88, body: QUERY },
  ],
};

interface Run {
  /** What each agent was asked and what it answered, in the order of finishing. */
  readonly agents: readonly (readonly [id: string, prompt: string, value: Json])[];
  readonly said?: readonly string[];
  readonly prompt: string;
  readonly named?: NamedSources;
  readonly from: readonly string[];
}

function play({ agents, said = [], prompt, named }: Omit<Run, 'from'>): ReturnType<DataFlow['sourcesOf']> {
  const flow = new DataFlow(said);
  for (const [id, asked, value] of agents) {
    flow.sourcesOf(id, asked);
    flow.finished({ id, label: `label of ${id}`, value });
  }
  return flow.sourcesOf('last', prompt, named);
}

const one = (value: Json): Run['agents'] => [['a', 'Read src/auth.js and say what is wrong.', value]];

describe('X09 an answer is found in a prompt', () => {
  test.each<Run & { name: string }>([
    { name: 'as it is', agents: one(TOKEN), prompt: `Doubt this:\n${TOKEN}`, from: ['a'] },
    { name: 'as JSON', agents: one(QUERY), prompt: `Doubt this: ${JSON.stringify([QUERY])}`, from: ['a'] },
    {
      name: 'escaped twice',
      agents: one(QUERY),
      prompt: JSON.stringify({ text: JSON.stringify([QUERY]) }),
      from: ['a'],
    },
    { name: 'pretty-printed', agents: one(REPORT), prompt: JSON.stringify([REPORT], null, 2), from: ['a'] },
    { name: 'a leaf of it', agents: one(REPORT), prompt: `Mend: ${REPORT.findings[0]?.title ?? ''}.`, from: ['a'] },
    { name: 'its head', agents: one(QUERY), prompt: `In short: ${QUERY.slice(0, 60)}…`, from: ['a'] },
    { name: 'one line of it', agents: one(QUERY), prompt: 'Why? A quote ends the string.', from: ['a'] },
    { name: 'in a block quote', agents: one(QUERY), prompt: QUERY.replace(/^/gm, '> '), from: ['a'] },
    {
      name: 'in lower case',
      agents: one('AUTH-SESSION-TOKEN-0042-B'),
      prompt: 'See auth-session-token-0042-b',
      from: ['a'],
    },
    {
      name: 'in Chinese',
      agents: one('会话令牌用双等号比较，因此攻击者可以通过计时推断其长度，应改用恒定时间比较。'),
      prompt: '请核实：会话令牌用双等号比较，因此攻击者可以通过计时推断其长度，应改用恒定时间比较。',
      from: ['a'],
    },
    { name: 'not when it is short', agents: one('It is fine as it is.'), prompt: 'It is fine as it is.', from: [] },
    { name: 'not for some words of it', agents: one(TOKEN), prompt: 'Is the session token compared at all?', from: [] },
    { name: 'not when another said it', agents: one(TOKEN), prompt: QUERY, from: [] },
  ])('$name', ({ from, ...run }) => expect(play(run).from).toEqual(from));

  test('once for each that is in it, in the order of finishing', () => {
    const agents = Array.from(
      { length: 50 },
      (_, i) => [`a${i}`, `Look at ${i}`, `${TOKEN} It is number ${i}.`] as const,
    );
    const prompt = `Sum up:\n${JSON.stringify(agents.map(([, , value]) => value).toReversed())}`;
    expect(play({ agents, prompt }).from).toEqual(agents.map(([id]) => id));
  });

  test('also in what two prompts begin with, and where they part', () => {
    const long = `${TOKEN}\n${QUERY}\n`.repeat(40);
    const flow = new DataFlow();
    const asked = (id: string, prompt: string): readonly string[] => flow.sourcesOf(id, prompt).from;
    flow.finished({ id: 'a', label: 'a', value: TOKEN });
    flow.finished({ id: 'b', label: 'b', value: QUERY });
    expect(asked('1', `${long} first`)).toEqual(['a', 'b']);
    expect(asked('2', `${long} second`)).toEqual(['a', 'b']);
    // Of the same text the later source counts from now on, wherever it stands.
    flow.sourcesOf('c', `Keep one: ${TOKEN} ${QUERY}`);
    flow.finished({ id: 'c', label: 'c', value: TOKEN });
    expect(asked('3', `${long} third`)).toEqual(['b', 'c']);
    const notes = 'Nothing of this was ever answered by an agent. '.repeat(40);
    expect(asked('4', `${notes}${QUERY.slice(0, 20)}`)).toEqual([]);
    expect(asked('5', `${notes}${QUERY}`)).toEqual(['b']);
  });

  test('whatever it says, and however it is quoted', () => {
    const word = fc.stringMatching(/^[a-zA-Z0-9_äöü"'\\/.:-]{1,12}$/);
    const text = fc.array(word, { minLength: 12, maxLength: 60 }).map((words) => words.join(' '));
    const quote = fc.constantFrom<(text: string) => string>(
      (said) => said,
      (said) => JSON.stringify(said),
      (said) => JSON.stringify({ said: JSON.stringify([said]) }),
      (said) => said.replaceAll(' ', '\n'),
      (said) => `> ${said.replaceAll(' ', '\n> ')}`,
      (said) => said.toUpperCase().toLowerCase(),
    );
    const letters = (said: string): number => said.replaceAll(/[^a-z0-9]/gi, '').length;
    fc.assert(
      fc.property(text, quote, (said, quoted) => {
        fc.pre(letters(said) >= 40 && !/\\u/.test(said));
        expect(play({ agents: one(said), prompt: `Here it is: ${quoted(said)} (end)` }).from).toEqual(['a']);
      }),
    );
  });
});

describe('X09 what is no evidence', () => {
  const fine = 'No problems were found in this file.';
  test.each<Run & { name: string }>([
    {
      name: 'the item, which its answer repeats',
      agents: [['a', 'Read src/deep/folder/with/session.ts.', { file: 'src/deep/folder/with/session.ts', ok: true }]],
      prompt: 'Now test src/deep/folder/with/session.ts.',
      from: [],
    },
    {
      name: 'words of the script, which its answer repeats',
      said: ["agent('Name the endpoints that take no token at all.')"],
      agents: one('You asked to name the endpoints that take no token at all. There are none.'),
      prompt: 'Name the endpoints that take no token at all.',
      from: [],
    },
    {
      name: 'what several answered alike, when one of them is told',
      agents: [
        ['a', 'Read 1', fine],
        ['b', 'Read 2', fine],
        ['c', 'Read 3', fine],
      ],
      prompt: `Is this true? ${fine}`,
      from: [],
    },
  ])('$name', ({ from, ...run }) => expect(play(run).from).toEqual(from));

  test.each<Run & { name: string }>([
    {
      name: 'what several answered alike, when all of them are told',
      agents: [
        ['a', 'Read 1', fine],
        ['b', 'Read 2', { file: 2, verdict: fine }],
        ['c', 'Read 3', fine],
      ],
      prompt: `1. ${fine}\n2. ${fine}\n3. ${fine}`,
      from: ['a', 'b', 'c'],
    },
    {
      name: 'a hundred who answered alike',
      agents: Array.from({ length: 100 }, (_, i) => [`a${i}`, `Read ${i}`, { n: i, verdict: fine }] as const),
      prompt: `- ${fine}\n`.repeat(100),
      from: Array.from({ length: 100 }, (_, i) => `a${i}`),
    },
  ])('but: $name', ({ from, ...run }) => expect(play(run).from).toEqual(from));
});

describe('X09 what several answered alike', () => {
  const fine = 'No problems were found in this file.';
  const at = (item: number, stage: number, id = 1): CallGroup => ({ id, kind: 'pipeline', item, stage });
  const flow = new DataFlow();
  for (const [id, group] of Object.entries({ a: at(0, 0), b: at(1, 0), c: at(0, 0, 2), d: undefined })) {
    flow.sourcesOf(id, `Read ${id}`, undefined, group);
    flow.finished({ id, label: id, value: fine, group });
  }
  test.each([
    { name: 'in a pipeline it is of the same item', group: at(1, 1), from: ['b'] },
    { name: 'and of the same pipeline', group: at(0, 1, 2), from: ['c'] },
    { name: 'not of another item', group: at(2, 1), from: [] },
    { name: 'nor of any, outside of one', group: undefined, from: [] },
  ])('$name', ({ group, from }) =>
    expect(flow.sourcesOf('last', `Is it true? ${fine}`, undefined, group).from).toEqual(from),
  );

  test('all of them, where the prompt has it as often as they are', () => {
    const prompt = `1. ${fine}\n2. ${fine}\n3. ${fine}\n4. ${fine}`;
    expect(flow.sourcesOf('all', prompt, undefined, at(1, 1)).from).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('X09 of a value that went through several hands', () => {
  const found = `1. ${TOKEN}\n2. ${QUERY}`;
  test.each<Run & { name: string }>([
    {
      name: 'the last hand counts, if it gave it on as it was',
      agents: [
        ['a', 'Find bugs', { findings: [TOKEN, QUERY] }],
        ['b', `Keep what matters: ${JSON.stringify([TOKEN, QUERY])}`, { kept: [QUERY] }],
      ],
      prompt: `Mend this: ${QUERY}`,
      from: ['b'],
    },
    {
      name: 'the first counts, if a later one only quoted it',
      agents: [
        ['a', 'Find bugs', TOKEN],
        ['b', `Is it true?\n${TOKEN}`, `I doubt it. "${TOKEN}" is what was said, but verify() is never called at all.`],
      ],
      prompt: `Mend this: ${TOKEN}`,
      from: ['a'],
    },
    {
      name: 'the one that has the longer stretch counts',
      agents: [
        ['a', 'Find bugs', found],
        ['b', `Which is worse?\n${found}`, { worst: TOKEN }],
      ],
      prompt: `Report on this:\n${found}`,
      from: ['a'],
    },
  ])('$name', ({ from, ...run }) => expect(play(run).from).toEqual(from));
});

describe('X09 what the script names', () => {
  const yes: Json = { refuted: true };
  const votes = [
    ['a', 'Vote 1', yes],
    ['b', 'Vote 2', { refuted: false }],
    ['c', 'Vote 3', yes],
  ] as const;
  const named = (...values: Json[]): NamedSources => ({ values, calls: values.map(() => null) });
  test.each<{ name: string; named: NamedSources; from: readonly string[]; unknown?: readonly Json[] }>([
    { name: 'labels', named: named('label of b', 'label of a'), from: ['a', 'b'] },
    { name: 'a value', named: named({ refuted: false }), from: ['b'] },
    { name: 'of equal values the newest', named: named(yes), from: ['c'] },
    { name: 'of equal values as many as are named', named: named(yes, yes), from: ['a', 'c'] },
    { name: 'nothing that anybody said', named: named('none'), from: [], unknown: ['none'] },
  ])('$name', ({ named, from, unknown = [] }) =>
    expect(play({ agents: votes, prompt: 'Decide.', named })).toEqual({ from, unknown }),
  );

  test('answers that are known by their calls', () => {
    const flow = new DataFlow();
    votes.forEach(([id, , value], index) => flow.finished({ id, label: id, value, call: index + 1 }));
    const named = { values: [yes, yes], calls: [1, null] };
    expect(flow.sourcesOf('last', 'Decide.', named).from).toEqual(['a', 'c']);
  });

  test('a part of a longer answer', () => {
    const named = { values: [REPORT.findings[1] ?? null], calls: [null] };
    expect(play({ agents: one(REPORT), prompt: 'Decide.', named }).from).toEqual(['a']);
  });
});
