import { expect, test } from 'vitest';
import { noticeText } from './noticeText.ts';

test.each([
  { name: 'one line stays as it is', text: 'npm test -- "a b"', shown: 'npm test -- "a b"', whole: true },
  {
    name: 'lines are seen to end',
    text: 'echo ok # all\r\nrm -rf ~\n',
    shown: 'echo ok # all ⏎ rm -rf ~',
    whole: true,
  },
  {
    name: 'a link is none',
    text: '[here](command:workbench.action.quit "x") [there]\u200b(https://example.invalid)',
    shown: '[here] (command:workbench.action.quit "x") [there] (https://example.invalid)',
    whole: true,
  },
  { name: 'nothing turns or hides the text', text: 'a\u202eb\u0007c\td', shown: 'abc d', whole: true },
  { name: 'as much as there is room for', text: 'x'.repeat(500), shown: 'x'.repeat(500), whole: true },
  { name: 'what is cut is known', text: 'x'.repeat(501), shown: `${'x'.repeat(499)}…`, whole: false },
])('$name', ({ text, shown, whole }) => {
  expect(noticeText(text)).toEqual({ text: shown, whole });
});
