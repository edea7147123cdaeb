// @ts-check
import { join } from 'node:path';
import { root } from './paths.mjs';

const entries = {
  tsc: 'typescript/bin/tsc',
  eslint: 'eslint/bin/eslint.js',
  prettier: 'prettier/bin/prettier.cjs',
  depcruise: 'dependency-cruiser/bin/dependency-cruiser.mjs',
  knip: 'knip/bin/knip.js',
  vitest: 'vitest/vitest.mjs',
  vsce: '@vscode/vsce/vsce',
};

/**
 * Command and arguments that run a tool under this very Node, without a shell and on every system.
 * @param {keyof typeof entries} name
 * @param {readonly string[]} args
 * @returns {[command: string, args: string[]]}
 */
export function tool(name, args) {
  return [process.execPath, [join(root, 'node_modules', entries[name]), ...args]];
}
