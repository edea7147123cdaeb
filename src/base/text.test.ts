import fc from 'fast-check';
import { expect, test } from 'vitest';
import { showUnseen, utf8Length } from './text.ts';

test('the bytes of a text are those that it is sent as', () => {
  for (const text of ['', 'a', 'é', '漢', '😀', '\ud800', 'x\udc00y', '\ud800\ud800\udc00'])
    expect(utf8Length(text)).toBe(Buffer.byteLength(text));
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => utf8Length(text) === Buffer.byteLength(text)));
});

test('signs that cannot be seen are named, so that a text is read as it is', () => {
  expect(showUnseen('npm\u200b test\u202e\r\n\tx\u0007\u{e0001}é')).toBe(
    'npm⟨U+200B⟩ test⟨U+202E⟩⟨U+000D⟩\n\tx⟨U+0007⟩⟨U+E0001⟩é',
  );
});
