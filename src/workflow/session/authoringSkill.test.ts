import { expect, test } from 'vitest';
import { SCRIPT_API } from '../script/api.ts';
import { checkScript } from '../script/checkScript.ts';
import { AUTHORING } from './authoringSkill.ts';

/** What an agent is given of a skill at most. */
const TEXT_CHARS = 40_000;

test('the authoring skill names every global, fits, and its first script passes the check', () => {
  for (const { name } of SCRIPT_API) expect(AUTHORING.text).toContain(`## ${name}\n`);
  expect(AUTHORING.text.length).toBeLessThan(TEXT_CHARS);
  const example = /```js\n(export const meta[\s\S]*?)```/.exec(AUTHORING.text)?.[1] ?? '';
  expect(checkScript(example, 'example.js')).toMatchObject({ ok: true });
});
