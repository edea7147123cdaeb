import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/protocol/json.ts';
import { withBench } from '../support/engine.ts';
import { withGitRepository } from '../support/gitRepository.ts';

const FOLDER = join(import.meta.dirname, '../fixtures/scripts');

/** What a script that needs arguments gets. */
const ARGS: Readonly<Record<string, Json>> = {
  'nested.js': { folder: 'src' },
  'string-args.js': '{"question": "Why is it slow?"}',
};

const INNER = (name: string): string => `export const meta = { name: '${name}', description: 'Inner.' };
return { findings: [await agent('inner ' + args.folder)] };`;

describe('scripts in the shapes that people and models write', () => {
  test.each(readdirSync(FOLDER))('W04 W08 %s runs to its end against a model that answers in form', async (name) => {
    await withGitRepository({ 'src/a.js': 'export const a = 1;\n' }, async (repo) => {
      await withBench({ cwd: repo.dir }, async ({ play }) => {
        await writeFile(join(repo.dir, 'audit-folder.js'), INNER('audit-folder'));
        await writeFile(join(repo.dir, 'fix-findings.js'), INNER('fix-findings'));
        const source = readFileSync(join(FOLDER, name), 'utf8');
        const args = ARGS[name];
        const played = await play(source, { ...(args === undefined ? {} : { args }), caps: { agents: 300 } });
        expect({ ...played.end, failures: [] }).toMatchObject({
          status: expect.stringMatching(/^(completed|degraded)$/) as unknown,
        });
        expect(played.census.agents).toMatchObject({ threw: 0, abandoned: 0 });
      });
    });
  });
});
