// @ts-check
import module from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './paths.mjs';

/** What the bundles are built for. */
const oldestNode = 22;

/** Runs the built command line in this process, with process.argv as it is. */
export async function runCommandLine() {
  if (Number(process.versions.node.split('.')[0]) < oldestNode) {
    process.stderr.write(`dwf needs Node ${oldestNode} or newer; this is Node ${process.versions.node}.\n`);
    process.exit(1);
  }
  // Parsed code is kept between runs, where this Node can do that.
  module.enableCompileCache?.();
  await import(pathToFileURL(join(root, 'dist', 'cli.js')).href);
}
