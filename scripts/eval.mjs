// @ts-check
// npm run eval [-- --max-usd N] [--model ID]: asks a real model, for money. Never in CI.
import { join } from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { become } from './lib/children.mjs';
import { root } from './lib/paths.mjs';

await bootstrap();
await become(process.execPath, [join(root, 'test', 'eval', 'main.ts'), ...process.argv.slice(2)]);
