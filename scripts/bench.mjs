// @ts-check
// npm run bench [-- SUITE] [--json]
import { join } from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { become } from './lib/children.mjs';
import { root } from './lib/paths.mjs';

await bootstrap({ build: true });
// A process of its own: what bootstrap loaded must not count in its figures.
await become(process.execPath, [join(root, 'test', 'bench', 'main.ts'), ...process.argv.slice(2)]);
