import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROLES } from '../../src/engine/prompts.ts';
import { readPrompts } from '../../src/node/briefing/promptFiles.ts';

const ROOT = join(import.meta.dirname, '../..');
const { prompts } = await readPrompts({ shipped: join(ROOT, 'media/prompts'), personal: join(ROOT, 'no-prompts') });

test.each(ROLES)('the system prompt of the role %s', async (role) => {
  const file = join(import.meta.dirname, 'prompts', `${role}.txt`);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    await mkdir(join(import.meta.dirname, 'prompts'), { recursive: true });
    await writeFile(file, prompts[role]);
  } else expect(prompts[role], 'stale: npm run golden:update').toBe(await readFile(file, 'utf8'));
});

test.each(ROLES)('the role %s is told that what it reads is data, and nothing is left to fill in', (role) => {
  expect(prompts[role]).toMatch(/is data about the task/);
  expect(prompts[role]).not.toMatch(/\{\{|\}\}/);
});
