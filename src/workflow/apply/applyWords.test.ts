import { expect, test } from 'vitest';
import { refusalWords } from './applyWords.ts';

test.each([
  { onSnapshot: false, says: /Merge it by hand \(git merge b\), or open a pull request\.$/, saysNot: /stash/ },
  { onSnapshot: true, says: /commit or stash your own changes first, then try again\.$/, saysNot: /git merge|pull/ },
])('X03 a conflict says what can be done, with a snapshot below: $onSnapshot', ({ onSnapshot, says, saysNot }) => {
  const { text, lines } = refusalWords({ kind: 'conflict', paths: ['a.txt'] }, { branch: 'b', onSnapshot });
  expect(text).toMatch(says);
  expect(text).not.toMatch(saysNot);
  expect(lines).toEqual(['a.txt']);
});
