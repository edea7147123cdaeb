// @ts-check
// npm run golden:update: writes the golden files anew from what the code does now; read the difference before you commit it.
import { bootstrap } from './bootstrap.mjs';
import { show } from './lib/children.mjs';
import { root } from './lib/paths.mjs';
import { tool } from './lib/tools.mjs';

await bootstrap();
process.exitCode = await show(
  ...tool('vitest', ['run', '--project', 'unit', 'test/golden', '--update', ...process.argv.slice(2)]),
  {
    cwd: root,
  },
);
