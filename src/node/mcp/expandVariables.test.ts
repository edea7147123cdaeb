import { expect, test } from 'vitest';
import { expandVariables, lookUpIn } from './expandVariables.ts';

const environment = { HOST: 'example.com', EMPTY: '', ANTHROPIC_API_KEY: 'sk-1' };

test.each([
  { text: 'plain $HOST {HOST}', value: 'plain $HOST {HOST}', used: [], missing: [] },
  { text: 'https://${HOST}/mcp', value: 'https://example.com/mcp', used: ['HOST'], missing: [] },
  { text: '${HOST:-other}', value: 'example.com', used: ['HOST'], missing: [] },
  { text: '${NONE:-other}', value: 'other', used: [], missing: [] },
  { text: '${NONE:-}', value: '', used: [], missing: [] },
  { text: '${EMPTY:-other}', value: 'other', used: [], missing: [] },
  { text: '${EMPTY}', value: '', used: ['EMPTY'], missing: [] },
  { text: '${NONE} ${HOST}', value: ' example.com', used: ['HOST'], missing: ['NONE'] },
  { text: '${CLAUDE_PROJECT_DIR}/x', value: '/project/x', used: ['CLAUDE_PROJECT_DIR'], missing: [] },
  // A repository's file gets none of the program's own keys.
  { text: '${ANTHROPIC_API_KEY}', value: '', used: [], missing: ['ANTHROPIC_API_KEY'] },
  { text: '${ANTHROPIC_API_KEY:-none}', value: 'none', used: [], missing: [] },
])('$text', ({ text, ...expanded }) => {
  expect(expandVariables(text, lookUpIn(environment, '/project', 'project'))).toEqual(expanded);
});

test('all strings of a value are expanded, its keys are not; what is expanded is not expanded again', () => {
  const lookUp = (name: string): string | undefined => (name === 'A' ? '${B}' : undefined);
  expect(expandVariables({ '${A}': ['${A}', 7, null, { x: '-${A}-' }] }, lookUp).value).toEqual({
    '${A}': ['${B}', 7, null, { x: '-${B}-' }],
  });
});

test('what the person wrote himself may use every variable', () => {
  expect(expandVariables('${ANTHROPIC_API_KEY}', lookUpIn(environment, '/project', 'person')).value).toBe('sk-1');
});
