import { expect, test } from 'vitest';
import { neverBegan } from './neverBegan.ts';

const GONE =
  'bwrap: Can\'t bind mount /oldroot/ on /newroot/: Unable to apply mount flags: remount "/newroot/w/a1": No such file or directory\n';

test.each([
  { exitCode: 1, said: GONE, never: true },
  { exitCode: 1, said: `${GONE}tests: 3 failed\n`, never: false },
  { exitCode: 1, said: `building\n${GONE}`, never: false },
  { exitCode: 0, said: GONE, never: false },
  { exitCode: null, said: GONE, never: false },
  { exitCode: 1, said: "bwrap: Can't find source path /w/a1: No such file or directory\n", never: false },
  { exitCode: 1, said: '', never: false },
])('$exitCode $said: $never', ({ exitCode, said, never }) => expect(neverBegan(exitCode, said)).toBe(never));
