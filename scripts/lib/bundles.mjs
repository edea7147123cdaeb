// @ts-check
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

/** @type {import('esbuild').BuildOptions} */
const common = {
  absWorkingDir: root,
  outdir: join(root, 'dist'),
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  sourcemap: 'linked',
  chunkNames: 'chunk-[hash]',
  // A few packages are CommonJS and call require() for Node's own modules, which an ES module does not have.
  banner: {
    js: "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);",
  },
  logLevel: 'warning',
};

/** It looks for its binary beside its own package.json, so it has to stay a package. */
const external = ['@vscode/ripgrep'];

/**
 * Two builds, although they then share no chunk: only the extension's may leave `vscode` to the editor. In the other
 * one an import of `vscode` has nothing to resolve to, so the command line cannot be built once the core depends on
 * the editor. One build with a check afterwards would be smaller, and could be forgotten.
 * @type {readonly import('esbuild').BuildOptions[]}
 */
export const bundles = [
  { ...common, entryPoints: present({ extension: 'src/host/extension.ts' }), external: [...external, 'vscode'] },
  {
    ...common,
    entryPoints: present({ cli: 'src/cli/main.ts', sandboxWorker: 'src/node/sandbox/worker.ts' }),
    external,
  },
];

/** Files that the bundles read at run time from the folder they are in. */
export const assets = [
  'node_modules/@jitl/quickjs-wasmfile-release-sync/dist/emscripten-module.wasm',
  'src/node/sandbox/guest.js',
].filter((file) => existsSync(join(root, file)));

/**
 * @param {Record<string, string>} entryPoints
 */
function present(entryPoints) {
  return Object.fromEntries(Object.entries(entryPoints).filter(([, file]) => existsSync(join(root, file))));
}
