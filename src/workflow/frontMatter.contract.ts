import { expect, test } from 'vitest';
import type { FrontMatter } from './frontMatter.ts';

export function frontMatterContract(name: string, create: () => FrontMatter): void {
  test(`W26 ${name} gives the fields and their lines`, async () => {
    const parsed = await create().parse('name: judge\n\nmaxTurns: 3\ntools: ["Read", "Grep"]\nmodel:');
    if (!parsed.ok) throw new Error(parsed.message);
    expect(parsed.value).toEqual({ name: 'judge', maxTurns: 3, tools: ['Read', 'Grep'], model: null });
    expect(['name', 'tools', 'gone'].map((field) => parsed.lineOf(field))).toEqual([1, 4, 1]);
  });

  test(`W26 ${name} names the line of what is no YAML`, async () => {
    const parsed = await create().parse('name: judge\ndescription: one: two');
    expect(parsed).toMatchObject({ ok: false, line: 2, message: expect.stringMatching(/\S/) as string });
  });
}
