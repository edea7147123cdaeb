// @ts-check
// npm run package: makes the .vsix in the folder of package.json.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { root } from './lib/paths.mjs';
import { orEnd } from './lib/setback.mjs';
import { packageVsix } from './lib/vsix.mjs';

await bootstrap();
await orEnd(async () => {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const file = join(root, `${name}-${version}.vsix`);
  const bytes = await packageVsix(file);
  process.stdout.write(`${file} (${(bytes / 1e6).toFixed(2)} MB)\n`);
});
