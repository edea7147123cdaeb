import { expect, test } from 'vitest';
import { frontMatterContract } from '../workflow/frontMatter.contract.ts';
import { createYamlFrontMatter } from './yamlFrontMatter.ts';

frontMatterContract('yaml', createYamlFrontMatter);

test('W26 aliases that would fill memory are an error, and no tag makes anything run', async () => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
  for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg'].map((pair) => pair.split('')))
    bomb.push(`${to}: &${to} [${Array.from({ length: 10 }, () => `*${from}`).join(', ')}]`);
  expect(await createYamlFrontMatter().parse(bomb.join('\n'))).toMatchObject({ ok: false });
  const tagged = await createYamlFrontMatter().parse('name: !!js/function "function () { return 1 }"');
  expect(tagged).toMatchObject({ ok: true, value: { name: 'function () { return 1 }' } });
});
