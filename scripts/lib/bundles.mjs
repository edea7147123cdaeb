// @ts-check
import { join } from 'node:path';
import { root } from './paths.mjs';

const anywhere = /** @type {const} */ ({
  absWorkingDir: root,
  outdir: join(root, 'dist'),
  bundle: true,
  logLevel: 'warning',
});

const code = /** @type {const} */ ({
  ...anywhere,
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
});

/** It looks for its binary beside its own package.json, so it has to stay a package. */
const external = ['@vscode/ripgrep'];

/** The pages of a run and of a session, each in one file: the policy of a page allows nothing that is loaded later. */
const pages = /** @type {const} */ ({
  ...anywhere,
  entryPoints: { webview: 'webview/main.tsx', session: 'webview/session/main.tsx' },
  format: 'iife',
  platform: 'browser',
  target: 'es2022',
  jsx: 'automatic',
  minify: true,
  sourcemap: false,
  define: { 'process.env.NODE_ENV': '"production"' },
});

/**
 * What blocks sockets for a confined command on Linux: its own place in the package is lost by bundling.
 * @param {string} cpu
 */
function applySeccomp(cpu) {
  return `node_modules/@anthropic-ai/sandbox-runtime/vendor/seccomp/${cpu}/apply-seccomp`;
}

/**
 * Two builds of code, although they then share no chunk: only the extension's may leave `vscode` to the editor. In
 * the other one an import of `vscode` has nothing to resolve to, so the command line cannot be built once the core
 * depends on the editor. One build with a check afterwards would be smaller, and could be forgotten.
 * The last copies what the code reads at run time from the folder it is in.
 * @type {readonly import('esbuild').BuildOptions[]}
 */
export const bundles = [
  { ...code, entryPoints: { extension: 'src/host/extension.ts' }, external: [...external, 'vscode'] },
  {
    ...code,
    entryPoints: {
      cli: 'src/cli/main.ts',
      pdfWorker: 'src/node/pdf/pdfWorker.ts',
      forecastWorker: 'src/node/rehearsal/forecastWorker.ts',
      sandboxWorker: 'src/node/sandbox/worker.ts',
      shellSandboxHelper: 'src/node/shellSandbox/helper.ts',
    },
    external,
  },
  pages,
  {
    ...anywhere,
    entryPoints: [
      'node_modules/@jitl/quickjs-wasmfile-release-sync/dist/emscripten-module.wasm',
      'src/node/sandbox/guest*.js',
    ],
    entryNames: '[name]',
    loader: { '.js': 'copy', '.wasm': 'copy' },
  },
  {
    ...anywhere,
    entryPoints: Object.fromEntries(['x64', 'arm64'].map((cpu) => [`apply-seccomp-${cpu}`, applySeccomp(cpu)])),
    loader: { '': 'copy' },
  },
];
