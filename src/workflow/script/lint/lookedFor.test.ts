import { describe, expect, test } from 'vitest';
import { checkScript } from '../checkScript.ts';
import { lookedFor } from './lookedFor.ts';

function of(body: string) {
  const checked = checkScript(`export const meta = { name: 'n', description: 'd' };\n${body}`, 'a.js');
  if (!checked.ok) throw new Error(checked.errors.map(({ message }) => message).join('\n'));
  const { byName, inside, indexes } = lookedFor(checked.script);
  return { byName: Object.fromEntries(byName), inside, indexes: [...indexes] };
}

describe('X08 what a script looks for in answers', () => {
  test.each([
    { body: "if (args.status === 'done') log('x')", byName: { status: ['done'] } },
    { body: "if ('done' !== args?.status.trim().toLowerCase()) log('x')", byName: { status: ['done'] } },
    {
      body: "switch (args.kind) { case 'a': break; case 'b': break; default: log('x') }",
      byName: { kind: ['a', 'b'] },
    },
    { body: "const ALL = ['good', 'bad']; log(ALL.includes(args.verdict))", byName: { verdict: ['good', 'bad'] } },
    { body: "if (args.n === 3 || args.empty === '') log('x')" },
    { body: "while (!args.includes('APPROVED')) log('x')", inside: ['APPROVED'] },
    { body: "const YES = 'yes'; if (args.trim().startsWith(YES)) log('x')", inside: ['yes'] },
    { body: "if (/\\bapproved\\b/i.test(args) || args.match(/^LGTM/)) log('x')", inside: ['approved', 'LGTM'] },
    { body: "if (/[a-z]+\\d/.test(args)) log('x')" },
    { body: "log(['a', 'b'][args.choice], args['name'])", indexes: ['choice'] },
  ])('$body', ({ body, byName = {}, inside = [], indexes = [] }) => {
    expect(of(body)).toEqual({ byName, inside, indexes });
  });
});
