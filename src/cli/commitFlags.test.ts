import { expect, test } from 'vitest';
import { commitsText } from '../node/commits/commitSettings.ts';
import { commitsFrom } from './commitFlags.ts';

test.each([
  { values: {}, text: null },
  { values: { 'commit-author': 'Ada L. <ada@example.com>' }, text: 'Commits: by Ada L. <ada@example.com>' },
  {
    values: { 'sign-commits': true, 'commit-hooks': true },
    text: "Commits: signed, or unsigned with a warning where that fails; after the repository's hooks pre-commit and commit-msg",
  },
])('X01 $values are told as $text', ({ values, text }) => {
  expect(commitsText(commitsFrom(values))).toBe(text);
});

test.each(['Ada', '<ada@example.com>', 'Ada <>', 'A\nB <a@b>'])('X01 no author: %j', (author) => {
  expect(() => commitsFrom({ 'commit-author': author })).toThrow('--commit-author is');
});
