import { test as base } from 'vitest';
import { withWindow, type ProjectWindow, type WindowOptions } from '../support/vscodeHost/withWindow.ts';

/** A `test` whose `window` is started once for all tests of a file that take it: each start takes seconds. */
export function sharedWindow(options: WindowOptions) {
  return base.extend<{ window: ProjectWindow }>({
    window: [
      // eslint-disable-next-line no-empty-pattern -- The test runner reads from the pattern what a fixture needs.
      async ({}, use) => withWindow(options, use),
      { scope: 'file' },
    ],
  });
}
