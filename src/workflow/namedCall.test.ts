import { expect, test } from 'vitest';
import { namedCall } from './namedCall.ts';

const EXPLORE = { tool: 'Agent', access: 'tool', subject: 'Explore', readOnly: true };

test.each([
  { name: 'no rule', rules: {}, found: {} },
  { name: 'another is named', rules: { deny: ['Skill(Explore)'], ask: ['Agent(Plan)'] }, found: {} },
  { name: 'a rule asks', rules: { ask: ['Agent(Explore)'] }, found: { permission: EXPLORE } },
  { name: 'a rule asks for all', rules: { ask: ['Task'] }, found: { permission: EXPLORE } },
  { name: 'a rule forbids', rules: { ask: ['Agent'], deny: ['Agent(Explore)'] }, found: { denied: 'Agent(Explore)' } },
])('a call of an agent: $name', ({ rules, found }) => {
  const permissions = { rules: { deny: [], ask: [], allow: ['Agent'], ...rules } };
  expect(namedCall({ permissions, cwd: '/w' }, 'Agent', 'Explore')).toEqual(found);
});
