import { describe, expect, test } from 'vitest';
import { halfWrittenBeside, isHalfWritten } from './halfWritten.ts';

describe('what was about to take the place of a file', () => {
  test('is known by its name, beside that file only', () => {
    const name = halfWrittenBeside('a.txt', '0123456789ab');
    expect(isHalfWritten(name, 'a.txt')).toBe(true);
    expect(isHalfWritten(name, 'b.txt')).toBe(false);
    expect(isHalfWritten(name, 'folder/a.txt')).toBe(true);
  });

  test.each(['a.txt', '.a.txt.dwf.tmp', '.a.txt.0123456789ab.tmp', '.a.txt.0123456789aX.dwf.tmp', '.a.txt.ab.dwf.tmp'])(
    'and %s is not',
    (name) => {
      expect(isHalfWritten(name, 'a.txt')).toBe(false);
    },
  );
});
