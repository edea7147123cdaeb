import { expect, test } from 'vitest';
import { keysIn } from './keys.ts';

test.each([
  ['j', ['j']],
  ['jk\r', ['j', 'k', '\r']],
  ['\u001b', ['\u001b']],
  ['\u001b[A\u001bOB\u001b[5~x', ['\u001b[A', '\u001bOB', '\u001b[5~', 'x']],
  ['\u001b[1;5Cä😀', ['\u001b[1;5C', 'ä', '😀']],
  ['\u001b\u001b[A', ['\u001b', '\u001b[A']],
])('%j is the keys %j', (text, keys) => expect(keysIn(text)).toEqual(keys));
