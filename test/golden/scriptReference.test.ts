import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect, test } from 'vitest';
import { SCRIPT_API } from '../../src/workflow/script/api.ts';
import { renderReference } from '../../src/workflow/script/api/renderReference.ts';
import { renderTypes } from '../../src/workflow/script/api/renderTypes.ts';

const ROOT = join(import.meta.dirname, '../..');

test.each([
  { path: 'docs/script-reference.md', render: renderReference },
  { path: 'workflows/workflow.d.ts', render: renderTypes },
])('$path says what src/workflow/script/api.ts says', async ({ path, render }) => {
  const file = join(ROOT, path);
  const text = await format(render(), { ...(await resolveConfig(file)), filepath: file });
  if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(file, text);
  else expect(await readFile(file, 'utf8'), 'stale: npm run golden:update').toBe(text);
});

test('the reference shows each signature as it is written', async () => {
  const text = await readFile(join(ROOT, 'docs/script-reference.md'), 'utf8');
  const reshaped = SCRIPT_API.filter(({ signature }) => !text.includes(`\`\`\`ts\n${signature}`));
  expect(reshaped.map(({ name }) => name)).toEqual([]);
});
