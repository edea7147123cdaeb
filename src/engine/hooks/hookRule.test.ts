import { expect, test } from 'vitest';
import { hookMatches } from './hookRule.ts';

test.each([
  { matcher: '', subject: 'Bash', matches: true },
  { matcher: ' * ', subject: 'Bash', matches: true },
  { matcher: 'Bash', subject: 'Bash', matches: true },
  { matcher: 'Bash', subject: 'BashOutput', matches: false },
  { matcher: 'bash', subject: 'Bash', matches: false },
  { matcher: 'Edit|Write', subject: 'Write', matches: true },
  { matcher: 'Edit, Write', subject: 'Write', matches: true },
  { matcher: 'Edit|Write', subject: 'MultiEdit', matches: false },
  { matcher: 'mcp__files', subject: 'mcp__files__read', matches: false },
  { matcher: 'mcp__files__.*', subject: 'mcp__files__read', matches: true },
  { matcher: '^Edit', subject: 'MultiEdit', matches: false },
  { matcher: 'Edit$', subject: 'MultiEdit', matches: true },
  { matcher: '(', subject: 'Bash', matches: null },
])('the matcher "$matcher" and $subject: $matches', ({ matcher, subject, matches }) => {
  expect(hookMatches(matcher, subject)).toBe(matches);
});
