// @ts-check
// npm run golden:update: writes the golden files anew from what the code does now; read the difference before you commit it.
import { bootstrap } from './bootstrap.mjs';
import { show } from './lib/children.mjs';
import { root } from './lib/paths.mjs';
import { tool } from './lib/tools.mjs';

await bootstrap();
// Goldens that are part of a page, as the folder graph is, are written by their own tests.
process.env['UPDATE_GOLDEN'] = '1';
const tests = ['test/golden', 'src/projection', 'src/cli'];
const args = ['run', '--project', 'unit', ...tests, '--update', ...process.argv.slice(2)];
process.exitCode = await show(...tool('vitest', args), { cwd: root });
