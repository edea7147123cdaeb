import { delimiter } from 'node:path';
import { expect, test } from 'vitest';
import { withoutOwnPrograms } from './ownPrograms.ts';

const path = (...folders: string[]): string => folders.join(delimiter);

test.each([
  { name: 'drops its own', given: path('/app/node_modules/.bin', '/usr/bin'), kept: '/usr/bin' },
  { name: 'drops its own Node', given: path('/usr/bin', '/app/node_modules/node/bin/'), kept: '/usr/bin' },
  {
    name: "keeps the project's",
    given: path('/repo/node_modules/.bin', '/bin'),
    kept: path('/repo/node_modules/.bin', '/bin'),
  },
  {
    name: 'keeps a neighbour',
    given: path('/app/node_modules2', '/app/bin'),
    kept: path('/app/node_modules2', '/app/bin'),
  },
])('PATH of agents: $name', ({ given, kept }) => {
  expect(withoutOwnPrograms({ PATH: given, HOME: '/home/ada' }, '/app')).toEqual({ PATH: kept, HOME: '/home/ada' });
});
