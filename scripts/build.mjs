// @ts-check
// npm run build: makes dist/ anew.
import { bootstrap } from './bootstrap.mjs';
import { build } from './lib/dist.mjs';
import { orEnd } from './lib/setback.mjs';

await bootstrap();
await orEnd(build);
