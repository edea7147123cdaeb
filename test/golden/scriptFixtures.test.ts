import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createQuickJsSandbox } from '../../src/node/sandbox/quickJsSandbox.ts';
import type { CheckedScript } from '../../src/workflow/script/check.ts';
import { checkScript } from '../../src/workflow/script/checkScript.ts';
import { describeDiagnostic } from '../../src/workflow/script/describeDiagnostic.ts';
import { lintScript } from '../../src/workflow/script/lint/lintScript.ts';

const ROOT = join(import.meta.dirname, '../..');
const sandbox = createQuickJsSandbox();

/** Scripts in the shapes that people and models write, none of which deserves a warning. */
const SCRIPTS = ['test/fixtures/scripts', 'workflows'].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => /\.m?js$/.test(name))
    .map((name) => ({ path: `${folder}/${name}`, source: readFileSync(join(ROOT, folder, name)) })),
);

/** As a generator writes them: one step after the other, each with its whole prompt. */
function generated(kilobytes: number): string {
  const parts = ["export const meta = { name: 'generated', description: 'Written by a program' };", 'const notes = {};'];
  for (let step = 0, length = 0; length < kilobytes * 1024; length += parts.at(-1)?.length ?? 0) {
    step += 1;
    parts.push(
      `async function step${step}(input) {
  const text = await agent(\`Step ${step}. ${'Read the module with care. '.repeat(4)}\\n\\n\${JSON.stringify(input)}\`, {
    label: 'step ${step}',
    schema: { type: 'object', properties: { note: { type: 'string' }, next: { type: ['string', 'null'] } }, required: ['note'] },
  });
  if (!text) return null;
  notes['step ${step}'] = text.note;
  return text.next ?? null;
}
if (args?.from === undefined || args.from <= ${step}) notes.last = await step${step}(notes.last);`,
    );
  }
  return [...parts, 'return notes;'].join('\n');
}

function checked(source: string | Uint8Array, path: string): CheckedScript {
  const result = checkScript(source, path);
  if (!result.ok) throw new Error(result.errors.map((error) => describeDiagnostic(path, error)).join('\n'));
  return result.script;
}

describe.each([...SCRIPTS, { path: 'generated.js', source: generated(60) }])('$path', ({ path, source }) => {
  const script = checked(source, path);

  test('W08 is accepted by the sandbox', async () => {
    expect(await sandbox.compile(script)).toBeNull();
  });

  test('has nothing to warn of', () => {
    const all = [...script.warnings, ...lintScript(script)];
    expect(all.map((diagnostic) => describeDiagnostic(path, diagnostic))).toEqual([]);
  });
});
