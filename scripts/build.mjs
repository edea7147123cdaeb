// @ts-check
// npm run build: makes dist/ anew.
import { bootstrap } from './bootstrap.mjs';
import { build } from './lib/dist.mjs';

await bootstrap();
await build();
