import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { decide } from './decide.ts';
import type { PermissionPolicy } from './permission.ts';

const folder = mkdtempSync(join(tmpdir(), 'dwf-shell-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** True when bash, given the command, ran the program `evil`. */
function runsEvil(command: string): boolean {
  const script = `evil() { printf EVIL >&3; }\n${command}`;
  const ended = spawnSync('/bin/bash', ['-c', script], {
    cwd: folder,
    env: { PATH: '/nowhere' },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    timeout: 2000,
  });
  return (ended.output[3]?.toString() ?? '').includes('EVIL');
}

function decided(rules: Partial<PermissionPolicy['rules']>, command: string): string {
  const policy: PermissionPolicy = {
    mode: 'default',
    rules: { deny: [], ask: [], allow: [], ...rules },
    root: '/w',
    ownsRoot: false,
  };
  return decide(policy, { tool: 'Bash', access: 'execute', subject: command }).kind;
}

const pieces = [
  ...[
    'echo',
    'evil',
    'a',
    'echo a',
    '; evil',
    '&& evil',
    '\nevil',
    'e',
    'vil',
    "'",
    '"',
    "'",
    '"',
    '\\',
    '`',
    '$(',
    ')',
    '(',
    '{',
    '}',
    '{ ',
    '; }',
    '$',
    '#',
    ' #',
    '!',
  ],
  ...[
    ';',
    '&',
    '&&',
    '|',
    '||',
    '|&',
    '\n',
    ' ',
    ' ',
    ' ',
    '\t',
    '\r',
    '\r\n',
    '\\\n',
    '<(',
    '>',
    '>/dev/null',
    '2>&1',
    '>&2',
    '<',
    '<<a',
    '<<<',
    "$'",
    '$"',
    '=',
    'A=1 ',
    '\u00a0',
  ],
  ...['eval ', 'command ', 'if ', 'then ', '; then ', '; fi', 'do ', '$@', '${x}', '$IFS', '~', '~+', '-'],
];

test('a return before a line break does not join two lines', () => {
  expect(runsEvil('echo \\\r\nevil')).toBe(true);
  expect(decided({ allow: ['Bash(echo:*)'] }, 'echo \\\r\nevil')).toBe('ask');
});

describe('against bash itself', () => {
  test('what runs a program is neither allowed by a rule for another, nor missed by a rule against it', () => {
    const ran: string[] = [];
    const command = fc
      .array(fc.constantFrom(...pieces), { minLength: 2, maxLength: 9 })
      .map((parts) => `echo ${parts.join('')}`);
    fc.assert(
      fc.property(
        command.filter((text) => text.includes('vil')),
        (text) => {
          if (!runsEvil(text)) return;
          ran.push(text);
          expect(decided({ allow: ['Bash(echo:*)'] }, text)).toBe('ask');
          expect(decided({ allow: ['Bash'], deny: ['Bash(evil:*)'] }, text)).toBe('deny');
        },
      ),
      // A fixed seed: a rule that forbids can never see everything, and a test should not fail on another's change.
      { numRuns: 800, seed: 7 },
    );
    expect(ran.length).toBeGreaterThan(40);
  });
});
