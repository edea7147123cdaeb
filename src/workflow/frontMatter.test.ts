import { describe, expect, test } from 'vitest';
import { frontMatterContract } from './frontMatter.contract.ts';
import { createFakeFrontMatter } from './frontMatter.fake.ts';
import { readFrontMatter } from './frontMatter.ts';

frontMatterContract('the fake', createFakeFrontMatter);

describe('the head of a Markdown file', () => {
  const read = (text: string) => readFrontMatter(createFakeFrontMatter(), text);

  test.each([
    { name: 'lines of Windows and a mark at the beginning', text: '\uFEFF---\r\nname: a\r\n---\r\n\r\nThe body.\r\n' },
    { name: 'a description that is no YAML', text: '---\nname: a\n---\nThe body.' },
  ])('W26 is told from its body: $name', async ({ text }) => {
    expect(await read(text)).toMatchObject({ kind: 'read', value: { name: 'a' }, body: 'The body.' });
  });

  test('W26 may have a description with colons, as many are written', async () => {
    const text = '---\nname: a\ndescription: Use it when: user: "x" fails.\\n <example>\n---\nbody';
    expect(await read(text)).toMatchObject({
      value: { name: 'a', description: 'Use it when: user: "x" fails.\\n <example>' },
    });
  });

  test('W26 names lines as they are in the file', async () => {
    const good = await read('---\nname: a\nmodel: b\n---\n');
    expect(good.kind === 'read' && good.lineOf('model')).toBe(3);
    expect(await read('---\nname: a\ntools: [1\n---\n')).toMatchObject({ kind: 'broken', line: 3 });
    expect(await read('---\nname: a\n')).toMatchObject({ kind: 'broken', line: 1 });
  });

  test('W26 is absent where the file does not begin with it', async () => {
    expect(await read('# Title\n---\nname: a\n---')).toEqual({ kind: 'none' });
  });
});
