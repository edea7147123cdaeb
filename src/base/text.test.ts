import fc from 'fast-check';
import { expect, test } from 'vitest';
import { utf8Length } from './text.ts';

test('the bytes of a text are those that it is sent as', () => {
  for (const text of ['', 'a', 'é', '漢', '😀', '\ud800', 'x\udc00y', '\ud800\ud800\udc00'])
    expect(utf8Length(text)).toBe(Buffer.byteLength(text));
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => utf8Length(text) === Buffer.byteLength(text)));
});
