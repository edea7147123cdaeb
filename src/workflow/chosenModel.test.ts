import { expect, test } from 'vitest';
import { EFFORTS, capabilitiesOf, type Effort } from '../protocol/capabilities.ts';
import { chosenModel, type Chosen } from './chosenModel.ts';
import type { ModelNames } from './modelNames.ts';

const { signal } = new AbortController();
const SESSION = 'claude-sonnet-5-5';

const names: ModelNames = {
  idOf: (name) => ({ haiku: 'claude-haiku-4-5', 'gpt-4': 'local/qwen3' })[name] ?? name,
  missing: async (id) => (id.startsWith('gone') ? `The provider has no model ${id}.` : null),
  capabilities: (id) => capabilitiesOf(id),
};

test.each<{ name: string; model?: string; effort?: Effort; chosen: Chosen; warns: RegExp[] }>([
  { name: 'nothing: the session’s', chosen: { model: SESSION }, warns: [] },
  { name: 'inherit', model: 'inherit', effort: 'max', chosen: { model: SESSION, effort: 'max' }, warns: [] },
  { name: 'an id of the table', model: 'gpt-4', chosen: { model: 'local/qwen3' }, warns: [] },
  {
    name: 'an id that its provider does not have: the session’s',
    model: 'gone-5',
    effort: 'low',
    chosen: { model: SESSION, effort: 'low' },
    warns: [/has no model gone-5\. claude-sonnet-5-5 is asked instead/],
  },
  {
    name: 'effort where there is none',
    model: 'haiku',
    effort: 'high',
    chosen: { model: 'claude-haiku-4-5' },
    warns: [/claude-haiku-4-5 has no choice of effort/],
  },
  {
    name: 'an effort that is too new',
    model: 'claude-opus-4-6',
    effort: 'xhigh',
    chosen: { model: 'claude-opus-4-6', effort: 'high' },
    warns: [/has no effort xhigh; high is used/],
  },
])('W25 $name', async ({ model, effort, chosen, warns }) => {
  const warned = new Map<string, string>();
  const run = { model: SESSION, deps: { names }, warnOnce: (key: string, text: string) => void warned.set(key, text) };
  expect(await chosenModel(run, { model, effort }, signal)).toEqual(chosen);
  expect([...warned.values()]).toEqual(warns.map((text) => expect.stringMatching(text) as string));
});

test('W25 without any names of the person, an alias is its id and each effort is known', async () => {
  const run = { model: SESSION, deps: {}, warnOnce: (_key: string, text: string) => expect.fail(text) };
  for (const effort of EFFORTS) {
    expect(await chosenModel(run, { model: 'opus', effort }, signal)).toEqual({ model: 'claude-opus-5-5', effort });
  }
});
