import { expect, test } from 'vitest';
import { play } from '../../workflow/sandbox.contract.ts';
import { SCRIPT_API } from '../../workflow/script/api.ts';
import { ABSENT } from '../../workflow/script/api/absent.ts';
import { LANGUAGE_GLOBALS } from '../../workflow/script/api/language.ts';
import { createQuickJsSandbox } from './quickJsSandbox.ts';

async function resultOf(body: string): Promise<unknown> {
  const { end } = await play(createQuickJsSandbox(), body);
  return end.kind === 'returned' ? end.value : end;
}

test('W07 the described globals are those of the sandbox', async () => {
  const described = SCRIPT_API.map(({ name }) => name).filter((name) => !name.includes('.'));
  const names = await resultOf('return Object.getOwnPropertyNames(globalThis).sort()');
  expect(names).toEqual([...described, ...LANGUAGE_GLOBALS].sort());
});

test.each(SCRIPT_API.filter(({ name }) => name.includes('.')))('W07 $name is there', async ({ name }) => {
  expect(await resultOf(`return typeof ${name}`)).toBe('function');
});

test.each(SCRIPT_API.flatMap(({ name, members }) => (members ? [{ name, members }] : [])))(
  'W07 the described members of $name are those of the sandbox',
  async ({ name, members }) => {
    const described = members.map((member) => member.name).sort();
    expect(await resultOf(`return Object.keys(${name}).sort()`)).toEqual(described);
  },
);

const THROWING = SCRIPT_API.flatMap(({ name, options, members = [] }) => [
  { call: name, options },
  ...members.map((member) => ({ call: `${name}.${member.name}`, options: member.options })),
]).flatMap(({ call, options }) => (options?.unknown === 'throws' ? [{ call, options }] : []));

test.each(THROWING)('X05 the described options of $call are those that it knows', async ({ call, options }) => {
  const before = ['[]', '{}', '() => null'].slice(0, options.at).map((argument) => `${argument}, `);
  const body = `try { await ${call}(${before.join('')}{ other: 1 }) } catch (error) { return error.message }`;
  const names = options.list.map(({ name }) => name).sort();
  const told = await resultOf(body);
  expect(/it knows (.*)\.$/.exec(String(told))?.[1]?.split(', ').sort()).toEqual(names);
});

test('W07 what is described as absent is absent', async () => {
  const types = Object.keys(ABSENT).map((name) => `${name}: typeof ${name}`);
  const present = (await resultOf(`return { ${types.join(', ')} }`)) as Record<string, string>;
  expect(Object.entries(present).filter(([, type]) => type !== 'undefined')).toEqual([]);
});
