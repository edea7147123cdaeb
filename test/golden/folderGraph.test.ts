import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = join(ROOT, 'ARCHITECTURE.md');
const BLOCK = /<!-- folder graph -->[\s\S]*<!-- \/folder graph -->/;

/** `from -> to` for every import between folders of `src`, tests and fakes left out. */
async function folderArrows(): Promise<readonly string[]> {
  const arrows = new Set<string>();
  const entries = await readdir(join(ROOT, 'src'), { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!/\.ts$/.test(entry.name) || /\.(test|fake|contract|d)\.ts$/.test(entry.name)) continue;
    const file = join(entry.parentPath, entry.name);
    const from = folderOf(file);
    for (const [, path = ''] of (await readFile(file, 'utf8')).matchAll(/from '(\.\.?\/[^']+)'/g)) {
      const to = folderOf(join(entry.parentPath, path));
      if (to !== from) arrows.add(`${from} --> ${to}`);
    }
  }
  return [...arrows].sort();
}

function folderOf(file: string): string {
  return file.slice(join(ROOT, 'src').length + 1).split(/[\\/]/)[0] ?? '';
}

test('the folder graph in ARCHITECTURE.md is the one of the code', async () => {
  const arrows = (await folderArrows()).map((arrow) => `  ${arrow}`).join('\n');
  const block = `<!-- folder graph -->\n\n\`\`\`mermaid\nflowchart TD\n${arrows}\n\`\`\`\n\n<!-- /folder graph -->`;
  const page = await readFile(PAGE, 'utf8');
  if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(PAGE, page.replace(BLOCK, () => block));
  else expect(BLOCK.exec(page)?.[0], 'stale: npm run golden:update').toBe(block);
});
